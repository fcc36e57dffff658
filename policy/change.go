// SPDX-License-Identifier: Apache-2.0

package policy

import "github.com/appofapps/roster/manifest"

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
	return map[string]any{
		"author": c.Author, "bot": c.Bot || c.Author == "",
		"approvers": orEmpty(c.Approvers), "labels": orEmpty(c.Labels),
		"widens": c.Widens, "targets": orEmpty(c.Targets),
	}
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
