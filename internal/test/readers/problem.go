// SPDX-License-Identifier: Apache-2.0

// Package readers parses roster's output like its consumers: the runner of GitHub
// Actions, the agent of Azure Pipelines, a terminal, and renderers of Markdown and
// graphs. Start with New and Reader.Problem. In doubt it is stricter than they are.
// Only tests import it.
package readers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Reader knows the grammars of all formats.
type Reader struct {
	lines               map[string]*regexp.Regexp // of formats whose every line has a grammar
	own, opening, marks *regexp.Regexp            // of Markdown
}

// New returns a reader.
func New() *Reader {
	r := &Reader{lines: map[string]*regexp.Regexp{"mermaid": grammar(mermaidLines, mermaidLabelText), "dot": grammar(dotLines, dotLabelText)}}
	r.own, r.opening, r.marks = markdownGrammar()
	return r
}

// Problem returns the first part of an output that a reader of its format would not
// treat as text, "" for a safe output. A coloured output may contain colours.
func (r *Reader) Problem(out, format string, coloured bool) string {
	return cmp.Or(Invisible(out, coloured), foreign(Commands(out), format), r.malformed(out, format))
}

// foreign returns commands that the runner would execute, except for roster's
// annotations, whose number must match their heading. No other format may have any.
func foreign(list []Command, format string) string {
	if len(list) == 0 {
		return ""
	}
	own := map[string][]string{
		"github": {"group", "endgroup", "error", "warning", "notice"},
		"azure":  {"##[group", "##[endgroup", "##[section", "##vso[task.logissue type=error", "##vso[task.logissue type=warning"},
	}[format]
	inner := list[1:max(len(list)-1, 1)]
	first, last := list[0], list[len(list)-1]
	if own == nil || first.Name != own[0] || last.Name != own[1] || first.Data != annotations(len(inner)) {
		return fmt.Sprintf("the runner obeys %.200q", Names(list))
	}
	for _, c := range inner {
		name, _, _ := strings.Cut(c.Name, ";")
		if !slices.Contains(own[2:], name) {
			return fmt.Sprintf("the runner obeys %.60q", c.Name)
		}
	}
	return ""
}

// annotations matches the heading with the number of annotations.
func annotations(n int) string {
	if n == 1 {
		return "1 annotation"
	}
	return fmt.Sprintf("%d annotations", n)
}

func (r *Reader) malformed(out, format string) string {
	if format == "markdown" {
		return r.outsideCode(out)
	}
	line := r.lines[format]
	if line == nil {
		switch format {
		case "json", "sarif", "gitlab":
			if !json.Valid([]byte(out)) {
				return "no JSON any more"
			}
		case "text", "github", "azure": // checked as terminals and runners read them
		default:
			return "no reader knows the format " + format
		}
		return ""
	}
	for text := range strings.Lines(out) {
		if text = strings.TrimSuffix(text, "\n"); !line.MatchString(text) {
			return fmt.Sprintf("line outside the grammar: %.200q", text)
		}
	}
	return ""
}

// The lines that a drawing may have, where § is a label in quotes, and the
// characters of a label.
const (
	mermaidLines = `graph (TD|LR)|  %% too large for Mermaid's defaults: .*|` +
		`(  subgraph root|    subgraph d\d+)\[§\]|    end|  end|` +
		`      n\d+(\[§\]|\(\[§\]\)|\{\{§\}\})(:::(created|updated|deleted|widened))?|  classDef [a-z]+ [a-z0-9:#,-]+|  n\d+ --> n\d+|  n\d+ -\.->\|§\| n\d+|` +
		`%%\{init: \{"gantt": \{"leftPadding": \d+\}\}\}%%|gantt|  dateFormat YYYY-MM-DDTHH:mm|  axisFormat %d %b|  todayMarker off|  section [\p{L}\p{M}\p{N} \-_./@]*|` +
		`  (generation \d+|renewal|goes on|now) :(done|active|crit|milestone), \d{4}-\d\d-\d\dT\d\d:\d\d, (0d|\d{4}-\d\d-\d\dT\d\d:\d\d)`
	mermaidLabelText = `[\p{L}\p{M}\p{N} \-_./@,]|#\d+;|<br>`
	dotLines         = `digraph roster \{|  label=§; labelloc=t; fontname=§;|  node \[fontname=§\]; edge \[fontname=§\];|` +
		`  subgraph cluster_d\d+ \{|    label=§;|    n\d+ \[label=§, shape=\w+(, style=rounded)?\];|  \}|` +
		`  n\d+ -> n\d+;|  n\d+ -> n\d+ \[style=dashed, constraint=false, label=§\];|\}`
	dotLabelText = `[^"\\]|\\["\\n]`
)

func grammar(lines, text string) *regexp.Regexp {
	return regexp.MustCompile("^(?:" + strings.ReplaceAll(lines, "§", `"(?:`+text+`)*"`) + ")$")
}

// Invisible returns the characters of an output that are not visible as themselves.
// Only line feeds are allowed, and colours in coloured text.
func Invisible(out string, coloured bool) string {
	if coloured {
		out = regexp.MustCompile(`\x1b\[[0-9]*m`).ReplaceAllString(out, "")
	}
	if !utf8.ValidString(out) {
		return "not UTF-8"
	}
	for _, r := range out {
		if r >= ' ' && r <= '~' {
			continue
		}
		bad := unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector,
			unicode.Other_Default_Ignorable_Code_Point) || unicode.In(r, unicode.Zs) && r != ' '
		if bad && r != '\n' {
			return fmt.Sprintf("holds %U", r)
		}
	}
	return ""
}
