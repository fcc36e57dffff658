// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/appofapps/roster/finding"
)

// typeName says in a manifest author's words what type a schema asks for.
func typeName(of string) string {
	switch of {
	case "object":
		return "mapping"
	case "array":
		return "list"
	case "string":
		return "text"
	case "integer":
		return "whole number"
	}
	return of
}

// describe says what a value is.
func describe(value any) string {
	switch value := value.(type) {
	case string:
		return "the text " + finding.Quote(value)
	case json.Number:
		return "the number " + finding.Quote(value.String())
	case bool:
		return fmt.Sprintf(`the boolean "%t"`, value)
	case []any:
		return "a list"
	default:
		return "a mapping"
	}
}

// remedy says how a value becomes one of the type that n asks for, "" if there
// is no simple way.
func (n *node) remedy(value any) string {
	_, list := value.([]any)
	_, mapping := value.(map[string]any)
	switch {
	case n.Type == "array" && !mapping:
		return "put it in brackets"
	case n.Type == "array":
		return `begin each item with "- "`
	case n.Type == "object":
		return "write it as fields, each with a value"
	case n.Type != "string" || list || mapping:
		return ""
	}
	if _, wrong := n.fault(fmt.Sprint(value)); wrong && len(n.Examples) > 0 {
		return n.form()
	}
	return "put it in quotes"
}

// nearest returns the known text that a misspelt one was probably meant to be,
// "" if none is near: at most two letters differ, and fewer than half of them.
func nearest(text string, known []string) string {
	const longest = 32 // longer than every field and choice
	if len(text) > longest {
		return ""
	}
	least, meant := 3, ""
	for _, k := range known {
		if d := distance(strings.ToLower(text), strings.ToLower(k)); d < least && 2*d < len(k) {
			least, meant = d, k
		}
	}
	return meant
}

// distance returns how many bytes must be inserted, removed or replaced to make
// b of a (Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
