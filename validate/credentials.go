// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// sinkKey identifies the destination of a credential. Key vault and
// GitHub names are case-insensitive at the vendor (learn.microsoft.com, "Key
// Vault secrets"; docs.github.com, "Naming your secrets"), so they are compared
// in lower case.
type sinkKey struct {
	system, place, scope, name string
}

func keyOf(s *manifest.Sink) sinkKey {
	switch {
	case s.KeyVault.Value != "":
		return sinkKey{"keyVault", strings.ToLower(s.KeyVault.Value), "", strings.ToLower(s.Secret.Value)}
	case s.GitHubSecret.Value != "":
		return sinkKey{"githubSecret", strings.ToLower(s.GitHubSecret.Value), strings.ToLower(s.Environment.Value), strings.ToLower(s.Name.Value)}
	}
	return sinkKey{"file", s.File.Value, "", ""}
}

// String names the destination for people.
func (k sinkKey) String() string {
	switch {
	case k.system == "file":
		return "file " + finding.Quote(k.place)
	case k.scope != "":
		return fmt.Sprintf("%s %s of %s, environment %s", k.system, finding.Quote(k.name), finding.Quote(k.place), finding.Quote(k.scope))
	}
	return fmt.Sprintf("%s %s of %s", k.system, finding.Quote(k.name), finding.Quote(k.place))
}

// holder is one node that a sink serves.
type holder struct {
	node       *manifest.Node
	credential *manifest.Credential
	sink       *manifest.Sink
}

// checkSharedCredentials objects to each node whose sink serves another node too:
// a reader of the sink can act as both.
func checkSharedCredentials(v *validator) {
	holders := map[sinkKey][]holder{}
	for _, n := range v.registry.Nodes {
		if !n.Holder() {
			continue
		}
		credentials := n.Credentials()
		for i := range credentials {
			c := &credentials[i]
			for j := range c.Sinks {
				key := keyOf(&c.Sinks[j])
				holders[key] = append(holders[key], holder{node: n, credential: c, sink: &c.Sinks[j]})
			}
		}
	}
	for key, list := range holders {
		if len(list) == 1 {
			continue
		}
		nodes := make([]*manifest.Node, len(list))
		for i, h := range list {
			nodes[i] = h.node
		}
		for _, h := range list {
			if others := otherNodes(nodes, h.node); len(others) > 0 {
				v.object(h.node.App.File, h.sink.Pos, finding.Finding{
					Rule: RuleSharedCredential, Node: h.node.Path,
					Message: fmt.Sprintf("credential %s of %s is delivered to %s, which also serves %s",
						finding.Quote(h.credential.Name.Value), h.node.Path, key, shorten(others)),
					Hint: "give each node its own credential and its own sink",
				})
			}
		}
	}
}

// otherNodes returns the paths of the nodes in list other than n, sorted.
func otherNodes(list []*manifest.Node, n *manifest.Node) []string {
	var paths []string
	for _, other := range list {
		if other != n {
			paths = append(paths, other.Path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// shorten joins paths and counts those beyond the first few.
func shorten(paths []string) string {
	const shown = 4
	if len(paths) <= shown {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:shown], ", "), len(paths)-shown)
}

// checkSinks objects to sinks that do not name exactly one destination, and to
// GitHub secrets of repositories that do not belong to the node.
func checkSinks(v *validator, n *manifest.Node) {
	for _, c := range n.Credentials() {
		for _, s := range c.Sinks {
			if forms := countForms(s); forms != 1 {
				v.object(n.App.File, s.Pos, finding.Finding{
					Rule: RuleSink, Node: n.Path,
					Message: fmt.Sprintf("sink of credential %s names %d destinations", finding.Quote(c.Name.Value), forms),
					Allowed: []string{"file", "githubSecret and name", "keyVault and secret"},
					Hint:    "write one sink per destination",
				})
				continue
			}
			if s.Environment.Value != "" && ofOrganisation(s) {
				v.object(n.App.File, s.Environment.Pos, finding.Finding{
					Rule: RuleSink, Node: n.Path,
					Message: fmt.Sprintf("sink of credential %s names environment %s of organisation %s; only repositories have environments",
						finding.Quote(c.Name.Value), finding.Quote(s.Environment.Value), finding.Quote(s.GitHubSecret.Value)),
					Hint: "write a repository as owner/name, or remove environment",
				})
				continue
			}
			checkForeignSink(v, n, c, s)
		}
	}
}

// ofOrganisation reports whether a GitHub secret belongs to an organisation.
func ofOrganisation(s manifest.Sink) bool {
	return s.GitHubSecret.Value != "" && !strings.Contains(s.GitHubSecret.Value, "/")
}

func countForms(s manifest.Sink) int {
	forms := 0
	for _, text := range []manifest.String{s.KeyVault, s.GitHubSecret, s.File} {
		if text.Value != "" {
			forms++
		}
	}
	return forms
}

// checkForeignSink objects to a place that does not belong to the node and that neither
// the root nor the domain lists: a vault, another repository, or a file outside of the
// registry's folder. For a change, base has to agree.
func checkForeignSink(v *validator, n *manifest.Node, c manifest.Credential, s manifest.Sink) {
	f := finding.Finding{Rule: RuleForeignSink, Node: n.Path}
	prefix := fmt.Sprintf("credential %s of %s is delivered to ", finding.Quote(c.Name.Value), n.Path)
	at := s.Pos
	switch {
	case v.sinkListed(n.Domain, s):
		return
	case s.KeyVault.Value != "":
		at, f.Message = s.KeyVault.Pos, prefix+"vault "+finding.Quote(s.KeyVault.Value)+", which neither the root nor the domain lists"
		f.Hint = "ask the owner of the domain to list {keyVault: " + s.KeyVault.Value + "} under sinks, in a separate change"
	case s.GitHubSecret.Value != "" && !v.ownRepository(n, s.GitHubSecret.Value):
		at, f.Message = s.GitHubSecret.Pos, prefix+finding.Quote(s.GitHubSecret.Value)+", which is not the node's repository"
		f.Hint = "deliver it to the node's repository, or ask the owner of the domain to list it under sinks, in a separate change"
	case s.File.Value != "" && leavesFolder(s.File.Value):
		at, f.Message = s.File.Pos, prefix+"file "+finding.Quote(s.File.Value)+", which is outside of the registry's folder and not listed"
		f.Hint = "write a path below the registry's folder, or ask the owner of the domain to list {file: " + s.File.Value + "} under sinks, in a separate change"
	default:
		return
	}
	v.object(n.App.File, at, f)
}

// ownRepository reports whether a repository belongs to a node, in the registry and,
// for a change of a node, in base.
func (v *validator) ownRepository(n *manifest.Node, repository string) bool {
	if !ownRepository(n, repository) {
		return false
	}
	was := v.policies.renames[n]
	return was == nil || ownRepository(was, repository)
}

// ownRepository reports whether a repository (owner/name) is the node's source
// or the one whose workflows can become the node.
func ownRepository(n *manifest.Node, repository string) bool {
	if strings.EqualFold(n.Source().Value, "github.com/"+repository) {
		return true
	}
	identity := n.Identity()
	if identity == nil || identity.GitHub == nil {
		return false
	}
	name, _ := identity.GitHub.Names()
	return name == strings.ToLower(repository)
}

// listed reports whether a list of sinks permits a sink.
func listed(list []manifest.Sink, s manifest.Sink) bool {
	return slices.ContainsFunc(list, func(allowed manifest.Sink) bool { return allowed.Permits(s) })
}

// leavesFolder reports whether a path of a file is not below the registry's folder.
func leavesFolder(file string) bool {
	clean := path.Clean(file)
	return path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../")
}
