// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostile returns what a manifest, a store or an environment may hold to be
// obeyed by whoever reads the output.
func hostile() []string {
	return []string{
		"::add-mask::a", "  ::add-mask::a", " \t::add-mask::a", "\n::add-mask::a", "\r::set-output name=approved::true", "\r\n::error::x\n",
		"\u2028::error::x", "\u0085::error::x", "\u00a0::error::x", "\u3000::error::x", "\ufeff::error::x", "\ufe0f::error::x", "\u200b::error::x",
		":", ":error::x", "x\n::stop-commands::pause", "%0A::error::x", "%250A%0D", "a,b:c=d;e]",
		"##[add-mask]a", "x ##[error]y", "#\ufe0f#[error]y", "###[error]y", "##vso[task.setvariable variable=a]b", "##", "##\u200b[error]y",
		"\x1b[2J", "\x1b]0;title\a", "\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "\x9b31m", "\u009b31m", "a\bb", "\x7f", "\x00",
		"\u202eevil", "\u2066evil\u2069", "\u200e\u061c", "\u2029", "\U000e0041", "\u115f\u3164",
		"\xff\xfe", "a\xc3", "\xed\xa0\x80",
		"${{ github.token }}", "`code`", "a``b```c", "`", "``@team``", "`[x](https://example.com)`", "```text\n@team\n```", "$(touch x)", "'; touch x; '", `"`, `\`, `\n`, `\"`, `a" ]; b -> c; "`,
		`"] --> z`, "end", "%%{init: {}}%%", "]]>", "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "</details>", "<!-- x -->",
		"[link](https://example.com)", "![x](https://example.com/x.png)", "@team", "#quot;", "#34;", "&quot;", "&#34;", "|", "| a | b |",
		"::endgroup::", "::group::x", "::debug::x", "::notice file=a,line=1::x", "日本語", strings.Repeat("日W ", 200), "",
	}
}

// TestHostileText puts every hostile text into every field of every result, one
// by one and all at once, and reads the output as the runner, a terminal and
// the readers of each format do.
func TestHostileText(t *testing.T) {
	t.Parallel()
	for _, s := range specimens() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			check := newCheck(t, s)
			fields := 0
			for _, text := range hostile() {
				all, each := s.make(t), s.make(t)
				eachField(all, func(f field) { fields++; f.set(text) })
				check(all, "all fields", text)
				if strings.Contains(s.name, "-") {
					continue // another form of a result that is swept field by field
				}
				fields = 0
				eachField(each, func(f field) {
					fields++
					f.set(text)
					check(each, fmt.Sprint("field ", fields), text)
					f.restore()
				})
			}
			if fields == 0 {
				t.Error("no field was found to put a text in")
			}
		})
	}
}

// newCheck returns a function that reads a spoilt result in every format. It
// stops at the first thing that a reader would obey.
func newCheck(t *testing.T, s specimen) func(result any, where, text string) {
	t.Helper()
	grammars := map[string]*regexp.Regexp{formatMermaid: grammar(mermaidLines, mermaidLabelText), formatDOT: grammar(dotLines, dotLabelText)}
	return func(result any, where, text string) {
		t.Helper()
		for _, format := range s.formats {
			out := string(s.bytes(t, format, result))
			problem := cmp.Or(
				invisible(out, strings.Contains(s.name, "colour")),
				foreign(runnerCommands(out), format),
				malformed(out, format, grammars),
			)
			if problem != "" {
				t.Fatalf("%s as %s, %s is %.60q: %s", s.name, format, where, text, problem)
			}
		}
	}
}

// foreign returns what the runner obeys beside roster's own annotations: as
// many as their heading says, and none in any other format.
func foreign(list []command, format string) string {
	if len(list) == 0 {
		return ""
	}
	own := map[string][]string{
		formatGitHub: {"group", "endgroup", "error", "warning", "notice"},
		formatAzure:  {"##[group", "##[endgroup", "##[section", "##vso[task.logissue type=error", "##vso[task.logissue type=warning"},
	}[format]
	inner := list[1:max(len(list)-1, 1)]
	first, last := list[0], list[len(list)-1]
	if own == nil || first.name != own[0] || last.name != own[1] || first.data != count(len(inner), "annotation") {
		return fmt.Sprintf("the runner obeys %.200q", names(list))
	}
	for _, c := range inner {
		name, _, _ := strings.Cut(c.name, ";")
		if !slices.Contains(own[2:], name) {
			return fmt.Sprintf("the runner obeys %.60q", c.name)
		}
	}
	return ""
}

func malformed(out, format string, grammars map[string]*regexp.Regexp) string {
	if format == formatMarkdown {
		return outsideCode(out, grammars[formatMermaid])
	}
	line := grammars[format]
	if line == nil {
		if slices.Contains([]string{formatJSON, formatSARIF, formatGitLab}, format) && !json.Valid([]byte(out)) {
			return "no JSON any more"
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

// outsideCode returns what Markdown holds outside of code and is not roster's
// own. A picture's lines are those of a drawing.
func outsideCode(out string, picture *regexp.Regexp) string {
	const (
		titles = `node|as|may now|may no longer|through|headroom at|change|now|policy that this changes|credential|stands for|reaches`
		words  = `role  for |too complex to prove|(<br>)*`
		plans  = `Nothing to change: the store equals the registry|Plan: \d+ to create, \d+ to update, \d+ to delete`
	)
	own := regexp.MustCompile(`^(### [✅❌] [a-z0-9 ,]*|\| ((` + titles + `|)( \| |))+ \||\| ((` + words + `)( \| |))+ \||\|(---\|)+|` +
		`<details><summary>(\d+ findings?|(` + plans + `)(; refused by \d+ guardrails?)?)</summary>|</details>|` +
		`and \d+ more( changed nodes?)?|and \d+ more lines?, all in the log of the step|` +
		`[a-z0-9 ,()-]*( · \d+ requests? to the store, [0-9.]+ request units)?( · \[the whole report\]\(https://[A-Za-z0-9./_-]+\))?)$`)
	opening := regexp.MustCompile("^(`{3,})(text|mermaid)$")
	var block []string // how the block ends, and what it is
	for text := range strings.Lines(out) {
		text = strings.TrimSuffix(text, "\n")
		begin := opening.FindStringSubmatch(text)
		switch {
		case block != nil && text == block[1]:
			block = nil
		case block != nil && block[2] == "mermaid" && !picture.MatchString(text):
			return fmt.Sprintf("outside the grammar of pictures: %.200q", text)
		case block != nil:
		case begin != nil:
			block = begin
		case !own.MatchString(withoutSpans(text)):
			return fmt.Sprintf("outside of code: %.200q", text)
		}
	}
	if block != nil {
		return "a block that does not end"
	}
	return ""
}

// withoutSpans takes the code spans out of a line: what stands between as many
// backticks as there are before it. A span with a pipe is none in a table.
func withoutSpans(text string) string {
	marks := regexp.MustCompile("`+")
	rest := ""
	for {
		begin := marks.FindStringIndex(text)
		if begin == nil {
			return rest + text
		}
		rest += text[:begin[0]]
		fence, after := text[begin[0]:begin[1]], text[begin[1]:]
		ends := marks.FindAllStringIndex(after, -1)
		at := slices.IndexFunc(ends, func(m []int) bool { return after[m[0]:m[1]] == fence })
		if at < 0 || strings.Contains(after[:ends[at][0]], "|") {
			return rest + text
		}
		text = after[ends[at][1]:]
	}
}

// Every line that the drawings may consist of, where L is a label in quotes,
// and what may stand in one.
const (
	mermaidLines = `graph TD|  %% too large for Mermaid's defaults: .*|` +
		`(  subgraph root|    subgraph d\d+)\[L\]|    end|  end|` +
		`      n\d+(\[L\]|\(\[L\]\)|\{\{L\}\})(:::(created|updated|deleted|widened))?|  classDef [a-z]+ [a-z0-9:#,-]+|  n\d+ --> n\d+|  n\d+ -\.->\|L\| n\d+`
	mermaidLabelText = `[\p{L}\p{M}\p{N} \-_./@,]|#\d+;|<br>`
	dotLines         = `digraph roster \{|  label=L; labelloc=t; fontname=L;|  node \[fontname=L\]; edge \[fontname=L\];|` +
		`  subgraph cluster_d\d+ \{|    label=L;|    n\d+ \[label=L, shape=\w+(, style=rounded)?\];|  \}|` +
		`  n\d+ -> n\d+;|  n\d+ -> n\d+ \[style=dashed, constraint=false, label=L\];|\}`
	dotLabelText = `[^"\\]|\\["\\n]`
)

func grammar(lines, text string) *regexp.Regexp {
	return regexp.MustCompile("^(?:" + strings.ReplaceAll(lines, "L", `"(?:`+text+`)*"`) + ")$")
}

// invisible returns what of an output does not show as what it is: nothing but
// line feeds and, in coloured text, colours may.
func invisible(out string, coloured bool) string {
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

// A field is one place of a value that holds a text.
type field struct {
	set     func(string)
	restore func()
}

// eachField visits everything in a value that can hold a text: strings, keys
// and values of maps, raw JSON.
func eachField(value any, visit func(field)) {
	walk(reflect.ValueOf(value), map[uintptr]bool{}, visit)
}

func walk(v reflect.Value, seen map[uintptr]bool, visit func(field)) {
	switch {
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		if old := v.Bytes(); len(old) > 0 {
			visit(field{func(s string) { v.SetBytes(rawObject(s)) }, func() { v.SetBytes(old) }})
		}
	case v.Kind() == reflect.String:
		old := v.String()
		visit(field{v.SetString, func() { v.SetString(old) }})
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			walk(v.Elem(), seen, visit)
		}
	case v.Kind() == reflect.Struct:
		for _, f := range v.Fields() {
			walk(f, seen, visit)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), seen, visit)
		}
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			walkEntry(v, key, seen, visit)
		}
	}
}

func walkEntry(v, key reflect.Value, seen map[uintptr]bool, visit func(field)) {
	entry := reflect.New(v.Type().Elem()).Elem()
	entry.Set(v.MapIndex(key))
	at := key
	move := func(to reflect.Value) {
		v.SetMapIndex(at, reflect.Value{})
		v.SetMapIndex(to, entry)
		at = to
	}
	visit(field{func(s string) { move(reflect.ValueOf(s)) }, func() { move(key) }})
	walk(entry, seen, func(f field) {
		visit(field{
			func(s string) { f.set(s); v.SetMapIndex(at, entry) },
			func() { f.restore(); v.SetMapIndex(at, entry) },
		})
	})
}

// rawObject is JSON with a text as key and value, in which nothing is escaped
// that need not be.
func rawObject(s string) json.RawMessage {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return json.RawMessage(`{"` + b.String() + `":["` + b.String() + `"]}`)
}
