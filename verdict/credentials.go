// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"slices"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
)

// BlastRadius is what a holder of one credential can do. The credential was added,
// changed or removed.
type BlastRadius struct {
	Node       string   `json:"node"`
	Credential string   `json:"credential"`
	Change     string   `json:"change"` // added, changed or removed
	Opens      string   `json:"opens"`  // as in Delivery
	Sinks      []string `json:"sinks"`  // where it is delivered
	Nodes      []string `json:"nodes"`  // its node, and those that are served from the same sinks
	Scopes     []string `json:"scopes"` // what it opens, and what these hold
}

// compareCredentials finds the credentials that are not what they were.
func compareCredentials(c *comparison) {
	now := map[*manifest.Node]*manifest.Node{} // by node of base
	for n, was := range c.renames {
		now[was] = n
	}
	addBlasts(c, c.head, func(n *manifest.Node, credential manifest.Credential) string {
		return changeOf(c.renames[n], credential)
	})
	addBlasts(c, c.base, func(n *manifest.Node, credential manifest.Credential) string {
		if find(now[n], credential.Name.Value) != nil {
			return ""
		}
		return "removed"
	})
}

// addBlasts adds the credentials of a side that something happened to.
func addBlasts(c *comparison, s *side, happened func(*manifest.Node, manifest.Credential) string) {
	var served map[string][]*manifest.Node // made when it is needed
	s.eachCredential(func(n *manifest.Node, credential manifest.Credential) {
		change := happened(n, credential)
		if change == "" {
			return
		}
		if served == nil {
			served = servedBy(s)
		}
		c.v.Credentials = append(c.v.Credentials, c.blastRadius(s, n, credential, change, served))
	})
}

// changeOf returns what happened to a credential of a node of head since base,
// "" for nothing.
func changeOf(was *manifest.Node, credential manifest.Credential) string {
	switch before := find(was, credential.Name.Value); {
	case before == nil:
		return "added"
	case describe(*before) != describe(credential):
		return "changed"
	default:
		return ""
	}
}

// find returns the credential of a node by its name, nil if it holds none such.
func find(n *manifest.Node, name string) *manifest.Credential {
	if n == nil || !n.Holder() {
		return nil
	}
	list := n.Credentials()
	at := slices.IndexFunc(list, func(c manifest.Credential) bool { return c.Name.Value == name })
	if at < 0 {
		return nil
	}
	return &list[at]
}

// describe is everything that a manifest says of a credential, without layout.
func describe(c manifest.Credential) string {
	sinks := sinksOf(c)
	c.Sinks = nil
	return fmt.Sprintf("%s %q", normalise(c), sinks)
}

func sinksOf(c manifest.Credential) []string {
	sinks := []string{}
	for _, s := range c.Sinks {
		sinks = append(sinks, sinkText(s))
	}
	slices.Sort(sinks)
	return slices.Compact(sinks)
}

// sinkText names a sink, with all its spellings in one form.
func sinkText(sink manifest.Sink) string {
	s := registration.SinkOf(&sink).Place("")
	switch {
	case s.KeyVault != "" && s.Secret == "":
		return "keyVault " + s.KeyVault
	case s.KeyVault != "":
		return "keyVault " + s.KeyVault + "/" + s.Secret
	case s.GitHubSecret == "":
		return "file " + s.File
	}
	text := "githubSecret " + s.GitHubSecret
	if s.Name != "" {
		text += "/" + s.Name
	}
	if s.Environment != "" {
		text += ", environment " + s.Environment
	}
	return text
}

// servedBy returns the nodes that each sink serves.
func servedBy(s *side) map[string][]*manifest.Node {
	served := map[string][]*manifest.Node{}
	s.eachCredential(func(n *manifest.Node, c manifest.Credential) {
		for _, sink := range sinksOf(c) {
			served[sink] = append(served[sink], n)
		}
	})
	return served
}

func (c *comparison) blastRadius(
	s *side, n *manifest.Node, credential manifest.Credential, change string, served map[string][]*manifest.Node,
) BlastRadius {
	_, o := c.lockOf(s, n, credential)
	b := BlastRadius{
		Node: n.Path, Credential: credential.Name.Value, Change: change, Opens: describeLock(n, o),
		Sinks: sinksOf(credential), Nodes: []string{}, Scopes: s.openedBy(n, o),
	}
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
