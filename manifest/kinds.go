// SPDX-License-Identifier: Apache-2.0

package manifest

// APIVersion is the only version of the envelope.
const APIVersion = "roster/v1"

// Kind names what a manifest declares.
type Kind string

// The kinds, in the order in which a registry is read by a person.
const (
	KindRoot           Kind = "Root"
	KindDomain         Kind = "Domain"
	KindApp            Kind = "App"
	KindAgent          Kind = "Agent"
	KindPolicyTemplate Kind = "PolicyTemplate"
	KindProvider       Kind = "Provider"
	KindWaiver         Kind = "Waiver"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{KindRoot, KindDomain, KindApp, KindAgent, KindPolicyTemplate, KindProvider, KindWaiver}
}

// The `manifest` tags below are the field names of the format. The decoder
// reads them, and a test of package schema holds the published JSON Schemas
// against them, so that file, type and schema cannot differ.

// Metadata is the envelope's metadata, as in Kubernetes.
type Metadata struct {
	Name        String `manifest:"name"`
	Labels      Map    `manifest:"labels"`
	Annotations Map    `manifest:"annotations"`
}

// AppMetadata is the metadata of an app or an agent.
type AppMetadata struct {
	Name        String `manifest:"name"`
	Labels      Map    `manifest:"labels"`
	Annotations Map    `manifest:"annotations"`
	Previously  String `manifest:"previously"` // path before a rename or a move
}

// Root is the manifest roster.yaml: what belongs to the registry and what
// nobody in it may exceed.
type Root struct {
	File string
	Meta Metadata
	Spec RootSpec
}

// RootSpec is the spec of kind Root.
type RootSpec struct {
	Include          Strings    `manifest:"include"`          // globs, relative to the registry
	Ceiling          Strings    `manifest:"ceiling"`          // absent: everything
	Deny             Strings    `manifest:"deny"`             // scopes nobody may hold
	Policies         Strings    `manifest:"policies"`         // names of PolicyTemplates
	Propagate        Strings    `manifest:"propagate"`        // names of Providers
	Guardrails       Guardrails `manifest:"guardrails"`       // see package plan
	Store            String     `manifest:"store"`            // as --store
	SecretScopes     Strings    `manifest:"secretScopes"`     // default keyvault/**:get
	PrivilegedScopes Strings    `manifest:"privilegedScopes"` // default **:admin
	Sinks            []Sink     `manifest:"sinks"`            // further sinks that any node may use
	SnapshotKeys     Strings    `manifest:"snapshotKeys"`     // public keys of those whose snapshots are believed
}

// Guardrails bound what one plan may change. Absent fields have the defaults of
// package plan.
type Guardrails struct {
	Update     String `manifest:"update"`     // share, "30%"
	Delete     String `manifest:"delete"`     // share, "10%"
	From       Int    `manifest:"from"`       // number of nodes below which shares are not judged
	Privileged Int    `manifest:"privileged"` // nodes that may gain privileged access in one plan
}

// Domain is a part of the company with its own container in the store.
type Domain struct {
	File string
	Meta Metadata
	Spec DomainSpec
}

// DomainSpec is the spec of kind Domain.
type DomainSpec struct {
	Owner     String  `manifest:"owner"`
	Container String  `manifest:"container"` // default: the domain's name
	Sources   Strings `manifest:"sources"`   // repositories that may register here; absent: any
	Ceiling   Strings `manifest:"ceiling"`
	Deny      Strings `manifest:"deny"`
	Policies  Strings `manifest:"policies"`
	Regions   Strings `manifest:"regions"`
	Retention String  `manifest:"retention"` // of tombstones, as 400d
	Sinks     []Sink  `manifest:"sinks"`
}

// App is the manifest of an app or of an agent (kind Agent), which is an app
// with a person answering for it.
type App struct {
	File string
	Kind Kind // KindApp or KindAgent
	Meta AppMetadata
	Spec AppSpec
}

// AppSpec is the spec of kinds App and Agent. The last four fields are an
// agent's.
type AppSpec struct {
	Domain       String        `manifest:"domain"`
	Parent       String        `manifest:"parent"` // bare name in the domain, or a path
	Type         String        `manifest:"type"`
	Lifecycle    String        `manifest:"lifecycle"`
	Owner        String        `manifest:"owner"`
	Version      String        `manifest:"version"`
	Source       String        `manifest:"source"`
	Scopes       Strings       `manifest:"scopes"`
	Provides     Strings       `manifest:"provides"`
	Ceiling      Strings       `manifest:"ceiling"`
	Deny         Strings       `manifest:"deny"`
	Policies     Strings       `manifest:"policies"`
	Identity     *Identity     `manifest:"identity"`
	Config       Config        `manifest:"config"`
	Credentials  []Credential  `manifest:"credentials"`
	Protect      Bool          `manifest:"protect"`
	Environments []Environment `manifest:"environments"` // a mapping by name, kept sorted

	Sponsor    String  `manifest:"sponsor"`
	OnBehalfOf Strings `manifest:"onBehalfOf"`
	TokenLife  String  `manifest:"tokenLife"`
	Until      String  `manifest:"until"`
}

// Environment replaces fields of its app; config merges key by key. It sets
// neither ceiling nor deny.
type Environment struct {
	Name        String
	Lifecycle   String       `manifest:"lifecycle"`
	Owner       String       `manifest:"owner"`
	Version     String       `manifest:"version"`
	Source      String       `manifest:"source"`
	Scopes      Strings      `manifest:"scopes"`
	Identity    *Identity    `manifest:"identity"`
	Config      Config       `manifest:"config"`
	Credentials []Credential `manifest:"credentials"`
	Protect     Bool         `manifest:"protect"`
}

// Identity lists the identities that can become the node.
type Identity struct {
	GitHub *GitHubIdentity      `manifest:"github"`
	Entra  *ApplicationIdentity `manifest:"entra"`
	Okta   *ApplicationIdentity `manifest:"okta"`
}

// GitHubIdentity is the OIDC subject of a workflow. Without an environment it
// is every workflow of the repository.
type GitHubIdentity struct {
	Repository  String `manifest:"repository"` // owner/name
	Environment String `manifest:"environment"`
}

// ApplicationIdentity is an app registration at a provider.
type ApplicationIdentity struct {
	Application String `manifest:"application"`
}

// Credential is a secret that the node needs and where it is delivered.
type Credential struct {
	Name     String   `manifest:"name"`
	Type     String   `manifest:"type"`
	Provider String   `manifest:"provider"` // name of a Provider; absent: the only one that issues this type
	Rotate   Rotation `manifest:"rotate"`
	Sinks    []Sink   `manifest:"sinks"`
}

// Rotation says how often a credential is renewed, how long the old one stays
// valid, and who has to say before its end that it uses the new one.
type Rotation struct {
	Every      String  `manifest:"every"`      // as 30d
	Overlap    String  `manifest:"overlap"`    // as 24h
	Consumers  Strings `manifest:"consumers"`  // names of those who acknowledge
	AckTimeout String  `manifest:"ackTimeout"` // after the overlap; absent: they are waited for
}

// Sink is one place a credential is delivered to: exactly one of KeyVault,
// GitHubSecret and File is set.
type Sink struct {
	Pos          Pos
	KeyVault     String `manifest:"keyVault"`     // vault name
	Secret       String `manifest:"secret"`       // secret name in the vault
	GitHubSecret String `manifest:"githubSecret"` // owner/repo, or owner for a secret of the organisation
	Environment  String `manifest:"environment"`  // of the GitHub secret; absent: repository-wide
	Name         String `manifest:"name"`         // of the GitHub secret
	File         String `manifest:"file"`         // path
}

// PolicyTemplate is a rule set that binds the nodes it matches.
type PolicyTemplate struct {
	File string
	Meta Metadata
	Spec PolicyTemplateSpec
}

// PolicyTemplateSpec is the spec of kind PolicyTemplate.
type PolicyTemplateSpec struct {
	Match     Match         `manifest:"match"`
	Mode      String        `manifest:"mode"`   // enforce (default) or audit
	Schema    Config        `manifest:"schema"` // JSON Schema of the registration
	MustNever Strings       `manifest:"mustNever"`
	Limits    PolicyLimits  `manifest:"limits"`
	Trust     PolicyTrust   `manifest:"trust"`
	Rules     []PolicyRule  `manifest:"rules"`
	Params    Config        `manifest:"params"`
	Waivers   PolicyWaivers `manifest:"waivers"`
}

// PolicyLimits bound a node. An absent field bounds nothing.
type PolicyLimits struct {
	CredentialAge String `manifest:"credentialAge"` // longest time between two rotations, as 30d
	TokenLife     String `manifest:"tokenLife"`     // longest life of an agent's token, as 1h
	Wildcards     Int    `manifest:"wildcards"`     // scopes with a wildcard
	Privileged    Int    `manifest:"privileged"`    // scopes that meet the root's privileged ones
}

// PolicyTrust says which identities a node may have.
type PolicyTrust struct {
	Required     Bool    `manifest:"required"`     // the node must have an identity
	Issuers      Strings `manifest:"issuers"`      // github, entra, okta; absent: any
	Pin          Strings `manifest:"pin"`          // of a GitHub subject: environment, ids
	Repositories Strings `manifest:"repositories"` // owner/name or owner/*; absent: any
}

// PolicyWaivers says who may waive a template, and for how long.
type PolicyWaivers struct {
	Approvers Strings `manifest:"approvers"` // absent: the owner of the node's domain
	Longest   String  `manifest:"longest"`   // as 90d; absent: any time
}

// Match selects nodes; an absent part selects all.
type Match struct {
	Kinds        Strings `manifest:"kinds"`
	Domains      Strings `manifest:"domains"`
	Environments Strings `manifest:"environments"`
	Labels       Map     `manifest:"labels"`
}

// PolicyRule is one CEL expression of a template: one that must be true or,
// with Accepts, one that lets something pass that would otherwise fail.
type PolicyRule struct {
	Name       String `manifest:"name"`
	Expression String `manifest:"expression"`
	Message    String `manifest:"message"`
	Accepts    String `manifest:"accepts"` // new-access or new-headroom: true accepts it, false objects to nothing
}

// Provider is a system that grants are propagated to.
type Provider struct {
	File string
	Meta Metadata
	Spec ProviderSpec
}

// ProviderSpec is the spec of kind Provider.
type ProviderSpec struct {
	Type      String  `manifest:"type"` // entra, okta, cosmos
	Tenant    String  `manifest:"tenant"`
	Account   String  `manifest:"account"`
	Client    String  `manifest:"client"` // id of roster's own client at the provider
	Key       String  `manifest:"key"`    // of that client, by its address in Key Vault
	Maps      Map     `manifest:"maps"`   // scope pattern -> native role
	Owns      Strings `manifest:"owns"`
	Unmanaged String  `manifest:"unmanaged"` // report (default) or prune
}

// Waiver lets one node exceed a ceiling or a template's rule until a date.
type Waiver struct {
	File string
	Meta Metadata
	Spec WaiverSpec
}

// WaiverSpec is the spec of kind Waiver.
type WaiverSpec struct {
	For        String  `manifest:"for"` // node path
	Policy     String  `manifest:"policy"`
	Rule       String  `manifest:"rule"`
	Scopes     Strings `manifest:"scopes"`
	Reason     String  `manifest:"reason"`
	ApprovedBy String  `manifest:"approvedBy"`
	From       String  `manifest:"from"`  // date, 2026-01-31
	Until      String  `manifest:"until"` // date, inclusive
}
