// SPDX-License-Identifier: Apache-2.0

package house

import (
	"strings"
	"testing"
)

// TestTreesAreBuiltOnce holds a run of validate to two trees, of head and of base:
// one function builds them, and what judges and compares is given them. The list of
// policies needs trees of its own, for registries that nobody validates.
func TestTreesAreBuiltOnce(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	eachFile(t, func(path, text string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		if n := strings.Count(text, "bounds.New("); n > 0 {
			got[path[strings.LastIndex(path, "/")+1:]] += n
		}
	})
	want := map[string]int{"validate.go": 2, "list.go": 2}
	for file, n := range want {
		if got[file] != n {
			t.Errorf("%s builds %d trees, want %d", file, got[file], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("trees are built in %v, want only in %v", got, want)
	}
}
