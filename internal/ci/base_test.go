// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"errors"
	"testing"

	"github.com/appofapps/roster/internal/ci"
)

// TestMergedBase believes only the merge commit that the CI system runs for.
func TestMergedBase(t *testing.T) {
	t.Parallel()
	getenv := environment(t, map[string]string{"GITHUB_SHA": "m"}, "")
	for name, test := range map[string]struct {
		event, head string
		parents     []string
		want        string
	}{
		"the merge of the change":    {"h", "m", []string{"b", "h"}, "b"},
		"a merge of something else":  {"h", "m", []string{"b", "x"}, ""},
		"the change merged into":     {"h", "m", []string{"h", "b"}, ""},
		"an octopus":                 {"h", "m", []string{"b", "h", "x"}, ""},
		"no merge":                   {"h", "m", []string{"h"}, ""},
		"the first commit":           {"h", "m", nil, ""},
		"a merge that was pushed":    {"h", "pushed", []string{"x", "h"}, ""},
		"an event without a head":    {"", "m", []string{"b", ""}, ""},
		"a change that is the merge": {"m", "m", []string{"b", "h"}, ""},
	} {
		if got := (&ci.PullRequest{Head: test.event}).MergedBase(getenv, test.head, test.parents); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestUnreadableQueue shows events of a merge queue by which nothing may be decided.
func TestUnreadableQueue(t *testing.T) {
	t.Parallel()
	env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "merge_group"}
	for _, event := range []string{"", "{", `{"merge_group": null}`, `{"merge_group": {"base_sha": "b"}}`, `{"merge_group": {"head_sha": "h"}}`, personEvent} {
		if got, err := ci.PullRequestOf(environment(t, env, event)); !errors.Is(err, ci.ErrEvent) {
			t.Errorf("%s: %v, %v", event, got, err)
		}
	}
}
