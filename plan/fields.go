// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/manifest"
)

// fieldsThatDiffer returns the keys, sorted, under which two JSON objects in
// canonical form hold different bytes.
func fieldsThatDiffer(a, b []byte) ([]string, error) {
	var before, after map[string]json.RawMessage
	if err := json.Unmarshal(a, &before); err != nil {
		return nil, fmt.Errorf("read registration: %w", err)
	}
	if err := json.Unmarshal(b, &after); err != nil {
		return nil, fmt.Errorf("read registration: %w", err)
	}
	var names []string
	for name, value := range before {
		if !bytes.Equal(value, after[name]) {
			names = append(names, name)
		}
	}
	for name := range after {
		if _, both := before[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// descriptiveFields returns the fields of a registration by which nobody gains
// anything: those whose fields in a manifest are all of class descriptive.
func descriptiveFields() map[string]bool {
	result := map[string]bool{}
	for _, f := range manifest.Fields() {
		if f.Kind != manifest.KindApp && f.Kind != manifest.KindAgent {
			continue
		}
		_, name, below := strings.Cut(f.Path, ".")
		if !below {
			continue // the envelope
		}
		name = name[:len(name)-len(strings.TrimLeft(name, letters))]
		known, seen := result[name]
		result[name] = f.Class == manifest.ClassDescriptive && (known || !seen)
	}
	return result
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
