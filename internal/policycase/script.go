// SPDX-License-Identifier: Apache-2.0

package policycase

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
)

// A script is a parsed case.
type script struct {
	wants      []want
	change     policy.Change
	base, head map[string][]byte // by file; base is nil if head is judged alone
}

// A want is one line with an expected finding.
type want struct{ line, rule, about, text string }

var errLine = errors.New(`invalid line; allowed: "want: RULE NODE TEXT", "policies: NAME ...", "change: {JSON}"`)

// parse parses a case.
func (r Runner) parse(file string, text []byte) (*script, error) {
	archive := txtar.Parse(text)
	s := &script{head: map[string][]byte{}}
	base, policies := map[string][]byte{}, []string{}
	for _, f := range archive.Files {
		side, name, _ := strings.Cut(f.Name, "/")
		if !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("file %s is outside of the folders both, base and head", finding.Quote(f.Name))
		}
		switch side {
		case "both":
			base[name], s.head[name] = f.Data, f.Data
		case "base":
			base[name], s.base = f.Data, base
		case "head":
			s.head[name] = f.Data
		default:
			return nil, fmt.Errorf("file %s is outside of the folders both, base and head", finding.Quote(f.Name))
		}
	}
	beside, err := r.beside(file)
	if err != nil {
		return nil, err
	}
	for _, t := range beside {
		policies = append(policies, t.name)
		name := "policies/" + t.name + ".yaml"
		base[name], s.head[name] = t.text, t.text
	}
	named, err := s.directives(string(archive.Comment))
	if err != nil {
		return nil, err
	}
	for _, side := range []map[string][]byte{base, s.head} {
		if side[manifest.RootFile] == nil {
			side[manifest.RootFile] = rootFor(side, append(policies, named...))
		}
	}
	return s, nil
}

// directives parses the lines before the files. It ignores lines without a keyword,
// which are for people.
func (s *script) directives(comment string) (policies []string, err error) {
	for line := range strings.SplitSeq(comment, "\n") {
		word, rest, found := strings.Cut(line, ":")
		rest = strings.TrimSpace(rest)
		switch {
		case !found:
		case word == "want":
			fields := strings.SplitN(rest, " ", 3)
			if fields[0] == "" {
				return nil, fmt.Errorf("parse line %s: %w", finding.Quote(line), errLine)
			}
			fields = append(fields, "", "")
			s.wants = append(s.wants, want{line: rest, rule: fields[0], about: fields[1], text: fields[2]})
		case word == "policies":
			policies = append(policies, strings.Fields(rest)...)
		case word == "change":
			d := json.NewDecoder(strings.NewReader(rest))
			d.DisallowUnknownFields()
			if err := d.Decode(&s.change); err != nil {
				return nil, fmt.Errorf("parse line %s: %w", finding.Quote(line), errLine)
			}
		}
	}
	return policies, nil
}

// template is a policy template beside a case.
type template struct {
	name string
	text []byte
}

// beside returns the policy templates in the folder of a case.
func (r Runner) beside(file string) ([]template, error) {
	folder := path.Dir(file)
	entries, err := fs.ReadDir(r.Files, folder)
	if err != nil {
		return nil, fmt.Errorf("read folder of case: %w", err)
	}
	var list []template
	for _, e := range entries {
		if !e.Type().IsRegular() || path.Ext(e.Name()) != ".yaml" {
			continue
		}
		text, err := fs.ReadFile(r.Files, path.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		if bytes.Contains(text, []byte("kind: PolicyTemplate")) {
			list = append(list, template{strings.TrimSuffix(e.Name(), ".yaml"), text})
		}
	}
	return list, nil
}

// rootFor returns a root that includes every manifest of a side.
func rootFor(side map[string][]byte, policies []string) []byte {
	folders := map[string]bool{}
	for name := range side {
		folders[path.Join(path.Dir(name), "*.yaml")] = true
	}
	delete(folders, "*.yaml") // roster.yaml is not included
	include, _ := json.Marshal(slices.Sorted(maps.Keys(folders)))
	bound, _ := json.Marshal(policies) // strings always have a JSON form, which is also YAML
	return fmt.Appendf(nil, "apiVersion: roster/v1\nkind: Root\nmetadata: {name: case}\nspec: {include: %s, policies: %s}\n", include, bound)
}

// judge returns the findings about the script's registry.
func (r Runner) judge(ctx context.Context, s *script, seen map[string]map[string]bool) ([]finding.Finding, error) {
	j := Judgement{Change: s.change, Judged: func(t *policy.Template, list []policy.Objection) {
		rules := seen[t.Name()]
		if rules == nil {
			rules = map[string]bool{}
			seen[t.Name()] = rules
		}
		for _, rule := range t.Rules() {
			rules[rule] = rules[rule] || slices.ContainsFunc(list, func(o policy.Objection) bool { return o.Rule == rule })
		}
	}}
	var err error
	if s.base != nil {
		if j.Base, j.BaseFindings, err = r.load(ctx, s.base); err != nil {
			return nil, fmt.Errorf("base: %w", err)
		}
	}
	var said []finding.Finding
	if j.Head, said, err = r.load(ctx, s.head); err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	if j.Head != nil {
		said = append(said, r.Judge(j)...)
	}
	return said, nil
}

func (r Runner) load(ctx context.Context, files map[string][]byte) (*manifest.Registry, []finding.Finding, error) {
	archive := &txtar.Archive{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: files[name]})
	}
	folder, err := txtar.FS(archive)
	if err != nil {
		return nil, nil, fmt.Errorf("write files: %w", err)
	}
	return manifest.Load(ctx, folder, manifest.Options{Check: r.Check, BuiltIn: r.BuiltIn})
}

// compare compares the findings with the expected ones. Only errors count, and
// findings that the case expects.
func (s *script) compare(said []finding.Finding) (missing, extra []string) {
	missing, extra = []string{}, []string{}
	met := make([]bool, len(s.wants))
	for _, f := range said {
		wanted := false
		for i, w := range s.wants {
			if w.meets(f) {
				met[i], wanted = true, true
			}
		}
		if !wanted && f.Severity == finding.Error {
			extra = append(extra, strings.TrimSpace(f.Rule+" "+f.Node)+": "+f.Sentence())
		}
	}
	for i, w := range s.wants {
		if !met[i] {
			missing = append(missing, w.line)
		}
	}
	return missing, extra
}

func (w want) meets(f finding.Finding) bool {
	return w.rule == f.Rule && (w.about == "" || w.about == f.Node || w.about == f.File) && strings.Contains(f.Message, w.text)
}
