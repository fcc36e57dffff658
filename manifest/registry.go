// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// A Registry is a folder of manifests resolved into one tree. Every list is
// sorted by name or path.
type Registry struct {
	Root      *Root
	Domains   []*Domain
	Templates []*PolicyTemplate
	Providers []*Provider
	Waivers   []*Waiver
	Nodes     []*Node // apps, agents and their environments, by path
	Files     []File
	Strays    []File // manifests below the registry that no include names; their digests are of their first bytes
}

// A Declaration is one manifest of a kind that judges; see [Kind.Judges].
type Declaration struct {
	File string
	Kind Kind
	Name string
	Spec any // RootSpec, DomainSpec, ...
}

// Judging returns every declaration that judges, by kind and name.
func (r *Registry) Judging() []Declaration {
	all := []Declaration{{r.Root.File, KindRoot, r.Root.Meta.Name.Value, r.Root.Spec}}
	for _, d := range r.Domains {
		all = append(all, Declaration{d.File, KindDomain, d.Meta.Name.Value, d.Spec})
	}
	for _, t := range r.Templates {
		all = append(all, Declaration{t.File, KindPolicyTemplate, t.Meta.Name.Value, t.Spec})
	}
	for _, p := range r.Providers {
		all = append(all, Declaration{p.File, KindProvider, p.Meta.Name.Value, p.Spec})
	}
	for _, w := range r.Waivers {
		all = append(all, Declaration{w.File, KindWaiver, w.Meta.Name.Value, w.Spec})
	}
	return all
}

// A Node is an app, an agent, or an environment of one. It has exactly one
// path: domain/app, domain/app/child, and with @environment behind it.
type Node struct {
	Path        string
	App         *App
	Domain      *Domain
	Parent      *Node        // the app above, nil directly below the domain; for an environment: its app
	Environment *Environment // nil for an app
}

// Holder reports whether the node holds access itself: an app with
// environments does not, its environments do.
func (n *Node) Holder() bool {
	return n.Environment != nil || len(n.App.Spec.Environments) == 0
}

// AppNode returns the node of the app itself: n, or the app that n is an
// environment of.
func (n *Node) AppNode() *Node {
	if n.Environment != nil {
		return n.Parent
	}
	return n
}

// Owner returns the owner in force at the node.
func (n *Node) Owner() String {
	if e := n.Environment; e != nil && e.Owner.Value != "" {
		return e.Owner
	}
	return n.App.Spec.Owner
}

// Version returns the version in force at the node.
func (n *Node) Version() String {
	if e := n.Environment; e != nil && e.Version.Value != "" {
		return e.Version
	}
	return n.App.Spec.Version
}

// Lifecycle returns the lifecycle in force at the node.
func (n *Node) Lifecycle() String {
	if e := n.Environment; e != nil && e.Lifecycle.Value != "" {
		return e.Lifecycle
	}
	return n.App.Spec.Lifecycle
}

// Source returns the repository in force at the node.
func (n *Node) Source() String {
	if e := n.Environment; e != nil && e.Source.Value != "" {
		return e.Source
	}
	return n.App.Spec.Source
}

// Scopes returns the scopes in force at the node.
func (n *Node) Scopes() Strings {
	if e := n.Environment; e != nil && e.Scopes != nil {
		return e.Scopes
	}
	return n.App.Spec.Scopes
}

// Identity returns the identity in force at the node, nil if it has none.
func (n *Node) Identity() *Identity {
	if e := n.Environment; e != nil && e.Identity != nil {
		return e.Identity
	}
	return n.App.Spec.Identity
}

// Credentials returns the credentials in force at the node.
func (n *Node) Credentials() []Credential {
	if e := n.Environment; e != nil && e.Credentials != nil {
		return e.Credentials
	}
	return n.App.Spec.Credentials
}

// Config returns the configuration in force at the node: the app's, with the
// environment's keys replacing its own.
func (n *Node) Config() Config {
	if e := n.Environment; e != nil {
		return n.App.Spec.Config.Merge(e.Config)
	}
	return n.App.Spec.Config
}

// Protect reports whether the node may not be deleted by a plan.
func (n *Node) Protect() bool {
	if e := n.Environment; e != nil && e.Protect.Set {
		return e.Protect.Value
	}
	return n.App.Spec.Protect.Value
}

// Position returns where the node is declared.
func (n *Node) Position() Pos {
	if n.Environment != nil {
		return n.Environment.Name.Pos
	}
	return n.App.Meta.Name.Pos
}

// Node returns the node with a path, nil if no node has it.
func (r *Registry) Node(path string) *Node {
	at, found := slices.BinarySearchFunc(r.Nodes, path, func(n *Node, path string) int { return cmp.Compare(n.Path, path) })
	if !found {
		return nil
	}
	return r.Nodes[at]
}

// Domain returns the domain with a name, nil if no domain has it.
func (r *Registry) Domain(name string) *Domain {
	at, found := slices.BinarySearchFunc(r.Domains, name, func(d *Domain, name string) int { return cmp.Compare(d.Meta.Name.Value, name) })
	if !found {
		return nil
	}
	return r.Domains[at]
}

// Template returns the policy template that the registry declares by a name, nil if it
// declares none. Built-in templates are not among them.
func (r *Registry) Template(name string) *PolicyTemplate {
	at, found := slices.BinarySearchFunc(r.Templates, name, func(t *PolicyTemplate, name string) int { return cmp.Compare(t.Meta.Name.Value, name) })
	if !found {
		return nil
	}
	return r.Templates[at]
}

// SecretScopes returns the scopes that count as reading a secret: what the root
// lists, or getting a secret from any key vault.
func (r *Root) SecretScopes() []string {
	if r.Spec.SecretScopes == nil {
		return []string{"keyvault/**:get"}
	}
	return r.Spec.SecretScopes.Values()
}

// PrivilegedScopes returns the scopes that count as privileged: what the root
// lists, or administering anything.
func (r *Root) PrivilegedScopes() []string {
	if r.Spec.PrivilegedScopes == nil {
		return []string{"**:admin"}
	}
	return r.Spec.PrivilegedScopes.Values()
}

// Container returns the name of the store container that keeps the domain.
func (d *Domain) Container() string {
	return cmp.Or(d.Spec.Container.Value, d.Meta.Name.Value)
}

// Digest identifies the bytes of every file of the registry: "sha256:" and the
// hexadecimal SHA-256 over path and SHA-256 of each, sorted by path.
func (r *Registry) Digest() string { return digest(r.Files, func(File) bool { return true }) }

// PolicyDigest is the Digest of the files whose kind judges; see [Kind.Judges].
// A file of unknown kind is included: it may be one of them.
func (r *Registry) PolicyDigest() string {
	return digest(r.Files, func(f File) bool { return f.Kind.Judges() })
}

func digest(files []File, keep func(File) bool) string {
	h := sha256.New()
	for _, f := range files {
		if keep(f) {
			// No path holds a NUL, so path and digest cannot run together.
			h.Write(fmt.Appendf(nil, "%s\x00%x\n", f.Path, f.Digest))
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
