// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/canon"
)

// Rules of this file, each with its section in docs/checks.md.
const (
	ruleLimit     = "yaml-limit"
	ruleFeature   = "yaml-feature"
	ruleKey       = "yaml-key"
	ruleDuplicate = "duplicate-key"
	ruleNull      = "null-value"
	ruleNumber    = "number"
	ruleBoolean   = "boolean"
)

// walker goes once through a parsed document, objects to what the format does
// not allow and builds the native tree on the way. It visits every node at
// most once, and none below the depth limit.
type walker struct {
	file          string
	limits        Limits
	cursor        cursor
	marks, quests bool // whether the source holds a "!" or a "?" at all
	nodes         int
	full          bool // the node limit was passed and reported
	texts         arena
	maps          *maps
	findings      []finding.Finding
}

func newWalker(file string, content []byte, limits Limits, maps *maps) *walker {
	return &walker{
		file: file, limits: limits, cursor: cursor{content: content}, maps: maps,
		marks: bytes.IndexByte(content, '!') >= 0, quests: bytes.IndexByte(content, '?') >= 0,
	}
}

func (w *walker) object(n *yaml.Node, rule, message, hint string) {
	w.findings = append(w.findings, finding.Finding{
		Rule: rule, Severity: finding.Error, File: w.file, Line: n.Line, Column: n.Column,
		Message: message, Hint: hint,
	})
}

// value returns the native form of n, which is at the given depth.
func (w *walker) value(n *yaml.Node, depth int) any {
	if !w.admit(n, depth) {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = w.value(item, depth+1)
		}
		return list
	default:
		return w.scalar(n)
	}
}

// admit counts n and refuses what no node may be.
func (w *walker) admit(n *yaml.Node, depth int) bool {
	w.nodes++
	switch {
	case w.full:
		return false
	case w.nodes > w.limits.Nodes:
		w.full = true
		w.object(n, ruleLimit, fmt.Sprintf("file contains more than %d values", w.limits.Nodes), "split it into several manifests")
		return false
	case depth > w.limits.Depth:
		w.object(n, ruleLimit, fmt.Sprintf("value is nested deeper than %d levels", w.limits.Depth), "flatten it")
		return false
	case n.Kind == yaml.AliasNode:
		f := aliasFinding(w.file, n.Value)
		f.Line, f.Column = n.Line, n.Column
		w.findings = append(w.findings, f)
		return false
	case n.Anchor != "":
		w.object(n, ruleFeature, "anchor "+finding.Quote("&"+n.Anchor)+" is not allowed", "write the value out where it is needed")
		return false
	case w.bareTag(n):
		w.object(n, ruleFeature, `tag "!" is not allowed`, "remove it; quote the value if it should be a string")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		w.object(n, ruleFeature, "tag "+finding.Quote(n.Tag)+" is not allowed", "remove it; quote the value if it should be a string")
		return false
	case len(n.Value) > w.limits.Scalar:
		w.object(n, ruleLimit, fmt.Sprintf("text is longer than %d bytes", w.limits.Scalar), "shorten it")
		return false
	}
	return true
}

func (w *walker) mapping(n *yaml.Node, depth int) any {
	m := w.maps.take(len(n.Content) / 2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !w.key(key, depth) {
			continue
		}
		if _, twice := m[key.Value]; twice {
			w.object(key, ruleDuplicate, "key "+finding.Quote(key.Value)+" is set twice in one mapping", "remove one of them")
			continue
		}
		m[key.Value] = w.value(value, depth+1)
	}
	return m
}

// key admits a mapping key: a string that no reader takes for another type, not
// the merge key, not written with the "?" indicator (which the library also sees
// in flow mappings where it is part of the key).
func (w *walker) key(n *yaml.Node, depth int) bool {
	if !w.admit(n, depth+1) {
		return false
	}
	switch {
	case n.Kind != yaml.ScalarNode:
		w.object(n, ruleKey, "key is not a string", "use a plain name as key")
	case n.Tag == "!!merge":
		w.object(n, ruleFeature, `merge key "<<" is not allowed`, "write the values out")
	case !isText(n) || oldBoolean(n) || foreignNumber(n):
		w.object(n, ruleKey, "key "+finding.Quote(n.Value)+" is not a string", "put it in quotes if you mean a name")
	case w.quests && w.cursor.behind(n.Line, n.Column, '?'):
		w.object(n, ruleFeature, `key indicator "?" is not allowed`, "write key: value")
	default:
		return true
	}
	return false
}

// bareTag reports whether a node has the tag "!", which makes a text of
// everything (YAML 1.2.2 section 6.9.1), and which the library drops. A node
// with a tag begins with it.
func (w *walker) bareTag(n *yaml.Node) bool {
	return w.marks && n.Style&yaml.TaggedStyle == 0 && w.cursor.at(n.Line, n.Column, '!')
}

// isText reports whether a scalar is a string. The library tells dates apart;
// JSON does not.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!timestamp")
}

// oldBoolean reports plain texts that are booleans in YAML 1.1, which many
// readers still speak (yaml.org/type/bool.html; none of them takes "y" and "n").
func oldBoolean(n *yaml.Node) bool {
	if n.Style != 0 {
		return false
	}
	switch n.Value {
	case "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF":
		return true
	}
	return false
}

// foreignNumber reports plain texts that other readers take for numbers, and this
// library does not: exponents beyond a double, such as commit hashes can have, and
// sexagesimals (yaml.org/type/float.html, yaml.org/type/int.html; YAML 1.2.2 section
// 10.3.2). Dates are texts for JSON, and readers agree on how they look.
func foreignNumber(n *yaml.Node) bool {
	if n.Style != 0 || n.Tag != "!!str" || n.Value == "" {
		return false
	}
	text := n.Value
	if text[0] == '+' || text[0] == '-' {
		text = text[1:]
	}
	if len(text) > 2 && text[0] == '0' && strings.IndexByte("xob", text[1]) >= 0 {
		return strings.Trim(text[2:], "0123456789abcdefABCDEF_") == ""
	}
	return decimal(text)
}

// decimal reports an unsigned number of base 10 or 60, with a fraction or an exponent.
func decimal(text string) bool {
	first := strings.TrimPrefix(text, ".")
	if first == "" || !isDigit(first[0]) {
		return false
	}
	rest, sexagesimal := minutes(strings.TrimLeft(text, numerals))
	if strings.HasPrefix(rest, ".") {
		rest = strings.TrimLeft(rest[1:], numerals)
	}
	return rest == "" || !sexagesimal && exponent(rest)
}

// exponent reports e or E, perhaps a sign, and digits.
func exponent(text string) bool {
	if len(text) < 2 || text[0] != 'e' && text[0] != 'E' {
		return false
	}
	power := text[1:]
	if power[0] == '+' || power[0] == '-' {
		power = power[1:]
	}
	return power != "" && strings.Trim(power, numerals) == ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// numerals are the digits of YAML 1.1, which may be parted by underscores.
const numerals = "0123456789_"

// minutes cuts :MM, as often as it comes, from the beginning of a text.
func minutes(text string) (rest string, found bool) {
	for len(text) > 1 && text[0] == ':' && isDigit(text[1]) {
		digits := 1
		if len(text) > 2 && isDigit(text[2]) && text[1] <= '5' {
			digits = 2
		}
		text, found = text[1+digits:], true
	}
	return text, found
}

func (w *walker) scalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!str", "!!timestamp":
		if oldBoolean(n) {
			return w.boolean(n)
		}
		if foreignNumber(n) {
			w.object(n, ruleNumber, "text "+finding.Quote(n.Value)+" is a number for other YAML readers", "put it in quotes")
			return nil
		}
		n.Value = w.texts.keep(n.Value)
		return n.Value
	case "!!bool":
		return w.boolean(n)
	case "!!int", "!!float":
		return w.number(n)
	case "!!null":
		w.object(n, ruleNull, "value is null", "remove the field to inherit it, or write [] or {} for none")
	default:
		w.object(n, ruleFeature, "value "+finding.Quote(n.Value)+" has a type that is not allowed", "put it in quotes")
	}
	return nil
}

func (w *walker) boolean(n *yaml.Node) any {
	switch n.Value {
	case "true":
		return true
	case "false":
		return false
	}
	w.findings = append(w.findings, finding.Finding{
		Rule: ruleBoolean, Severity: finding.Error, File: w.file, Line: n.Line, Column: n.Column,
		Message: "boolean is written " + finding.Quote(n.Value),
		Allowed: []string{"false", "true"},
		Hint:    "put it in quotes if you mean a string",
	})
	return nil
}

// number admits the literals of JSON (RFC 8259 section 6) and no other: no
// octal, hexadecimal, underscore, infinity or not-a-number, which tools read in
// different ways; and only those that survive as an IEEE 754 double, which is
// what canonical JSON makes of every number (RFC 8785 section 3.2.2.3).
func (w *walker) number(n *yaml.Node) any {
	switch {
	case len(n.Value) > w.limits.Number:
		w.object(n, ruleNumber, fmt.Sprintf("number is longer than %d characters", w.limits.Number), "put it in quotes")
	case !json.Valid([]byte(n.Value)):
		w.object(n, ruleNumber, "number is written "+finding.Quote(n.Value), "write it as in JSON, or put it in quotes")
	case strings.ContainsAny(n.Value, "eE"):
		w.object(n, ruleNumber, "number "+finding.Quote(n.Value)+" has an exponent", "write it out, or put it in quotes")
	case !canon.ExactNumber(n.Value):
		w.object(n, ruleNumber, "number "+finding.Quote(n.Value)+" has more digits than a JSON number keeps", "put it in quotes")
	default:
		return json.Number(n.Value)
	}
	return nil
}
