// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"reflect"
	"testing"
)

// TestKindsOfStoresAreComplete fails for a row that lacks something, and for a name that
// is taken.
func TestKindsOfStoresAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, k := range kinds() {
		if k.name == "" || k.form == "" || k.open == nil || k.diagnose == nil || seen[k.name] {
			t.Errorf("row %d, store %q, lacks a form, open or diagnose, or has no name that only it has", i, k.name)
		}
		seen[k.name] = true
	}
}

// TestSystemsHaveTheirOpeners fails for a system whose credentials nothing opens, or
// another system's opener does.
func TestSystemsHaveTheirOpeners(t *testing.T) {
	t.Parallel()
	seen := map[uintptr]bool{}
	for i, s := range systems() {
		if (s.source != nil) != (len(s.Credentials) > 0) {
			t.Errorf("system %d, %+v: an opener and credential types come together", i, s.Descriptor)
		}
		if s.source == nil {
			continue
		}
		opener := reflect.ValueOf(s.source).Pointer()
		if seen[opener] {
			t.Errorf("system %d, %+v, has the opener of another", i, s.Descriptor)
		}
		seen[opener] = true
	}
}
