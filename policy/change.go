// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// A Change is who changes what, as rules see it in the variable change:
// {author, bot, approvers, labels, widens, targets}. Nobody vouches for what the
// change says of itself: it comes from the caller.
type Change struct {
	Author    string   `json:"author"`    // as user:ada; "" if it is not known
	Bot       bool     `json:"bot"`       // the author is no person; an unknown author counts as none
	Approvers []string `json:"approvers"` // people and groups, as user:ada and group:payments-team
	Labels    []string `json:"labels"`    // of the pull request
	Widens    bool     `json:"-"`         // the node gets access that it did not have
	Targets   []string `json:"-"`         // owners of the domains that the new access reaches
}

func (c *Change) values() map[string]any {
	if c == nil {
		c = &Change{}
	}
	// Rules compare texts, so one principal has one spelling.
	approvers := respell(respell(orEmpty(c.Approvers), c.Targets), []string{c.Author})
	return map[string]any{
		"author": c.Author, "bot": c.Bot || c.Author == "",
		"approvers": approvers, "labels": orEmpty(c.Labels),
		"widens": c.Widens, "targets": respell(orEmpty(c.Targets), []string{c.Author}),
	}
}

// respell returns the principals of list, spelled as in like where they are there.
func respell(list, like []string) []string {
	spelled := make([]string, len(list))
	for i, name := range list {
		spelled[i] = name
		for _, other := range like {
			if names.Same(name, other) {
				spelled[i] = other
			}
		}
	}
	return spelled
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// oldView returns what a node was, nil if it is new.
func (b *Set) oldView(old *manifest.Node) map[string]any {
	if old == nil {
		return nil
	}
	return b.view(old).values()
}
