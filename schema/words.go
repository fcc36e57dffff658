// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"

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
