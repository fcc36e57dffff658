// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/appofapps/roster/finding"
)

// Rules of this file, each with its section in docs/checks.md.
const (
	ruleTooLarge = "file-too-large"
	ruleEncoding = "file-encoding"
	ruleSyntax   = "yaml-syntax"
)

// Parse reads one file strictly. It returns a document only when there is
// nothing to object to: one document, UTF-8, within limits, string keys
// without repetition, no null, no anchor, alias, merge key or tag, and numbers
// as JSON writes them.
func Parse(file string, source []byte, limits Limits) (*Document, []finding.Finding) {
	limits = limits.orDefault()
	if f, bad := checkBytes(file, source, limits); bad {
		return nil, []finding.Finding{f}
	}
	root, err := parseYAML(source)
	if err != nil {
		return nil, []finding.Finding{syntaxFinding(file, err)}
	}
	w := walker{file: file, source: source, limits: limits}
	native := w.value(root, 1)
	if len(w.findings) > 0 {
		return nil, w.findings
	}
	return &Document{file: file, root: root, native: native}, nil
}

func checkBytes(file string, source []byte, limits Limits) (finding.Finding, bool) {
	f := finding.Finding{Severity: finding.Error, File: file}
	switch {
	case len(source) > limits.File:
		f.Rule = ruleTooLarge
		f.Message = fmt.Sprintf("file is larger than %d bytes", limits.File)
		f.Hint = "split it into several manifests"
	case bytes.HasPrefix(source, []byte("\xef\xbb\xbf")):
		f.Rule, f.Line, f.Column = ruleEncoding, 1, 1
		f.Message = "file begins with a byte order mark"
		f.Hint = "save it as UTF-8 without BOM"
	case !utf8.Valid(source):
		f.Rule = ruleEncoding
		f.Line = 1 + bytes.Count(source[:invalidOffset(source)], []byte{'\n'})
		f.Column = 1
		f.Message = "file is not valid UTF-8"
		f.Hint = "save it as UTF-8"
	default:
		return f, false
	}
	return f, true
}

func invalidOffset(source []byte) int {
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRune(source[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(source)
}

// errSeveralDocuments is what parseYAML answers to a second document: the
// library reads the first one and says nothing of the rest.
var errSeveralDocuments = errors.New("file holds more than one document")

var errEmpty = errors.New("file holds no document")

// parseYAML returns the one document of source. The library may panic on input
// nobody thought of; that is a syntax error here, not a crash.
func parseYAML(source []byte) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("not readable as YAML: %v", p)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var document, rest yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, errEmpty
	case err != nil:
		return nil, err
	}
	switch err := decoder.Decode(&rest); {
	case err == nil:
		return nil, errSeveralDocuments
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return document.Content[0], nil
}

// libraryError is the shape of yaml/v3's messages: "yaml: line 3: text".
func libraryError() *regexp.Regexp { return regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)$`) }

func syntaxFinding(file string, err error) finding.Finding {
	f := finding.Finding{Rule: ruleSyntax, Severity: finding.Error, File: file, Line: 1, Column: 1}
	switch {
	case errors.Is(err, errSeveralDocuments):
		f.Message, f.Hint = err.Error(), "write one manifest per file"
		return f
	case errors.Is(err, errEmpty):
		f.Message, f.Hint = err.Error(), "write a manifest into it or leave it out of include"
		return f
	}
	text := err.Error()
	if parts := libraryError().FindStringSubmatch(text); parts != nil {
		text = parts[2]
		if line, err := strconv.Atoi(parts[1]); err == nil {
			f.Line = line
		}
	}
	f.Message = "not valid YAML: " + strings.Trim(finding.Quote(text), `"`)
	return f
}
