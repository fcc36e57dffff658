// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"slices"

	"github.com/appofapps/roster/manifest"
)

// compareRotation finds credentials of a node that are renewed less often, or whose
// old value is valid for longer. A credential that has another name is compared with
// those that opened the same.
func compareRotation(c *comparison, n, was *manifest.Node) {
	if !n.Holder() || !was.Holder() {
		return
	}
	for _, credential := range n.Credentials() {
		for _, before := range c.formerCredentials(n, was, credential) {
			c.renewedLess(n, credential, before)
		}
	}
}

func (c *comparison) formerCredentials(n, was *manifest.Node, credential manifest.Credential) []manifest.Credential {
	if same := find(was, credential.Name.Value); same != nil {
		return []manifest.Credential{*same}
	}
	opened, _ := c.lockOf(c.head, n, credential)
	return slices.DeleteFunc(slices.Clone(was.Credentials()), func(before manifest.Credential) bool {
		l, _ := c.lockOf(c.base, was, before)
		return l != opened
	})
}

func (c *comparison) renewedLess(n *manifest.Node, now, was manifest.Credential) {
	name := "credential " + now.Name.Value + " of " + n.Path
	gain := func(change string, at manifest.Pos) {
		c.permits("app "+n.Path, change, "", causeAt(n.App.File, cmp.Or(at, now.Name.Pos), name))
	}
	for _, f := range []struct {
		now, was manifest.Duration
		change   string
	}{
		{now.Rotate.Every, was.Rotate.Every, "renews credential " + now.Name.Value + " every "},
		{now.Rotate.Overlap, was.Rotate.Overlap, "keeps the old value of credential " + now.Name.Value + " valid for "},
		{now.Rotate.AckTimeout, was.Rotate.AckTimeout, "waits for consumers of credential " + now.Name.Value + " for "},
	} {
		if f.now.Exceeds(f.was) {
			gain(f.change+insteadOf(f.now.Text, f.was.Text), f.now.Pos)
		}
	}
	if len(missing(now.Rotate.Consumers, was.Rotate.Consumers))+len(missing(was.Rotate.Consumers, now.Rotate.Consumers)) > 0 {
		c.controls("app "+n.Path, "has other consumers of credential "+now.Name.Value, ownersReach(n),
			causeAt(n.App.File, cmp.Or(now.Rotate.Consumers.Pos(), now.Name.Pos), "consumers of "+name))
	}
}
