// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"
	"strings"
)

// dot writes a drawing in the language of Graphviz.
// https://graphviz.org/doc/info/lang.html
func dot(w io.Writer, d drawing) error {
	p := &page{}
	add := func(texts ...string) { p.text.WriteString(strings.Join(texts, "") + "\n") }
	add("digraph roster {")
	add("  label=", dotLabel(lines(d.title)), "; labelloc=t; fontname=\"sans-serif\";")
	add("  node [fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\"];")
	for _, f := range d.frames {
		add("  subgraph cluster_", f.name, " {")
		add("    label=", dotLabel([]string{f.label}), ";")
		for _, x := range f.boxes {
			add("    ", x.name, " [label=", dotLabel(x.label), ", ", dotShape(x.shape), "];")
		}
		add("  }")
	}
	for _, a := range d.arrows {
		if a.dashed {
			add("  ", a.from, " -> ", a.to, " [style=dashed, constraint=false, label=", dotLabel([]string{a.label}), "];")
		} else {
			add("  ", a.from, " -> ", a.to, ";")
		}
	}
	add("}")
	return print(w, p)
}

func dotShape(s shape) string {
	switch s {
	case agentShape:
		return "shape=hexagon"
	case environmentShape:
		return "shape=box, style=rounded"
	default:
		return "shape=box"
	}
}

// dotLabel is text in quotes, in which a backslash begins a sequence of
// Graphviz and an ampersand an HTML entity.
// https://graphviz.org/docs/attr-types/escString/
func dotLabel(lines []string) string {
	code := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`)
	coded := make([]string, len(lines))
	for i, line := range lines {
		coded[i] = code.Replace(line)
	}
	return `"` + strings.Join(coded, `\n`) + `"`
}
