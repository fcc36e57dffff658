// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"

	"github.com/appofapps/roster/manifest"
)

// compareRootApprovers compares who can approve waivers whose template lists nobody.
func compareRootApprovers(c *comparison) {
	was, now := c.base.registry.Root.Spec.Waivers, c.head.registry.Root.Spec.Waivers
	if moreApprovers(was.Approvers, now.Approvers) {
		rootLoosened(c, now.Approvers.Pos(), "lets other people approve waivers")
	}
}

// compareRootLongest compares how long any waiver can last.
func compareRootLongest(c *comparison) {
	was, now := c.base.registry.Root.Spec.Waivers, c.head.registry.Root.Spec.Waivers
	if now.Longest.Exceeds(was.Longest) {
		rootLoosened(c, now.Longest.Pos, "has a higher waivers.longest")
	}
}

// compareEnvironments compares which environments apps may have.
func compareEnvironments(c *comparison) {
	now := c.head.registry.Root.Spec.Environments
	if text, found := wider(c.base.registry.Root.Spec.Environments, now); found {
		rootLoosened(c, now.Pos(), "allows more environments"+example(text))
	}
}

// rootLoosened adds that the root permits more. A field that is gone is shown where
// the root is declared.
func rootLoosened(c *comparison, at manifest.Pos, change string) {
	root := c.head.registry.Root
	c.permits("the root", change, "", causeAt(root.File, cmp.Or(at, root.Meta.Name.Pos), "the root"))
}
