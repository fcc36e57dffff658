// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// The limits of Mermaid's default configuration.
// https://mermaid.js.org/config/schema-docs/config.html (maxTextSize, maxEdges)
const (
	mermaidText  = 50_000
	mermaidEdges = 500
)

// mermaid writes a drawing as a Mermaid flowchart.
// https://mermaid.js.org/syntax/flowchart.html
func mermaid(w io.Writer, d drawing) error {
	var b strings.Builder
	fmt.Fprintf(&b, "  subgraph root[%s]\n", mermaidLabel(lines(d.title)))
	for _, f := range d.frames {
		fmt.Fprintf(&b, "    subgraph %s[%s]\n", f.name, mermaidLabel([]string{f.label}))
		for _, x := range f.boxes {
			left, right := mermaidShape(x.shape)
			fmt.Fprintf(&b, "      %s%s%s%s%s\n", x.name, left, mermaidLabel(x.label), right, mermaidClass(x.class))
		}
		b.WriteString("    end\n")
	}
	b.WriteString("  end\n")
	for _, a := range d.arrows {
		if a.dashed {
			fmt.Fprintf(&b, "  %s -.->|%s| %s\n", a.from, mermaidLabel([]string{a.label}), a.to)
		} else {
			fmt.Fprintf(&b, "  %s --> %s\n", a.from, a.to)
		}
	}
	for _, c := range d.classes {
		fmt.Fprintf(&b, "  classDef %s %s\n", c[0], c[1])
	}
	p := &page{}
	if d.flat {
		p.line("graph LR")
	} else {
		p.line("graph TD")
	}
	if b.Len() > mermaidText || len(d.arrows) > mermaidEdges {
		p.line("  %%%% too large for Mermaid's defaults: raise maxTextSize above %d and maxEdges to %d, or take --format dot",
			max(b.Len(), mermaidText), max(len(d.arrows), mermaidEdges))
	}
	p.text.WriteString(b.String())
	return print(w, p)
}

// mermaidClass returns the class of a box.
func mermaidClass(class string) string {
	if class == "" {
		return ""
	}
	return ":::" + class
}

func mermaidShape(s shape) (left, right string) {
	switch s {
	case agentShape:
		return "{{", "}}"
	case environmentShape:
		return "([", "])"
	default:
		return "[", "]"
	}
}

// mermaidLabel is text in quotes. All characters but letters, digits and a few others
// are entity codes, so that a label neither ends its quotes nor becomes Markdown,
// HTML, a comment or a directive.
// https://mermaid.js.org/syntax/flowchart.html (Entity codes to escape characters)
func mermaidLabel(lines []string) string {
	coded := make([]string, len(lines))
	for i, line := range lines {
		var b strings.Builder
		for _, r := range line {
			if unicode.In(r, unicode.L, unicode.M, unicode.N) || strings.ContainsRune(" -_./@,", r) {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, "#%d;", r)
			}
		}
		coded[i] = b.String()
	}
	return `"` + strings.Join(coded, "<br>") + `"`
}
