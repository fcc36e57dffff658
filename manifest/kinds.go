// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"slices"

	"github.com/appofapps/roster/internal/names"
)

// APIVersion is the only version of the envelope.
const APIVersion = "roster/v1"

// Kind names what a manifest declares.
type Kind string

// The kinds, in the order in which a person reads a registry.
const (
	KindRoot           Kind = "Root"
	KindDomain         Kind = "Domain"
	KindApp            Kind = "App"
	KindAgent          Kind = "Agent"
	KindPolicyTemplate Kind = "PolicyTemplate"
	KindProvider       Kind = "Provider"
	KindWaiver         Kind = "Waiver"
)

// kindRow is one kind: the type that its manifests are decoded into.
type kindRow struct {
	kind  Kind
	judge bool // it sets rules for nodes; App and Agent declare the nodes
	make  func(file string) (value any, name *String)
}

// kindTable returns one row for each kind. Kinds, the decoder, the digests and
// Fields read it, so a kind that is not here does not exist.
func kindTable() []kindRow {
	app := func(kind Kind) func(string) (any, *String) {
		return func(file string) (any, *String) {
			v := &App{File: file, Kind: kind}
			return v, &v.Meta.Name
		}
	}
	return []kindRow{
		{KindRoot, true, func(file string) (any, *String) { v := &Root{File: file}; return v, &v.Meta.Name }},
		{KindDomain, true, func(file string) (any, *String) { v := &Domain{File: file}; return v, &v.Meta.Name }},
		{KindApp, false, app(KindApp)},
		{KindAgent, false, app(KindAgent)},
		{KindPolicyTemplate, true, func(file string) (any, *String) { v := &PolicyTemplate{File: file}; return v, &v.Meta.Name }},
		{KindProvider, true, func(file string) (any, *String) { v := &Provider{File: file}; return v, &v.Meta.Name }},
		{KindWaiver, true, func(file string) (any, *String) { v := &Waiver{File: file}; return v, &v.Meta.Name }},
	}
}

// rowOf returns the row of a kind.
func rowOf(kind Kind) (kindRow, bool) {
	table := kindTable()
	at := slices.IndexFunc(table, func(row kindRow) bool { return row.kind == kind })
	if at < 0 {
		return kindRow{}, false
	}
	return table[at], true
}

// Kinds lists every kind.
func Kinds() []Kind {
	var kinds []Kind
	for _, row := range kindTable() {
		kinds = append(kinds, row.kind)
	}
	return kinds
}

// Judges reports whether manifests of the kind set rules for nodes. App and
// Agent do not: they declare the nodes. An unknown kind counts as one that does.
func (k Kind) Judges() bool {
	row, known := rowOf(k)
	return row.judge || !known
}

// Three tags describe each field of the types below.
//
//	manifest  its name in the format; the decoder reads it
//	class     what a change of it can gain; see Class
//	only      the kind that has it, where two kinds share a type
//
// A field whose type has fields itself has no class: its fields have. Tests hold
// the published JSON Schemas against the names, and the comparisons of package
// verdict against the classes.

// envelope is what every manifest begins with. It is read before the kind is
// known.
type envelope struct {
	APIVersion String `manifest:"apiVersion" class:"descriptive"`
	Kind       String `manifest:"kind" class:"binding"`
}

// Metadata is the envelope's metadata, as in Kubernetes.
type Metadata struct {
	Name        String `manifest:"name" class:"binding"`
	Labels      Map    `manifest:"labels" class:"descriptive"`
	Annotations Map    `manifest:"annotations" class:"descriptive"`
}

// AppMetadata is the metadata of an app or an agent.
type AppMetadata struct {
	Name        String `manifest:"name" class:"binding"`
	Labels      Map    `manifest:"labels" class:"binding"`
	Annotations Map    `manifest:"annotations" class:"descriptive"`
	Previously  String `manifest:"previously" class:"identity"` // path before a rename or a move
}

// Root is the manifest roster.yaml: the files of the registry and the limits of
// every node.
type Root struct {
	File string
	Meta Metadata `manifest:"metadata"`
	Spec RootSpec `manifest:"spec"`
}

// RootSpec is the spec of kind Root.
type RootSpec struct {
	Include          Strings    `manifest:"include" class:"binding"`        // globs, relative to the registry
	Ceiling          Strings    `manifest:"ceiling" class:"limit"`          // absent: everything
	Deny             Strings    `manifest:"deny" class:"limit"`             // scopes nobody may hold
	Policies         Strings    `manifest:"policies" class:"binding"`       // names of PolicyTemplates
	Propagate        Strings    `manifest:"propagate" class:"control"`      // names of Providers
	Guardrails       Guardrails `manifest:"guardrails"`                     // see package guardrail
	Store            String     `manifest:"store" class:"control"`          // as --store
	SecretScopes     Strings    `manifest:"secretScopes" class:"limit"`     // default keyvault/**:get
	PrivilegedScopes Strings    `manifest:"privilegedScopes" class:"limit"` // default **:admin
	Sinks            []Sink     `manifest:"sinks"`                          // further sinks that any node may use
	SnapshotKeys     Strings    `manifest:"snapshotKeys" class:"control"`   // public keys whose signed snapshots are trusted
	Groups           []Group    `manifest:"groups"`                         // who is in a group that owns or approves

	Environments Strings `manifest:"environments" class:"limit"` // names of environments that apps may have; absent: any

	Waivers PolicyWaivers `manifest:"waivers"` // who may approve a waiver whose template does not say; how long any may last
}

// Group is the people of a group that manifests name as group:NAME, by CI system.
type Group struct {
	Name   String   `manifest:"name" class:"control"`
	GitHub []Member `manifest:"github"`
	GitLab []Member `manifest:"gitlab"`
	Azure  []Member `manifest:"azure"`
}

// Members returns the people of the group by the name of their CI system.
func (g *Group) Members() map[string][]Member {
	return map[string][]Member{"github": g.GitHub, "gitlab": g.GitLab, "azure": g.Azure}
}

// Member is a person at a CI system. The id decides who it is; the login is for
// people.
type Member struct {
	Login String `manifest:"login" class:"descriptive"`
	ID    String `manifest:"id" class:"control"`
}

// Guardrails bound what one plan may change. Absent fields have the defaults of
// package guardrail.
type Guardrails struct {
	Update     String `manifest:"update" class:"limit"`     // share, "30%"
	Delete     String `manifest:"delete" class:"limit"`     // share, "10%"
	From       Int    `manifest:"from" class:"limit"`       // number of nodes below which shares are not checked
	Privileged Int    `manifest:"privileged" class:"limit"` // nodes that may gain privileged access in one plan
}

// Domain is a part of the company with its own container in the store.
type Domain struct {
	File string
	Meta Metadata   `manifest:"metadata"`
	Spec DomainSpec `manifest:"spec"`
}

// DomainSpec is the spec of kind Domain.
type DomainSpec struct {
	Owner     String   `manifest:"owner" class:"control"`
	Container String   `manifest:"container" class:"control"` // default: the domain's name
	Sources   Strings  `manifest:"sources" class:"control"`   // repositories that may register here; absent: any
	Ceiling   Strings  `manifest:"ceiling" class:"limit"`
	Deny      Strings  `manifest:"deny" class:"limit"`
	Policies  Strings  `manifest:"policies" class:"binding"`
	Regions   Strings  `manifest:"regions" class:"descriptive"`
	Retention Duration `manifest:"retention" class:"control"` // of tombstones, as 400d
	Sinks     []Sink   `manifest:"sinks"`
}

// App is the manifest of an app, or of an agent (kind Agent): an app for which a
// person is responsible.
type App struct {
	File string
	Kind Kind        // KindApp or KindAgent
	Meta AppMetadata `manifest:"metadata"`
	Spec AppSpec     `manifest:"spec"`
}

// AppSpec is the spec of kinds App and Agent.
type AppSpec struct {
	Domain       String        `manifest:"domain" class:"binding"`
	Parent       String        `manifest:"parent" class:"binding"` // bare name in the domain, or a path
	Type         String        `manifest:"type" class:"descriptive"`
	Lifecycle    String        `manifest:"lifecycle" class:"descriptive"`
	Owner        String        `manifest:"owner" class:"control"`
	Version      String        `manifest:"version" class:"descriptive"`
	Source       String        `manifest:"source" class:"control"`
	Scopes       Strings       `manifest:"scopes" class:"access"`
	Provides     Strings       `manifest:"provides" class:"access"`
	Ceiling      Strings       `manifest:"ceiling" class:"limit"`
	Deny         Strings       `manifest:"deny" class:"limit"`
	Policies     Strings       `manifest:"policies" class:"binding"`
	Identity     *Identity     `manifest:"identity"`
	Config       Config        `manifest:"config" class:"descriptive"`
	Credentials  []Credential  `manifest:"credentials"`
	Protect      Bool          `manifest:"protect" class:"limit"`
	Environments []Environment `manifest:"environments"` // a mapping by name, kept sorted

	Sponsor    String   `manifest:"sponsor" class:"control" only:"Agent"`
	OnBehalfOf Strings  `manifest:"onBehalfOf" class:"control" only:"Agent"`
	TokenLife  Duration `manifest:"tokenLife" class:"control" only:"Agent"`
	Until      String   `manifest:"until" class:"control" only:"Agent"`
}

// Environment replaces fields of its app; config merges key by key. It sets
// neither ceiling nor deny.
type Environment struct {
	Name        String       `class:"binding"` // the key of the mapping
	Lifecycle   String       `manifest:"lifecycle" class:"descriptive"`
	Owner       String       `manifest:"owner" class:"control"`
	Version     String       `manifest:"version" class:"descriptive"`
	Source      String       `manifest:"source" class:"control"`
	Scopes      Strings      `manifest:"scopes" class:"access"`
	Identity    *Identity    `manifest:"identity"`
	Config      Config       `manifest:"config" class:"descriptive"`
	Credentials []Credential `manifest:"credentials"`
	Protect     Bool         `manifest:"protect" class:"limit"`
}

// Identity lists the identities that can act as the node.
type Identity struct {
	GitHub *GitHubIdentity      `manifest:"github"`
	Entra  *ApplicationIdentity `manifest:"entra"`
	Okta   *ApplicationIdentity `manifest:"okta"`
}

// GitHubIdentity is the OIDC subject of a workflow. Without an environment it
// is every workflow of the repository.
type GitHubIdentity struct {
	Repository  String `manifest:"repository" class:"identity"` // owner/name
	Environment String `manifest:"environment" class:"identity"`
}

// ApplicationIdentity is an app registration at a provider.
type ApplicationIdentity struct {
	Application String `manifest:"application" class:"identity"`
}

// SystemApplication is an application that a node is at one system.
type SystemApplication struct {
	System      string // field of the identity
	Application String
}

// Applications returns the applications that the identity names, sorted by system.
func (i *Identity) Applications() []SystemApplication {
	var list []SystemApplication
	if i.Entra != nil {
		list = append(list, SystemApplication{"entra", i.Entra.Application})
	}
	if i.Okta != nil {
		list = append(list, SystemApplication{"okta", i.Okta.Application})
	}
	return list
}

// Credential is a secret that the node needs and where it is delivered.
type Credential struct {
	Name     String   `manifest:"name" class:"issue"`
	Type     String   `manifest:"type" class:"issue"`
	Provider String   `manifest:"provider" class:"issue"` // name of a Provider; absent: the only one that issues this type
	Rotate   Rotation `manifest:"rotate"`
	Sinks    []Sink   `manifest:"sinks"`
}

// Rotation states how often a credential is renewed, how long the old one stays
// valid, and which consumers must acknowledge the new one before that.
type Rotation struct {
	Every      Duration `manifest:"every" class:"limit"`       // as 30d
	Overlap    Duration `manifest:"overlap" class:"limit"`     // as 24h
	Consumers  Strings  `manifest:"consumers" class:"control"` // names of consumers that acknowledge
	AckTimeout Duration `manifest:"ackTimeout" class:"limit"`  // after the overlap; absent: roster waits without limit
}

// Sink is one destination of a credential: exactly one of KeyVault,
// GitHubSecret and File is set.
type Sink struct {
	Pos          Pos
	KeyVault     String `manifest:"keyVault" class:"delivery"`     // vault name
	Secret       String `manifest:"secret" class:"delivery"`       // secret name in the vault
	GitHubSecret String `manifest:"githubSecret" class:"delivery"` // owner/repo, or owner for a secret of the organisation
	Environment  String `manifest:"environment" class:"delivery"`  // of the GitHub secret; absent: repository-wide
	Name         String `manifest:"name" class:"delivery"`         // of the GitHub secret
	File         String `manifest:"file" class:"delivery"`         // path
}

// Permits reports whether a sink that the root or a domain lists permits another. A part
// that it leaves out may be anything: every secret of a vault, every environment of a
// repository.
func (s Sink) Permits(other Sink) bool {
	part := func(listed, text String, form func(string) string) bool {
		return listed.Value == "" || form(listed.Value) == form(text.Value)
	}
	switch {
	case other.KeyVault.Value != "":
		return names.Vault(s.KeyVault.Value) == names.Vault(other.KeyVault.Value) && part(s.Secret, other.Secret, names.VaultObject)
	case other.GitHubSecret.Value != "":
		return names.Repository(s.GitHubSecret.Value) == names.Repository(other.GitHubSecret.Value) &&
			part(s.Environment, other.Environment, names.Environment) && part(s.Name, other.Name, names.ActionsSecret)
	default:
		return s.File.Value != "" && names.File("", s.File.Value) == names.File("", other.File.Value)
	}
}

// PolicyTemplate is a rule set that binds the nodes it matches.
type PolicyTemplate struct {
	File string
	Meta Metadata           `manifest:"metadata"`
	Spec PolicyTemplateSpec `manifest:"spec"`
}

// PolicyTemplateSpec is the spec of kind PolicyTemplate.
type PolicyTemplateSpec struct {
	Match     Match         `manifest:"match"`
	Mode      String        `manifest:"mode" class:"limit"`   // enforce (default) or audit
	Schema    Config        `manifest:"schema" class:"limit"` // JSON Schema of the registration
	MustNever Strings       `manifest:"mustNever" class:"limit"`
	Limits    PolicyLimits  `manifest:"limits"`
	Trust     PolicyTrust   `manifest:"trust"`
	Rules     []PolicyRule  `manifest:"rules"`
	Params    Config        `manifest:"params" class:"limit"`
	Waivers   PolicyWaivers `manifest:"waivers"`
}

// PolicyLimits bound a node. An absent field bounds nothing.
type PolicyLimits struct {
	CredentialAge Duration `manifest:"credentialAge" class:"limit"` // longest time between two rotations, as 30d
	TokenLife     Duration `manifest:"tokenLife" class:"limit"`     // longest life of an agent's token, as 1h
	Wildcards     Int      `manifest:"wildcards" class:"limit"`     // scopes with a wildcard
	Privileged    Int      `manifest:"privileged" class:"limit"`    // scopes that meet the root's privileged ones
}

// PolicyTrust says which identities a node may have.
type PolicyTrust struct {
	Required     Bool    `manifest:"required" class:"limit"`     // the node must have an identity
	Issuers      Strings `manifest:"issuers" class:"limit"`      // github, entra, okta; absent: any
	Pin          Strings `manifest:"pin" class:"limit"`          // of a GitHub subject: environment, ids
	Repositories Strings `manifest:"repositories" class:"limit"` // owner/name or owner/*; absent: any
}

// PolicyWaivers says who may approve waivers, of a template or of all, and for how
// long. The shorter of two times counts.
type PolicyWaivers struct {
	Approvers Strings  `manifest:"approvers" class:"control"` // absent: as the root says, else the owner of the node's domain
	Longest   Duration `manifest:"longest" class:"limit"`     // as 90d; absent: any time
}

// Match selects nodes; an absent part selects all.
type Match struct {
	Kinds        Strings `manifest:"kinds" class:"binding"`
	Domains      Strings `manifest:"domains" class:"binding"`
	Environments Strings `manifest:"environments" class:"binding"`
	Labels       Map     `manifest:"labels" class:"binding"`
}

// PolicyRule is one CEL expression of a template: one that must be true or,
// with Accepts, one that accepts what would otherwise fail.
type PolicyRule struct {
	Name       String `manifest:"name" class:"limit"`
	Expression String `manifest:"expression" class:"limit"`
	Message    String `manifest:"message" class:"descriptive"`
	Accepts    String `manifest:"accepts" class:"limit"` // new-access or new-headroom: true accepts it, false rejects nothing
}

// Provider is a system that grants are propagated to.
type Provider struct {
	File string
	Meta Metadata     `manifest:"metadata"`
	Spec ProviderSpec `manifest:"spec"`
}

// ProviderSpec is the spec of kind Provider.
type ProviderSpec struct {
	Type      String  `manifest:"type" class:"control"` // entra, okta, cosmos
	Tenant    String  `manifest:"tenant" class:"control"`
	Account   String  `manifest:"account" class:"control"`
	Client    String  `manifest:"client" class:"control"` // id of roster's own client at the provider
	Key       String  `manifest:"key" class:"control"`    // of that client, by its address in Key Vault
	Maps      Map     `manifest:"maps" class:"control"`   // scope pattern -> native role
	Owns      Strings `manifest:"owns" class:"control"`
	Unmanaged String  `manifest:"unmanaged" class:"control"` // report (default) or prune
	Excess    Strings `manifest:"excess" class:"control"`    // scopes that native roles may give beyond what is declared
}

// Waiver lets one node exceed a ceiling or a template's rule until a date.
type Waiver struct {
	File string
	Meta Metadata   `manifest:"metadata"`
	Spec WaiverSpec `manifest:"spec"`
}

// WaiverSpec is the spec of kind Waiver.
type WaiverSpec struct {
	For        String  `manifest:"for" class:"limit"` // node path
	Policy     String  `manifest:"policy" class:"limit"`
	Rule       String  `manifest:"rule" class:"limit"`
	Scopes     Strings `manifest:"scopes" class:"limit"`
	Reason     String  `manifest:"reason" class:"descriptive"`
	ApprovedBy String  `manifest:"approvedBy" class:"control"`
	From       String  `manifest:"from" class:"limit"`  // date, 2026-01-31
	Until      String  `manifest:"until" class:"limit"` // date, inclusive
}
