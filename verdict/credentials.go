// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/manifest"
)

// Blast is the blast radius of one credential that was added, changed or
// removed: whoever has it can do all of this.
type Blast struct {
	Node       string   `json:"node"`
	Credential string   `json:"credential"`
	Change     string   `json:"change"` // added, changed or removed
	Sinks      []string `json:"sinks"`  // where it is delivered
	Nodes      []string `json:"nodes"`  // whom it stands for: its node, and those served from the same sinks
	Scopes     []string `json:"scopes"` // what these hold
}

// compareCredentials finds the credentials that are not what they were.
func (c *comparison) compareCredentials() {
	var after, before map[string][]*manifest.Node // by sink, when a credential changed
	for _, n := range c.head.registry.Nodes {
		if !n.Holder() {
			continue
		}
		was := c.former[n]
		for _, credential := range n.Credentials() {
			change := changeOf(was, credential)
			if change == "" {
				continue
			}
			if after == nil {
				after = servedBy(c.head.registry)
			}
			c.v.Credentials = append(c.v.Credentials, blast(n, credential, change, after))
		}
	}
	still := map[*manifest.Node]*manifest.Node{}
	for n, was := range c.former {
		still[was] = n
	}
	for _, n := range c.base.registry.Nodes {
		if !n.Holder() {
			continue
		}
		for _, credential := range n.Credentials() {
			if now := still[n]; now != nil && now.Holder() && find(now, credential.Name.Value) != nil {
				continue
			}
			if before == nil {
				before = servedBy(c.base.registry)
			}
			c.v.Credentials = append(c.v.Credentials, blast(n, credential, "removed", before))
		}
	}
}

// changeOf returns what happened to a credential of a node of head since base,
// "" for nothing.
func changeOf(was *manifest.Node, credential manifest.Credential) string {
	if was == nil || !was.Holder() {
		return "added"
	}
	switch before := find(was, credential.Name.Value); {
	case before == nil:
		return "added"
	case describe(*before) != describe(credential):
		return "changed"
	default:
		return ""
	}
}

func find(n *manifest.Node, name string) *manifest.Credential {
	list := n.Credentials()
	at := slices.IndexFunc(list, func(c manifest.Credential) bool { return c.Name.Value == name })
	if at < 0 {
		return nil
	}
	return &list[at]
}

// describe is everything that a manifest says of a credential.
func describe(c manifest.Credential) string {
	return fmt.Sprintf("%q %q %q %q", c.Type.Value, c.Rotate.Every.Value, c.Rotate.Overlap.Value, sinksOf(c))
}

func sinksOf(c manifest.Credential) []string {
	sinks := []string{}
	for _, s := range c.Sinks {
		sinks = append(sinks, sinkText(s))
	}
	slices.Sort(sinks)
	return slices.Compact(sinks)
}

// sinkText names a sink. Key vault and GitHub names do not differ in case
// (learn.microsoft.com, "Key Vault secrets"; docs.github.com, "Naming your
// secrets").
func sinkText(s manifest.Sink) string {
	switch {
	case s.KeyVault.Value != "":
		return "keyVault " + strings.ToLower(s.KeyVault.Value+"/"+s.Secret.Value)
	case s.GitHubSecret.Value != "" && s.Environment.Value != "":
		return "githubSecret " + strings.ToLower(s.GitHubSecret.Value+"/"+s.Name.Value) + ", environment " + s.Environment.Value
	case s.GitHubSecret.Value != "":
		return "githubSecret " + strings.ToLower(s.GitHubSecret.Value+"/"+s.Name.Value)
	default:
		return "file " + s.File.Value
	}
}

// servedBy returns the nodes that each sink serves.
func servedBy(registry *manifest.Registry) map[string][]*manifest.Node {
	served := map[string][]*manifest.Node{}
	for _, n := range registry.Nodes {
		if !n.Holder() {
			continue
		}
		for _, c := range n.Credentials() {
			for _, sink := range sinksOf(c) {
				served[sink] = append(served[sink], n)
			}
		}
	}
	return served
}

func blast(n *manifest.Node, c manifest.Credential, change string, served map[string][]*manifest.Node) Blast {
	b := Blast{Node: n.Path, Credential: c.Name.Value, Change: change, Sinks: sinksOf(c), Nodes: []string{}, Scopes: []string{}}
	reached := []*manifest.Node{n}
	for _, sink := range b.Sinks {
		reached = append(reached, served[sink]...)
	}
	for _, other := range reached {
		b.Nodes = append(b.Nodes, other.Path)
		b.Scopes = append(b.Scopes, other.Scopes().Values()...)
	}
	slices.Sort(b.Nodes)
	slices.Sort(b.Scopes)
	b.Nodes, b.Scopes = slices.Compact(b.Nodes), slices.Compact(b.Scopes)
	return b
}
