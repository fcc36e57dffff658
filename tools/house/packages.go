// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxParameters is the largest number of parameters that is not reported.
const maxParameters = 5

// pkg holds the measures of one folder, without its test files.
type pkg struct {
	path         string
	gear         bool
	files, lines int
	functions    []function
	undocumented []string
	methods      map[string]map[string]bool // type to its methods
	imports      map[string]bool            // folders of the same module
}

// collect parses the Go files of t that are not tests and groups them by folder.
func collect(t tree) ([]*pkg, error) {
	set := token.NewFileSet()
	byPath := map[string]*pkg{}
	for _, f := range t.files {
		if f.kind != production && f.kind != gear {
			continue
		}
		syntax, err := parser.ParseFile(set, f.path, f.text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		dir := path.Dir(f.path)
		p := byPath[dir]
		if p == nil {
			p = &pkg{path: dir, gear: f.kind == gear, methods: map[string]map[string]bool{}, imports: map[string]bool{}}
			byPath[dir] = p
		}
		p.files++
		p.lines += bytes.Count(f.text, []byte("\n"))
		if err := p.add(set, syntax, t.module); err != nil {
			return nil, err
		}
	}
	return slices.SortedFunc(maps.Values(byPath), func(a, b *pkg) int { return strings.Compare(a.path, b.path) }), nil
}

func (p *pkg) add(set *token.FileSet, syntax *ast.File, module string) error {
	for _, spec := range syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("import %s: %w", spec.Path.Value, err)
		}
		if name == module {
			p.imports["."] = true
		} else if dir, own := strings.CutPrefix(name, module+"/"); own {
			p.imports[dir] = true
		}
	}
	for _, decl := range syntax.Decls {
		p.undocumented = append(p.undocumented, undocumented(decl)...)
		decl, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		p.functions = append(p.functions, measureFunction(set, decl))
		if receiver := receiverName(decl); receiver != "" {
			if p.methods[receiver] == nil {
				p.methods[receiver] = map[string]bool{}
			}
			p.methods[receiver][decl.Name.Name] = true
		}
	}
	return nil
}

// merge returns the sum of packages. It puts the path of the package before each
// name.
func merge(all []*pkg) *pkg {
	sum := &pkg{path: "total", methods: map[string]map[string]bool{}}
	for _, p := range all {
		sum.files += p.files
		sum.lines += p.lines
		for _, f := range p.functions {
			f.Name = p.path + "." + f.Name
			sum.functions = append(sum.functions, f)
		}
		for _, name := range p.undocumented {
			sum.undocumented = append(sum.undocumented, p.path+"."+name)
		}
		for name, methods := range p.methods {
			sum.methods[p.path+"."+name] = methods
		}
	}
	return sum
}

// named holds a count and the name of the function or type that has it.
type named struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// summary is one row of the report.
type summary struct {
	Package        string   `json:"package"`
	Files          int      `json:"files"`
	Lines          int      `json:"lines"`
	Functions      int      `json:"functions"`
	Median         int      `json:"median"` // lines of a function
	P95            int      `json:"p95"`    // lines of a function
	Longest        named    `json:"longest"`
	Complexity     named    `json:"complexity"`
	ManyParameters []string `json:"manyParameters"`
	Undocumented   []string `json:"undocumented"`
	Methods        named    `json:"methods"`
	Importers      int      `json:"importers"`     // production packages
	GearImporters  int      `json:"gearImporters"` // packages of test gear
}

// summary computes the row of p, all but its importers.
func (p *pkg) summary() summary {
	s := summary{
		Package: p.path, Files: p.files, Lines: p.lines, Functions: len(p.functions),
		ManyParameters: []string{}, Undocumented: append([]string{}, p.undocumented...),
	}
	lengths := make([]int, 0, len(p.functions))
	for _, f := range p.functions {
		lengths = append(lengths, f.Lines)
		s.Longest.raise(f.Name, f.Lines)
		s.Complexity.raise(f.Name, f.Complexity)
		if f.Parameters > maxParameters {
			s.ManyParameters = append(s.ManyParameters, f.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.methods)) {
		s.Methods.raise(name, len(p.methods[name]))
	}
	slices.Sort(lengths)
	s.Median, s.P95 = percentile(lengths, 50), percentile(lengths, 95)
	slices.Sort(s.ManyParameters)
	slices.Sort(s.Undocumented)
	return s
}

// raise keeps the larger count, and the first of two equal ones.
func (n *named) raise(name string, count int) {
	if count > n.Count {
		*n = named{name, count}
	}
}

// percentile returns the nearest-rank percentile of sorted values: a value of
// the list, and 0 of an empty list.
func percentile(sorted []int, percent int) int {
	if len(sorted) == 0 {
		return 0
	}
	rank := (percent*len(sorted) + 99) / 100
	return sorted[max(rank, 1)-1]
}

// measures is the first report.
type measures struct {
	Production group `json:"production"`
	Gear       group `json:"gear"`
}

// group holds the rows of some packages and their total.
type group struct {
	Packages []summary `json:"packages"`
	Total    summary   `json:"total"`
}

// measure computes the first report.
func measure(t tree) (measures, error) {
	all, err := collect(t)
	if err != nil {
		return measures{}, err
	}
	return measures{Production: summarise(all, false), Gear: summarise(all, true)}, nil
}

func summarise(all []*pkg, gear bool) group {
	rows := []summary{}
	var chosen []*pkg
	var sums summary
	for _, p := range all {
		if p.gear != gear {
			continue
		}
		chosen = append(chosen, p)
		s := p.summary()
		s.Importers, s.GearImporters = importers(all, p.path)
		sums.Importers += s.Importers
		sums.GearImporters += s.GearImporters
		rows = append(rows, s)
	}
	total := merge(chosen).summary()
	total.Importers, total.GearImporters = sums.Importers, sums.GearImporters
	return group{rows, total}
}

func importers(all []*pkg, path string) (production, gear int) {
	for _, p := range all {
		switch {
		case !p.imports[path]:
		case p.gear:
			gear++
		default:
			production++
		}
	}
	return production, gear
}
