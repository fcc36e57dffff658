// SPDX-License-Identifier: Apache-2.0

package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/appofapps/roster/finding"
)

// ParseSet reads a set in its JSON form, the union of the scopes in "allow"
// less the union of those in "deny":
//
//	{"allow": ["orders/**:read"], "deny": ["orders/secret/*:read"]}
//
// "deny" may be absent. Anything else that is absent, unknown, repeated or null
// is an error, and so is a text that is not a scope; the error then names its
// index and wraps a *SyntaxError.
func ParseSet(data []byte) (Set, error) {
	fields, err := readObject(data, []string{"allow"}, []string{"deny"})
	if err != nil {
		return Set{}, err
	}
	allow, err := readScopes("allow", fields["allow"])
	if err != nil {
		return Set{}, err
	}
	deny, err := readScopes("deny", fields["deny"])
	if err != nil {
		return Set{}, err
	}
	return Union(allow...).Minus(Union(deny...)), nil
}

func readScopes(field string, data json.RawMessage) ([]Scope, error) {
	if data == nil {
		return nil, nil
	}
	var texts []*string
	if err := json.Unmarshal(data, &texts); err != nil || texts == nil {
		return nil, fmt.Errorf("field %q: not a list of strings", field)
	}
	scopes := make([]Scope, len(texts))
	for i, text := range texts {
		if text == nil {
			return nil, fmt.Errorf("%s[%d]: null is not a scope", field, i)
		}
		scope, err := Parse(*text)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", field, i, err)
		}
		scopes[i] = scope
	}
	return scopes, nil
}

// readObject returns the fields of one JSON object. Names are compared exactly;
// encoding/json by itself would take "Allow" for "allow" and the last of two.
func readObject(data []byte, required, optional []string) (map[string]json.RawMessage, error) {
	if !utf8.Valid(data) { // which encoding/json would quietly replace
		return nil, errors.New("not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	allowed := slices.Sorted(slices.Values(slices.Concat(required, optional)))
	fields := map[string]json.RawMessage{}
	for d.More() {
		name, err := readName(d, allowed, fields)
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("end of object: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	for _, name := range required {
		if fields[name] == nil {
			return nil, fmt.Errorf("field %q is missing", name)
		}
	}
	return fields, nil
}

func readName(d *json.Decoder, allowed []string, seen map[string]json.RawMessage) (string, error) {
	token, err := d.Token()
	if err != nil {
		return "", fmt.Errorf("field name: %w", err)
	}
	name, _ := token.(string) // the decoder takes nothing else for a name
	if !slices.Contains(allowed, name) {
		return "", fmt.Errorf("unknown field %s; allowed: %q", finding.Quote(name), allowed)
	}
	if seen[name] != nil {
		return "", fmt.Errorf("duplicate field %q", name)
	}
	return name, nil
}
