// SPDX-License-Identifier: Apache-2.0

package readers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/test/readers"
)

// TestRunnerModel checks that the model finds the commands that the runner executes.
func TestRunnerModel(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		out  string
		want []string
	}{
		"command":               {"::error file=a,line=1::x", []string{"error"}},
		"after white space":     {"\u3000 \t::error::x", []string{"error"}},
		"after an ignorable":    {"\ufeff::error::x", []string{"error"}},
		"after return":          {"x\r::error::x", []string{"error"}},
		"within a line":         {"x ::error::x", nil},
		"without end":           {"::error", nil},
		"old form":              {"x ##[error]y", []string{"##[error"}},
		"old form, interrupted": {"x #\u200b#[error]y", []string{"##[error"}},
		"azure":                 {"x ##vso[task.a]b", []string{"##vso[task.a"}},
		"not closed":            {"##[error", nil},
	} {
		if diff := cmp.Diff(test.want, readers.Names(readers.Commands(test.out))); diff != "" {
			t.Errorf("%s: commands of %q (-want +got):\n%s", name, test.out, diff)
		}
	}
}
