// SPDX-License-Identifier: Apache-2.0

// Package examples reads the examples that the pages of docs show: the files of a
// registry, those of its base, and what a command prints about them. Tests run them, so
// that the pages stay true. Start with Blocks, or with Sections for a page of rules.
package examples

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A Block is one fenced block of a Markdown page.
type Block struct {
	Info       string // behind the fence
	Text       string
	Begin, End int // of Text, in the page
}

// Blocks returns the fenced blocks of a page.
func Blocks(page string) []Block {
	fence := regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")
	var all []Block
	for _, m := range fence.FindAllStringSubmatchIndex(page, -1) {
		all = append(all, Block{Info: page[m[2]:m[3]], Text: page[m[4]:m[5]], Begin: m[4], End: m[5]})
	}
	return all
}

// Files returns the files that blocks show, by name: those of the registry, under
// "file", or those that it has in its base only, under "base".
func Files(list []Block, under string) map[string]string {
	all := map[string]string{}
	for _, b := range list {
		if _, name, found := strings.Cut(b.Info, " "+under+"="); found {
			all[name] = b.Text
		}
	}
	return all
}

// Output returns the block with what a command prints, nil if there is no such block.
func Output(list []Block) *Block {
	at := slices.IndexFunc(list, func(b Block) bool { return b.Info == "text" })
	if at < 0 {
		return nil
	}
	return &list[at]
}

// A Section is one rule of a page and its example.
type Section struct {
	Rule       string
	Begin, End int // in the page
	Files      map[string]string
	Base       map[string]string // nil: the example is no change
	Output     *Block            // its offsets are those of the section; nil: the page shows none
}

// Sections returns the sections of a page, a heading of the second level each. What is
// in front of the first one is the registry to which every example adds its files.
func Sections(page string) (registry map[string]string, sections []Section) {
	headings := regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatchIndex(page, -1)
	registry = Files(Blocks(page[:headings[0][0]]), "file")
	for i, heading := range headings {
		s := Section{Rule: page[heading[2]:heading[3]], Begin: heading[0], End: len(page)}
		if i+1 < len(headings) {
			s.End = headings[i+1][0]
		}
		s.read(page, registry, registry)
		sections = append(sections, s)
	}
	return registry, sections
}

// Page returns the one example of a page. Its base has the files that the page shows, but
// for those that it shows for the base.
func Page(page string) Section {
	s := Section{End: len(page)}
	s.read(page, nil, Files(Blocks(page), "file"))
	return s
}

// read takes up the example of a section: its files in addition to those of a registry,
// and those of its base in addition to others.
func (s *Section) read(page string, registry, base map[string]string) {
	list := Blocks(page[s.Begin:s.End])
	s.Output, s.Files = Output(list), with(registry, Files(list, "file"))
	if more := Files(list, "base"); len(more) > 0 {
		s.Base = with(base, more)
	}
}

// with returns files and further ones, which take the place of those of their names.
func with(files, more map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, files)
	maps.Copy(all, more)
	return all
}
