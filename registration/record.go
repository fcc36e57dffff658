// SPDX-License-Identifier: Apache-2.0

// Package registration holds the record that the store keeps about a node, with
// its canonical bytes and their digest. Start with All, which returns the
// records of a registry's nodes, with SealAll, or with Open, which reads a stored one.
//
// Two manifests that mean the same make the same bytes. A record never holds a
// secret, only where secrets are delivered.
package registration

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// Record is what the store keeps about a node: every field in force there, with
// inherited ones filled in, sets sorted and scopes in canonical form.
type Record struct {
	Path        string                     `json:"path"`
	Kind        manifest.Kind              `json:"kind"`
	Domain      string                     `json:"domain"`
	Environment string                     `json:"environment,omitempty"`
	Parent      string                     `json:"parent,omitempty"` // path of the app above
	Type        string                     `json:"type,omitempty"`
	Lifecycle   string                     `json:"lifecycle,omitempty"`
	Owner       string                     `json:"owner"`
	Version     string                     `json:"version,omitempty"`
	Source      string                     `json:"source,omitempty"`
	Labels      map[string]string          `json:"labels,omitempty"`
	Annotations map[string]string          `json:"annotations,omitempty"`
	Scopes      []string                   `json:"scopes"`
	Provides    []string                   `json:"provides,omitempty"`
	Identity    *Identity                  `json:"identity,omitempty"`
	Config      map[string]json.RawMessage `json:"config,omitempty"`
	Credentials []Credential               `json:"credentials,omitempty"`
	Protect     bool                       `json:"protect,omitempty"`
	Sponsor     string                     `json:"sponsor,omitempty"`
	OnBehalfOf  []string                   `json:"onBehalfOf,omitempty"`
	TokenLife   string                     `json:"tokenLife,omitempty"`
	Until       string                     `json:"until,omitempty"`
}

// Identity is the identities that can act as the node.
type Identity struct {
	GitHub *GitHub      `json:"github,omitempty"`
	Entra  *Application `json:"entra,omitempty"`
	Okta   *Application `json:"okta,omitempty"`
}

// Application returns the application that a field of the identity names, "" if
// the field is absent.
func (i *Identity) Application(field string) string {
	switch {
	case field == "entra" && i.Entra != nil:
		return i.Entra.Application
	case field == "okta" && i.Okta != nil:
		return i.Okta.Application
	}
	return ""
}

// GitHub is a repository whose workflows can act as the node.
type GitHub struct {
	Repository  string `json:"repository"`
	Environment string `json:"environment,omitempty"`
}

// Application is an app registration at a provider.
type Application struct {
	Application string `json:"application"`
}

// Credential is a secret by name, never by value.
type Credential struct {
	Name     string    `json:"name"`
	Type     string    `json:"type,omitempty"`
	Provider string    `json:"provider,omitempty"`
	Rotate   *Rotation `json:"rotate,omitempty"`
	Sinks    []Sink    `json:"sinks,omitempty"`
}

// Rotation is how often a credential is renewed. Its durations are texts in JSON.
type Rotation struct {
	Every      manifest.Duration `json:"every,omitzero"`
	Overlap    manifest.Duration `json:"overlap,omitzero"`
	Consumers  []string          `json:"consumers,omitempty"` // sorted
	AckTimeout manifest.Duration `json:"ackTimeout,omitzero"`
}

// Sink is one destination of a credential.
type Sink struct {
	KeyVault     string `json:"keyVault,omitempty"`
	Secret       string `json:"secret,omitempty"`
	GitHubSecret string `json:"githubSecret,omitempty"`
	Environment  string `json:"environment,omitempty"`
	Name         string `json:"name,omitempty"`
	File         string `json:"file,omitempty"`
}

// String names the destination for people.
func (s Sink) String() string {
	switch {
	case s.KeyVault != "":
		return "secret " + s.Secret + " of vault " + s.KeyVault
	case s.Environment != "":
		return "GitHub secret " + s.Name + " of " + s.GitHubSecret + ", environment " + s.Environment
	case s.GitHubSecret != "":
		return "GitHub secret " + s.Name + " of " + s.GitHubSecret
	default:
		return "file " + s.File
	}
}

// Of returns the registration of a node.
func Of(n *manifest.Node) Record {
	spec := &n.App.Spec
	r := Record{
		Path:        n.Path,
		Kind:        n.App.Kind,
		Domain:      n.Domain.Meta.Name.Value,
		Type:        spec.Type.Value,
		Lifecycle:   n.Lifecycle().Value,
		Owner:       n.Owner().Value,
		Version:     n.Version().Value,
		Source:      n.Source().Value,
		Labels:      n.App.Meta.Labels.Values(),
		Annotations: n.App.Meta.Annotations.Values(),
		Scopes:      canonicalScopes(n.Scopes()),
		Provides:    canonicalScopes(spec.Provides),
		Identity:    identityOf(n.Identity()),
		Config:      n.Config().Raw(),
		Credentials: credentialsOf(n.Credentials()),
		Protect:     n.Protect(),
		Sponsor:     spec.Sponsor.Value,
		OnBehalfOf:  sortedSet(spec.OnBehalfOf.Values()),
		TokenLife:   spec.TokenLife.Text,
		Until:       spec.Until.Value,
	}
	if n.Environment != nil {
		r.Environment = n.Environment.Name.Value
	}
	if above := n.AppNode().Parent; above != nil {
		r.Parent = above.Path
	}
	return r
}

// All returns the records of every node that holds access, sorted by path.
func All(registry *manifest.Registry) []Record {
	var all []Record
	for _, n := range registry.Nodes {
		if n.Holder() {
			all = append(all, Of(n))
		}
	}
	return all
}

// Partition returns the name of the top-level app above the node: what commits
// together in the store.
func (r Record) Partition() string {
	_, rest, _ := strings.Cut(r.Path, "/")
	if end := strings.IndexAny(rest, "/@"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// DocumentID returns the id of the registration in its partition:
// registration, then the children below the top-level app, then the
// environment, as in registration.worker@prod.
func (r Record) DocumentID() string {
	_, rest, _ := strings.Cut(r.Path, "/")
	below := strings.TrimPrefix(rest, r.Partition())
	return "registration" + strings.ReplaceAll(below, "/", ".")
}

// CredentialDocument returns the id of a document about a credential of the node, in
// the node's partition: like the id of the registration, with the document's type in
// front and the credential's name behind.
func (r Record) CredentialDocument(kind, name string) string {
	return kind + strings.TrimPrefix(r.DocumentID(), "registration") + "." + name
}

// Subjects returns the OIDC subjects that can act as the node, in GitHub's
// spelling (docs.github.com, "OpenID Connect reference", example subject
// claims), or the node's path if no subject can.
func (r Record) Subjects() []string {
	if r.Identity == nil || r.Identity.GitHub == nil {
		return []string{r.Path}
	}
	g := r.Identity.GitHub
	if g.Environment == "" {
		return []string{"repo:" + g.Repository + ":*"}
	}
	return []string{"repo:" + g.Repository + ":environment:" + names.SubjectEnvironment(g.Environment)}
}

// canonicalScopes sorts and deduplicates scopes in canonical form. Invalid scopes,
// which validation refuses, stay as they are.
func canonicalScopes(list manifest.Strings) []string {
	texts := make([]string, 0, len(list))
	for _, item := range list {
		text := item.Value
		if scope, err := access.Parse(text); err == nil {
			text = scope.String()
		}
		texts = append(texts, text)
	}
	return sortedSet(texts)
}

func sortedSet(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

func identityOf(i *manifest.Identity) *Identity {
	if i == nil {
		return nil
	}
	result := &Identity{}
	if i.GitHub != nil {
		result.GitHub = &GitHub{Repository: i.GitHub.Repository.Value, Environment: i.GitHub.Environment.Value}
	}
	if i.Entra != nil {
		result.Entra = &Application{Application: i.Entra.Application.Value}
	}
	if i.Okta != nil {
		result.Okta = &Application{Application: i.Okta.Application.Value}
	}
	return result
}

func rotationOf(r manifest.Rotation) *Rotation {
	if r.Every.IsZero() && r.Overlap.IsZero() {
		return nil
	}
	consumers := slices.Compact(slices.Sorted(slices.Values(r.Consumers.Values())))
	return &Rotation{
		Every: r.Every.Unplaced(), Overlap: r.Overlap.Unplaced(), Consumers: consumers, AckTimeout: r.AckTimeout.Unplaced(),
	}
}

func credentialsOf(list []manifest.Credential) []Credential {
	result := make([]Credential, 0, len(list))
	for _, c := range list {
		credential := Credential{Name: c.Name.Value, Type: c.Type.Value, Provider: c.Provider.Value, Rotate: rotationOf(c.Rotate)}
		for i := range c.Sinks {
			credential.Sinks = append(credential.Sinks, SinkOf(&c.Sinks[i]))
		}
		result = append(result, credential)
	}
	slices.SortFunc(result, func(a, b Credential) int { return strings.Compare(a.Name, b.Name) })
	return result
}
