// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/appofapps/roster/registration"
)

// fields are the values of a registration by name, in compact JSON, for a person to
// compare. A name is for example "config.cache.size" or "credentials.okta.type".
type fields map[string]string

// fieldsOf returns the fields of a registration, none for nil. It leaves out the path
// and the scopes, which the plan shows elsewhere.
func fieldsOf(r *registration.Sealed) (fields, error) {
	all := fields{}
	if r == nil {
		return all, nil
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(r.Bytes(), &top); err != nil {
		return nil, fmt.Errorf("read registration %s: %w", r.Path, err)
	}
	delete(top, "path")
	delete(top, "scopes")
	for name, value := range top {
		all.add(name, value)
	}
	return all, nil
}

// add adds a value. It adds the parts of an object, or of a list of named objects.
func (f fields) add(name string, value json.RawMessage) {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) == nil && len(object) > 0 {
		for key, part := range object {
			f.add(name+"."+fieldName(key), part)
		}
		return
	}
	if parts := named(value); parts != nil && name == "credentials" {
		for key, part := range parts {
			f.add(name+"."+fieldName(key), part)
		}
		return
	}
	f[name] = compact(value)
}

// named returns the objects of a list by name, without the names. It is nil unless
// each object has a unique name.
func named(value json.RawMessage) map[string]json.RawMessage {
	var list []map[string]json.RawMessage
	if json.Unmarshal(value, &list) != nil || len(list) == 0 {
		return nil
	}
	parts := map[string]json.RawMessage{}
	for _, object := range list {
		var name string
		if json.Unmarshal(object["name"], &name) != nil || name == "" || parts[name] != nil {
			return nil
		}
		delete(object, "name")
		part, err := json.Marshal(object)
		if err != nil {
			return nil
		}
		parts[name] = part
	}
	return parts
}

// fieldName is a key as part of a name, quoted if it is ambiguous.
func fieldName(key string) string {
	simple := func(r rune) bool {
		return r == '-' || r == '_' || r == '/' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if key != "" && strings.IndexFunc(key, func(r rune) bool { return !simple(r) }) < 0 {
		return key
	}
	return fmt.Sprintf("%q", key)
}

// compact is JSON on one line.
func compact(value json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return fmt.Sprintf("%q", value)
	}
	return string(escapeJSON(b.Bytes()))
}

// fieldChange is one field before and after; "" is absent.
type fieldChange struct {
	name, before, after string
}

// sign is the mark of the change in a plan.
func (c fieldChange) sign() string {
	switch {
	case c.before == "":
		return "+"
	case c.after == "":
		return "-"
	default:
		return "~"
	}
}

func (c fieldChange) value() string {
	switch c.sign() {
	case "+":
		return c.after
	case "-":
		return c.before
	default:
		return c.before + " -> " + c.after
	}
}

// compareFields returns the fields that differ, by name.
func compareFields(before, after fields) []fieldChange {
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	var changes []fieldChange
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] != after[name] {
			changes = append(changes, fieldChange{name, before[name], after[name]})
		}
	}
	return changes
}
