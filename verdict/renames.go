// SPDX-License-Identifier: Apache-2.0

package verdict

import "github.com/appofapps/roster/manifest"

// Renames returns, for each node of head that base had, the node that it was:
// the one of the same path, or the one that metadata.previously names. A claim by
// metadata.previously counts if base has that path, head no longer has it, and
// only one app claims it. Nodes below a renamed app are renamed with it.
func Renames(base, head *manifest.Registry) map[*manifest.Node]*manifest.Node {
	claims := map[string]int{}
	for _, n := range head.Nodes {
		if n.Environment == nil && base.Node(n.Path) == nil {
			claims[n.App.Meta.Previously.Value]++
		}
	}
	renames := map[*manifest.Node]*manifest.Node{}
	for _, n := range head.Nodes { // sorted, so parents come first
		was := renamed(base, n, renames)
		if was == nil || was.Path != n.Path && head.Node(was.Path) != nil {
			continue
		}
		if path := n.App.Meta.Previously.Value; n.Environment == nil && was.Path == path && claims[path] > 1 {
			continue
		}
		renames[n] = was
	}
	return renames
}

func renamed(base *manifest.Registry, n *manifest.Node, renames map[*manifest.Node]*manifest.Node) *manifest.Node {
	if same := base.Node(n.Path); same != nil {
		return same
	}
	if path := n.App.Meta.Previously.Value; path != "" && n.Environment == nil {
		return base.Node(path)
	}
	above := renames[n.Parent]
	switch {
	case n.Parent == nil || above == nil:
		return nil
	case n.Environment != nil:
		return base.Node(above.Path + "@" + n.Environment.Name.Value)
	default:
		return base.Node(above.Path + "/" + n.App.Meta.Name.Value)
	}
}
