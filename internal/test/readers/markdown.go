// SPDX-License-Identifier: Apache-2.0

package readers

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// markdownGrammar matches the text that roster writes in Markdown outside of code.
func markdownGrammar() (own, opening, marks *regexp.Regexp) {
	const (
		titles = `node|as|gains|loses|because of|loosened limit at|control of|credential|opens|newly delivered to|change|now|changed policy|changed credential|nodes|can reach|credential|result|next|type|age|status`
		words  = `role  for |too complex to prove|(<br>)*|nothing to do|rotated| waits for |none yet|generation \d+, \d+ days? old(, expires in -?\d+)?|held: |, not acknowledged by `
		plans  = `Nothing to change: the store equals the registry|Plan: \d+ to create, \d+ to update, \d+ to delete`
	)
	own = regexp.MustCompile(`^(### [✅❌] ([a-z0-9 ,]*|(Synced|Sync interrupted): [a-z0-9 ,]*|Nothing to change: the store equals the registry)|` +
		`\d+ commits? · \d+ events? in the audit trail( · \d+ conflicts?)?( · \d+ requests? to the store, [0-9.]+ request units)?|\| ((` + titles + `|)( \| |))+ \||\| ((` + words + `)( \| |))+ \||\|(---\|)+|` +
		`<details><summary>(\d+ findings?|\d+ credentials?|(` + plans + `)(; refused by \d+ guardrails?)?)</summary>|</details>|` +
		`and \d+ more( changed nodes?)?|and \d+ more lines?, all in the log of the step|` +
		`[a-z0-9 ,()-]*( · base  of , \d+ commits? ahead)?( · ⚠ \d+ commits? of the base missing in HEAD)?( · \d+ requests? to the store, [0-9.]+ request units)?( · \[full report\]\(https://[A-Za-z0-9./_-]+\))?)$`)
	return own, regexp.MustCompile("^(`{3,})(text|mermaid)$"), regexp.MustCompile("`+")
}

// outsideCode returns the text outside of code that markdownGrammar does not match.
// The lines of a picture must match the grammar of drawings.
func (r *Reader) outsideCode(out string) string {
	var block []string // how the block ends, and what it is
	for text := range strings.Lines(out) {
		text = strings.TrimSuffix(text, "\n")
		begin := r.opening.FindStringSubmatch(text)
		switch {
		case block != nil && text == block[1]:
			block = nil
		case block != nil && block[2] == "mermaid" && !r.lines["mermaid"].MatchString(text):
			return fmt.Sprintf("outside the grammar of pictures: %.200q", text)
		case block != nil:
		case begin != nil:
			block = begin
		case !r.own.MatchString(r.withoutSpans(text)):
			return fmt.Sprintf("outside of code: %.200q", text)
		}
	}
	if block != nil {
		return "a block that does not end"
	}
	return ""
}

// withoutSpans removes the code spans from a line: text between equal numbers of
// backticks. In a table, a text with a pipe is not a span.
func (r *Reader) withoutSpans(text string) string {
	rest := ""
	for {
		begin := r.marks.FindStringIndex(text)
		if begin == nil {
			return rest + text
		}
		rest += text[:begin[0]]
		fence, after := text[begin[0]:begin[1]], text[begin[1]:]
		ends := r.marks.FindAllStringIndex(after, -1)
		at := slices.IndexFunc(ends, func(m []int) bool { return after[m[0]:m[1]] == fence })
		if at < 0 || strings.Contains(after[:ends[at][0]], "|") {
			return rest + text
		}
		text = after[ends[at][1]:]
	}
}
