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
// anything: those that are of class descriptive in a manifest, of an app and of an agent.
func descriptiveFields() map[string]bool {
	descriptive := map[string]bool{}
	var others []string
	for _, f := range manifest.Fields() {
		_, name, _ := strings.Cut(f.Path, ".")
		switch {
		case f.Kind != manifest.KindApp && f.Kind != manifest.KindAgent:
		case f.Class == manifest.ClassDescriptive:
			descriptive[name] = true
		default:
			others = append(others, name)
		}
	}
	for _, name := range others {
		delete(descriptive, name)
	}
	return descriptive
}
