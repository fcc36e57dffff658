// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
)

// holder is one credential that a sink serves.
type holder struct {
	node       *manifest.Node
	credential *manifest.Credential
	sink       *manifest.Sink
}

// checkSharedCredentials objects to each sink that is served twice. By two nodes: a
// reader of the sink can act as both. By two credentials: one overwrites the other.
func checkSharedCredentials(v *validator) {
	holders := map[registration.Sink][]holder{}
	for _, n := range v.registry.Nodes {
		if !n.Holder() {
			continue
		}
		credentials := n.Credentials()
		for i := range credentials {
			c := &credentials[i]
			for j := range c.Sinks {
				place := registration.SinkOf(&c.Sinks[j]).Place(v.config.Folder)
				holders[place] = append(holders[place], holder{node: n, credential: c, sink: &c.Sinks[j]})
			}
		}
	}
	for place, list := range holders {
		if len(list) == 1 {
			continue
		}
		for i, h := range list {
			also, hint := h.alsoServed(list, i)
			v.object(h.node.App.File, h.sink.Pos, finding.Finding{
				Rule: RuleSharedCredential, Node: h.node.Path,
				Message: fmt.Sprintf("credential %s of %s is delivered to %s, which also serves %s",
					finding.Quote(h.credential.Name.Value), h.node.Path, placeText(place), also),
				Hint: hint,
			})
		}
	}
}

// alsoServed names what else is delivered to a place: other nodes or, if there are
// none, other credentials of the same node. The hint says what to do.
func (h holder) alsoServed(list []holder, at int) (also, hint string) {
	var nodes []*manifest.Node
	var own []string
	for i, other := range list {
		nodes = append(nodes, other.node)
		if i != at && other.credential != h.credential {
			own = append(own, "its credential "+finding.Quote(other.credential.Name.Value))
		}
	}
	if others := otherNodes(nodes, h.node); len(others) > 0 {
		return shorten(others), "give each node its own credential and its own sink"
	}
	if len(own) == 0 {
		return "it a second time", "remove one of the two sinks"
	}
	slices.Sort(own)
	return shorten(slices.Compact(own)), "give each credential its own sink"
}

// placeText names a destination for people.
func placeText(s registration.Sink) string {
	switch {
	case s.KeyVault != "":
		return fmt.Sprintf("keyVault %s of %s", finding.Quote(s.Secret), finding.Quote(s.KeyVault))
	case s.Environment != "":
		return fmt.Sprintf("githubSecret %s of %s, environment %s", finding.Quote(s.Name), finding.Quote(s.GitHubSecret), finding.Quote(s.Environment))
	case s.GitHubSecret != "":
		return fmt.Sprintf("githubSecret %s of %s", finding.Quote(s.Name), finding.Quote(s.GitHubSecret))
	}
	return "file " + finding.Quote(s.File)
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
			checkSecretName(v, n, s)
			checkFile(v, n, s)
			checkForeignSink(v, n, c, s)
		}
	}
}

// checkSecretName objects to names that GitHub reserves (docs.github.com, "Naming your
// secrets"): the delivery would fail after the new credential was made. The schema
// knows the characters.
func checkSecretName(v *validator, n *manifest.Node, s manifest.Sink) {
	if s.GitHubSecret.Value == "" || !strings.HasPrefix(names.ActionsSecret(s.Name.Value), "GITHUB_") {
		return
	}
	v.object(n.App.File, s.Name.Pos, finding.Finding{
		Rule: RuleSink, Node: n.Path,
		Message: "GitHub accepts no secret named " + finding.Quote(s.Name.Value) + ": names that begin with GITHUB_ are reserved",
		Hint:    "give it another name",
	})
}

// checkFile objects to a file that belongs to the registry or to its repository: a
// delivery would replace what was reviewed. Staged values lie beside the file, so
// folders count as well. Some file systems do not tell cases apart.
func checkFile(v *validator, n *manifest.Node, s manifest.Sink) {
	if s.File.Value == "" {
		return
	}
	name := names.File(v.config.Folder, s.File.Value)
	first, _, _ := strings.Cut(strings.ToLower(name), "/")
	own := slices.Contains([]string{".git", ".github", ".gitlab-ci.yml", ".roster"}, first) || v.registry.Root.Includes(name)
	for _, f := range slices.Concat(v.registry.Files, v.registry.Strays) {
		own = own || strings.EqualFold(f.Path, name)
	}
	if own {
		v.object(n.App.File, s.File.Pos, finding.Finding{
			Rule: RuleSink, Node: n.Path,
			Message: "file " + finding.Quote(s.File.Value) + " belongs to the registry or its repository, and a delivery would replace it",
			Hint:    "choose a path that no include names and git ignores, such as secrets/" + n.App.Meta.Name.Value,
		})
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
	var at manifest.Pos
	switch {
	case v.sinkListed(n.Domain, s), v.usedBefore(n, s):
		return
	case s.KeyVault.Value != "":
		at, f.Message = s.KeyVault.Pos, prefix+"vault "+finding.Quote(s.KeyVault.Value)+", which neither the root nor the domain lists"
		f.Hint = "ask the owner of the domain to list {keyVault: " + s.KeyVault.Value + "} under sinks, in a separate change"
	case s.GitHubSecret.Value != "" && !v.ownRepository(n, s.GitHubSecret.Value):
		at, f.Message = s.GitHubSecret.Pos, prefix+finding.Quote(s.GitHubSecret.Value)+", which is not the node's repository"
		f.Hint = "deliver it to the node's repository, or ask the owner of the domain to list it under sinks, in a separate change"
	case s.File.Value != "" && leavesFolder(names.File(v.config.Folder, s.File.Value)):
		at, f.Message = s.File.Pos, prefix+"file "+finding.Quote(s.File.Value)+", which is outside of the registry's folder and not listed"
		f.Hint = "write a path below the registry's folder, or ask the owner of the domain to list {file: " + s.File.Value + "} under sinks, in a separate change"
	default:
		return
	}
	v.object(n.App.File, at, f)
}

// usedBefore reports whether a registry that lists no vault at all delivers to a vault
// as it did: by itself or, for a change, in base. What a change adds has to be listed.
func (v *validator) usedBefore(n *manifest.Node, s manifest.Sink) bool {
	if s.KeyVault.Value == "" || slices.ContainsFunc(v.trusted(), listsVaults) {
		return false
	}
	if v.config.Base == nil || v.config.Base.Registry == nil {
		return true
	}
	was := v.policies.renames[n]
	return was != nil && slices.ContainsFunc(was.Credentials(), func(c manifest.Credential) bool {
		return slices.ContainsFunc(c.Sinks, func(before manifest.Sink) bool {
			return names.Vault(before.KeyVault.Value) == names.Vault(s.KeyVault.Value)
		})
	})
}

// listsVaults reports whether the root or a domain lists a vault.
func listsVaults(r *manifest.Registry) bool {
	vault := func(s manifest.Sink) bool { return s.KeyVault.Value != "" }
	return slices.ContainsFunc(r.Root.Spec.Sinks, vault) ||
		slices.ContainsFunc(r.Domains, func(d *manifest.Domain) bool { return slices.ContainsFunc(d.Spec.Sinks, vault) })
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
	if names.Source(n.Source().Value) == names.Source("github.com/"+repository) {
		return true
	}
	identity := n.Identity()
	if identity == nil || identity.GitHub == nil {
		return false
	}
	name, _ := identity.GitHub.Names()
	return name == names.Repository(repository)
}

// listed reports whether a list of sinks permits a sink.
func listed(list []manifest.Sink, s manifest.Sink) bool {
	return slices.ContainsFunc(list, func(allowed manifest.Sink) bool { return allowed.Permits(s) })
}

// leavesFolder reports whether the form of a path is not below the registry's folder.
func leavesFolder(file string) bool {
	return path.IsAbs(file) || file == ".." || strings.HasPrefix(file, "../")
}
