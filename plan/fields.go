// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
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
