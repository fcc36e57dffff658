// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// phrase is a wording to avoid.
type phrase struct {
	name    string
	pattern string // a space matches any space and one line break
	// candidate marks a pattern that also matches good wording. A person judges
	// each place, and the total leaves it out.
	candidate bool
}

// phrases returns the wordings to avoid, each with its pattern.
func phrases() []phrase {
	return []phrase{
		{name: "anew", pattern: `anew`},
		{name: "on record", pattern: `on record`},
		{name: "whoever", pattern: `whoever`},
		{name: "of ours", pattern: `of ours`},
		{name: "of its own", pattern: `of its own`},
		{name: "is none", pattern: `is none`},
		{name: "mend", pattern: `mend(?:s|ed|ing)?`},
		{name: "hand down", pattern: `hand(?:s|ed|ing)? down`},
		{name: "come to", pattern: `comes? to`},
		{name: "nothing to object to", pattern: `nothing to object to`},
		{name: "may now", pattern: `may now`},
		{name: "lets pass", pattern: `lets pass`},
		{name: "be said to be", pattern: `be said to be`},
		{name: "whatever is cut", pattern: `whatever is cut`},
		{name: "stand (for be)", pattern: `stands?`, candidate: true},
		{name: "what is/was X", pattern: `what (?:is|was) \w+`, candidate: true},
	}
}

func (p phrase) compile() *regexp.Regexp {
	const space = `(?:[ \t\r]*\n[ \t\r]*|[ \t]+)`
	return regexp.MustCompile(`(?i)\b(?:` + strings.ReplaceAll(p.pattern, " ", space) + `)\b`)
}

// tally is the count of one phrase in each kind of file.
type tally struct {
	Phrase    string            `json:"phrase"`
	Candidate bool              `json:"candidate"`
	Count     [kinds]int        `json:"-"`
	ByKind    map[string]figure `json:"kinds"`
}

// figure is a count, and the count for each 1,000 lines.
type figure struct {
	Count       int     `json:"count"`
	PerThousand float64 `json:"perThousand"`
}

// place is one occurrence of a phrase.
type place struct {
	Phrase string `json:"phrase"`
	Kind   string `json:"kind"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Text   string `json:"text"`
}

// words is the second report.
type words struct {
	Lines   map[string]int `json:"lines"` // by kind
	Phrases []tally        `json:"phrases"`
	Total   tally          `json:"total"`            // without candidates
	Places  []place        `json:"places,omitempty"` // by phrase, file and line
}

// countWords counts the phrases in the readable text of files.
func countWords(files []file) (words, error) {
	r := words{Lines: map[string]int{}, Total: tally{Phrase: "total"}}
	texts := make([][]byte, len(files))
	for i, f := range files {
		text, lines, err := prose(f)
		if err != nil {
			return r, err
		}
		texts[i] = text
		r.Lines[kindNames()[f.kind]] += lines
	}
	for _, p := range phrases() {
		pattern, row := p.compile(), tally{Phrase: p.name, Candidate: p.candidate}
		for i, f := range files {
			for _, at := range pattern.FindAllIndex(texts[i], -1) {
				row.Count[f.kind]++
				r.Places = append(r.Places, newPlace(p, f, at[0]))
			}
		}
		if !p.candidate {
			for kind, n := range row.Count {
				r.Total.Count[kind] += n
			}
		}
		row.ByKind = r.figures(row.Count)
		r.Phrases = append(r.Phrases, row)
	}
	r.Total.ByKind = r.figures(r.Total.Count)
	return r, nil
}

func newPlace(p phrase, f file, offset int) place {
	start := bytes.LastIndexByte(f.text[:offset], '\n') + 1
	line, _, _ := bytes.Cut(f.text[start:], []byte("\n"))
	return place{
		Phrase: p.name, Kind: kindNames()[f.kind], File: f.path,
		Line: bytes.Count(f.text[:start], []byte("\n")) + 1,
		Text: string(bytes.TrimSpace(line)),
	}
}

func (r words) figures(counts [kinds]int) map[string]figure {
	figures := map[string]figure{}
	for kind, name := range kindNames() {
		f := figure{Count: counts[kind]}
		if lines := r.Lines[name]; lines > 0 {
			// Two decimals: as many as the table prints.
			f.PerThousand = float64((200_000*f.Count+lines)/(2*lines)) / 100
		}
		figures[name] = f
	}
	return figures
}

// writeText prints the places, if there are any, and the table of counts.
func (r words) writeText(w io.Writer) error {
	for _, p := range r.Places {
		if _, err := fmt.Fprintf(w, "%s:%d: %s [%s]\n", p.File, p.Line, p.Text, p.Phrase); err != nil {
			return err
		}
	}
	if len(r.Places) > 0 {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	var t table
	header, lines := []any{"phrase"}, []any{"lines"}
	for _, name := range kindNames() {
		header = append(header, name, "/1,000")
		lines = append(lines, r.Lines[name], "")
	}
	t.add(header...)
	for _, row := range r.Phrases {
		if !row.Candidate {
			t.add(row.cells()...)
		}
	}
	t.add(r.Total.cells()...)
	for _, row := range r.Phrases {
		if row.Candidate {
			row.Phrase += " *"
			t.add(row.cells()...)
		}
	}
	t.add(lines...)
	if err := t.write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\n* candidates: the pattern also matches good wording. The total leaves them out.")
	return err
}

func (t tally) cells() []any {
	cells := []any{t.Phrase}
	for _, name := range kindNames() {
		f := t.ByKind[name]
		cells = append(cells, f.Count, fmt.Sprintf("%.2f", f.PerThousand))
	}
	return cells
}
