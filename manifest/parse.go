// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/appofapps/roster/finding"
)

// ruleSyntax has its section in docs/checks.md.
const ruleSyntax = "yaml-syntax"

// Parse reads one file strictly. It returns a document only if there are no
// findings: one document, UTF-8, within limits, string keys
// without repetition, no null, no directive, anchor, alias, merge key or tag,
// booleans that are true or false, and numbers as JSON writes them.
func Parse(file string, content []byte, limits Limits) (*Document, []finding.Finding) {
	return parse(file, content, limits.orDefault(), &maps{})
}

// parse is Parse with the mappings that the document's tree is made of.
func parse(file string, content []byte, limits Limits, maps *maps) (*Document, []finding.Finding) {
	if f, bad := checkBytes(file, content, limits); bad {
		return nil, []finding.Finding{f}
	}
	root, err := parseYAML(content)
	if err != nil {
		return nil, []finding.Finding{syntaxFinding(file, content, err)}
	}
	w := newWalker(file, content, limits, maps)
	native := w.value(root, 1)
	if len(w.findings) > 0 {
		return nil, inside(content, w.findings)
	}
	return &Document{file: file, root: root, native: native}, nil
}

// inside moves findings about a missing part behind a last line without end,
// which are on the next line for the library, to the end of the source.
func inside(content []byte, findings []finding.Finding) []finding.Finding {
	line, column := lineColumn(content, len(content))
	for i := range findings {
		if f := &findings[i]; f.Line > line {
			f.Line, f.Column = line, column
		}
	}
	return findings
}

// errSecondDocument is what parseYAML answers to a second document: the library
// reads the first one and says nothing of the rest.
type errSecondDocument struct{ at Pos }

func (errSecondDocument) Error() string { return "file contains more than one document" }

var errEmpty = errors.New("file contains no document")

// parseYAML returns the one document of source, which is read as if its last
// line were ended: otherwise the library takes a block text there for a shorter
// one, and other readers do not. The library may panic on input nobody thought
// of; that is a syntax error here, not a crash.
func parseYAML(content []byte) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("not readable as YAML: %v", p)
		}
	}()
	var reader io.Reader = bytes.NewReader(content)
	if !bytes.HasSuffix(content, []byte{'\n'}) {
		reader = io.MultiReader(reader, strings.NewReader("\n"))
	}
	decoder := yaml.NewDecoder(reader)
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, errEmpty
	case err != nil:
		return nil, err
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, errSecondDocument{posOf(&second)}
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return document.Content[0], nil
}

func syntaxFinding(file string, content []byte, err error) finding.Finding {
	f := finding.Finding{Rule: ruleSyntax, Severity: finding.Error, File: file, Line: 1, Column: 1}
	second, isSecond := errors.AsType[errSecondDocument](err)
	switch {
	case isSecond:
		f.Line, f.Column = int(second.at.Line), int(second.at.Column)
		f.Message, f.Hint = err.Error(), "write one manifest per file"
		return f
	case errors.Is(err, errEmpty):
		f.Message, f.Hint = err.Error(), "add a manifest to it, or exclude it from include"
		return f
	}
	text := regexp.MustCompile(`^(yaml: )?(line [0-9]+: )?`).ReplaceAllString(err.Error(), "")
	if name, unknown := unknownAnchor(text); unknown {
		return unknownAlias(file, content, name)
	}
	f.Line = errorLine(content, err)
	f.Message = "not valid YAML: " + strings.Trim(finding.Quote(text), `"`)
	return f
}

// searchSize is the size of files in which errorLine looks closely. It reads a
// file as often as its number of lines has binary digits, and has to be cheap.
const searchSize = 16 << 10

// errorLine returns the line at which reading source fails. The library names
// the line where the collection in question begins, which can be the first, or
// the line before that. But what it says of a file it says of every part of it,
// from the beginning, that has the line in question.
func errorLine(content []byte, err error) int {
	lines := bytes.SplitAfter(content, []byte{'\n'})
	if len(content) > searchSize {
		return min(libraryLine(err), len(lines))
	}
	return 1 + sort.Search(len(lines)-1, func(i int) bool {
		_, of := parseYAML(bytes.Join(lines[:i+1], nil))
		return of != nil && of.Error() == err.Error()
	})
}

// libraryLine returns the line that a message of the library names. Its scanner
// counts them from 1, its parser from 0.
func libraryLine(err error) int {
	parts := regexp.MustCompile(`^yaml: line ([0-9]+): (.*)`).FindStringSubmatch(err.Error())
	if parts == nil {
		return 1
	}
	line, err := strconv.Atoi(parts[1])
	if err != nil {
		return 1
	}
	if regexp.MustCompile(`did not find expected (node content|key|'-' indicator|',' or|<)`).MatchString(parts[2]) {
		line++
	}
	return max(line, 1)
}

// unknownAnchor returns the name in the library's message about an alias to an
// anchor that is not there.
func unknownAnchor(text string) (string, bool) {
	name, found := strings.CutPrefix(text, "unknown anchor '")
	if !found {
		return "", false
	}
	return strings.CutSuffix(name, "' referenced")
}

// unknownAlias objects to an alias that the library did not accept, like the
// walker to all others. The library does not say where it is.
func unknownAlias(file string, content []byte, name string) finding.Finding {
	f := aliasFinding(file, name)
	comment := regexp.MustCompile(`(^|\s)#`)
	pattern := regexp.MustCompile(`(?m)(?:^|[\s\[{,])(\*` + regexp.QuoteMeta(name) + `)(?:$|[^A-Za-z0-9_-])`)
	for _, at := range pattern.FindAllSubmatchIndex(content, -1) {
		begin := 1 + bytes.LastIndexByte(content[:at[2]], '\n')
		if !comment.Match(content[begin:at[2]]) {
			f.Line, f.Column = lineColumn(content, at[2])
			break
		}
	}
	return f
}

func aliasFinding(file, name string) finding.Finding {
	return finding.Finding{
		Rule: ruleFeature, Severity: finding.Error, File: file,
		Message: "alias " + finding.Quote("*"+name) + " is not allowed", Hint: "write the value out",
	}
}
