// SPDX-License-Identifier: Apache-2.0

package verdict

import "github.com/appofapps/roster/manifest"

// Former returns, for nodes of head, the node of base that each was: the
// one of the same path, or the one that metadata.previously names. A former
// path counts if base has it, head has not, and one app alone claims it: what
// still stands where it was, or would be two nodes, was not renamed. Apps below
// a renamed one go with it.
func Former(base, head *manifest.Registry) map[*manifest.Node]*manifest.Node {
	claims := map[string]int{}
	for _, n := range head.Nodes {
		if n.Environment == nil && base.Node(n.Path) == nil {
			claims[n.App.Meta.Previously.Value]++
		}
	}
	former := map[*manifest.Node]*manifest.Node{}
	for _, n := range head.Nodes { // sorted: what is above comes first
		if was := formerNode(base, n, former); was != nil && (was.Path == n.Path || head.Node(was.Path) == nil) {
			if path := n.App.Meta.Previously.Value; n.Environment == nil && was.Path == path && claims[path] > 1 {
				continue
			}
			former[n] = was
		}
	}
	return former
}

func formerNode(base *manifest.Registry, n *manifest.Node, former map[*manifest.Node]*manifest.Node) *manifest.Node {
	if same := base.Node(n.Path); same != nil {
		return same
	}
	if path := n.App.Meta.Previously.Value; path != "" && n.Environment == nil {
		return base.Node(path)
	}
	above := former[n.Parent]
	switch {
	case n.Parent == nil || above == nil:
		return nil
	case n.Environment != nil:
		return base.Node(above.Path + "@" + n.Environment.Name.Value)
	default:
		return base.Node(above.Path + "/" + n.App.Meta.Name.Value)
	}
}
