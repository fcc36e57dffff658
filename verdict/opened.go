// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// Opened is what a credential opens for whoever has it: an application, an account
// or, where neither is set, its node.
type Opened struct {
	System      string // field of a node's identity that names the application, or the type of an account's provider
	Tenant      string // of the application, as it is compared; "" if no provider is declared
	Application string
	Account     string // as it is compared
	Scope       string // all that the key of an account opens
}

// A lock is what a credential opens, as two of them are compared.
type lock struct {
	system, tenant, name string
	node                 string // path of the node in base; "" unless the credential opens its node alone
}

// lockOf returns what a credential of a node opens. A node of head is known by the
// path that it had in base.
func (c *comparison) lockOf(s *side, n *manifest.Node, credential manifest.Credential) (lock, Opened) {
	var o Opened
	if c.opens != nil {
		o = c.opens(s.registry, n, credential)
	}
	switch {
	case o.Application != "":
		return lock{system: o.System, tenant: o.Tenant, name: names.Application(o.Application)}, o
	case o.Account != "":
		return lock{system: o.System, name: o.Account}, o
	default:
		return lock{system: credential.Type.Value, node: c.formerPath(n)}, Opened{}
	}
}

// formerPath returns the path that a node of either side had in base, or has.
func (c *comparison) formerPath(n *manifest.Node) string {
	if was := c.renames[n]; was != nil {
		return was.Path
	}
	return n.Path
}

// describeLock names what a credential of a node opens, for people.
func describeLock(n *manifest.Node, o Opened) string {
	switch {
	case o.Application != "" && o.Tenant != "":
		return o.System + ":" + o.Application + " at " + o.Tenant
	case o.Application != "":
		return o.System + ":" + o.Application
	case o.Account != "":
		return o.System + " account " + o.Account
	default:
		return n.Path
	}
}

// openedBy returns the scopes that a credential of a node of a side opens: what every
// node that is the same application holds, or everything in the account.
func (s *side) openedBy(n *manifest.Node, o Opened) []string {
	texts := append(n.Scopes().Values(), o.Scope)
	if o.Application != "" {
		for _, h := range s.covering(pattern{system: o.System, name: names.Application(o.Application)}) {
			texts = append(texts, h.node.Scopes().Values()...)
		}
	}
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(text string) bool { return text == "" })
}

// Delivery is a credential that is served where what it opens was not served: a
// reader of that place can now act as the application, the account or the node.
type Delivery struct {
	Node       string   `json:"node"`
	Credential string   `json:"credential"`
	Opens      string   `json:"opens"`   // "entra:checkout-prod at TENANT", "cosmos account ID" or the path of the node
	Sink       string   `json:"sink"`    // where it is delivered
	Scopes     []string `json:"scopes"`  // what it opens
	Reaches    []string `json:"reaches"` // first segments of these; Elsewhere for one with a wildcard
	Causes     []Cause  `json:"through"`
}

// A handout is one lock at one place.
type handout struct {
	lock
	sink string
}

// compareDeliveries finds places where a credential is served that opens what nothing
// that was served there opened.
func compareDeliveries(c *comparison) {
	before := map[handout]access.Set{}
	known := map[handout]bool{}
	c.base.eachCredential(func(n *manifest.Node, credential manifest.Credential) {
		l, o := c.lockOf(c.base, n, credential)
		for _, s := range credential.Sinks {
			at := handout{l, sinkText(s)}
			known[at] = true
			before[at] = before[at].Or(c.base.tree.Union(scopesOf(o)))
		}
	})
	c.head.eachCredential(func(n *manifest.Node, credential manifest.Credential) {
		l, o := c.lockOf(c.head, n, credential)
		for _, s := range credential.Sinks {
			at := handout{l, sinkText(s)}
			if known[at] {
				if _, more := c.beyond(c.head.tree.Union(scopesOf(o)), before[at]); !more {
					continue
				}
			}
			c.delivered(n, credential, o, s)
		}
	})
}

func scopesOf(o Opened) []string {
	if o.Scope == "" {
		return nil
	}
	return []string{o.Scope}
}

func (c *comparison) delivered(n *manifest.Node, credential manifest.Credential, o Opened, s manifest.Sink) {
	scopes := c.head.openedBy(n, o)
	c.v.NewDelivery = append(c.v.NewDelivery, Delivery{
		Node: n.Path, Credential: credential.Name.Value, Opens: describeLock(n, o), Sink: sinkText(s),
		Scopes: scopes, Reaches: firstSegments(scopes),
		Causes: []Cause{causeAt(n.App.File, cmp.Or(s.Pos, credential.Name.Pos), "sink of credential "+credential.Name.Value)},
	})
}

// eachCredential visits the credentials of every holder of a side.
func (s *side) eachCredential(visit func(*manifest.Node, manifest.Credential)) {
	for _, n := range s.registry.Nodes {
		if !n.Holder() {
			continue
		}
		for _, credential := range n.Credentials() {
			visit(n, credential)
		}
	}
}

// firstSegments returns the first segments of scopes, sorted; Elsewhere for one
// with a wildcard.
func firstSegments(scopes []string) []string {
	list := []string{}
	for _, text := range scopes {
		first := firstSegment(text)
		if strings.Contains(first, "*") {
			first = Elsewhere
		}
		list = append(list, first)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// compareClaims finds nodes that use an application or an account which base gave to
// another node.
func compareClaims(c *comparison) {
	owners := map[lock][]*manifest.Node{}
	c.base.eachClaim(c, func(n *manifest.Node, l lock, _ Cause, _ string) { owners[l] = append(owners[l], n) })
	type claim struct {
		node *manifest.Node
		lock lock
	}
	seen := map[claim]bool{}
	c.head.eachClaim(c, func(n *manifest.Node, l lock, at Cause, name string) {
		list := owners[l]
		if len(list) == 0 || slices.ContainsFunc(list, func(o *manifest.Node) bool { return c.continues(n, o) }) {
			return
		}
		if key := (claim{n, l}); !seen[key] {
			seen[key] = true
			c.controls("app "+n.Path, "uses "+name+", which belongs to "+list[0].Path, c.base.openedFor(l, list), at)
		}
	})
}

// continues reports whether a node of head is a node of base, or one of the
// environments into which that was split.
func (c *comparison) continues(n, was *manifest.Node) bool {
	return c.renames[n] == was || c.renames[n.AppNode()] == was
}

// eachClaim visits the applications and accounts that nodes of a side use.
func (s *side) eachClaim(c *comparison, visit func(n *manifest.Node, l lock, at Cause, name string)) {
	for _, h := range s.all {
		if h.who.system != "" && h.who.system != systemGitHub {
			visit(h.node, lock{system: h.who.system, name: h.who.name}, causeAt(h.node.App.File, h.who.at, "identity "+h.who.text), h.who.text)
		}
	}
	s.eachCredential(func(n *manifest.Node, credential manifest.Credential) {
		l, o := c.lockOf(s, n, credential)
		if l.node != "" {
			return
		}
		l.tenant = "" // identities name none
		visit(n, l, causeAt(n.App.File, credential.Name.Pos, "credential "+credential.Name.Value), describeLock(n, o))
	})
}

// openedFor returns the first segments of all that an application or account opens
// for the nodes that it belongs to.
func (s *side) openedFor(l lock, owners []*manifest.Node) []string {
	var texts []string
	for _, n := range owners {
		texts = append(texts, n.Scopes().Values()...)
	}
	reached := firstSegments(texts)
	if len(reached) == 0 {
		reached = []string{l.system}
	}
	return reached
}
