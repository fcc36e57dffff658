// SPDX-License-Identifier: Apache-2.0

package validate

// The rules of this package, each with its section in docs/checks.md.
const (
	RuleScopeSyntax           = "scope-syntax"
	RuleAttenuation           = "attenuation"
	RuleDeniedScope           = "denied-scope"
	RuleDanglingScope         = "dangling-scope"
	RuleUnknownNamespace      = "unknown-namespace"
	RuleNamespaceDomain       = "namespace-domain"
	RuleForeignProvides       = "foreign-provides"
	RuleSharedCredential      = "shared-credential"       //nolint:gosec // a rule's name
	RuleUnknownCredentialType = "unknown-credential-type" //nolint:gosec // a rule's name
	RuleApplicationName       = "application-name"
	RuleSharedIdentity        = "shared-identity"
	RuleSharedKey             = "shared-key"
	RuleSink                  = "sink"
	RuleForeignSink           = "foreign-sink"
	RuleSource                = "source"
	RuleSnapshotKey           = "snapshot-key"
	RuleUnknownEnvironment    = "unknown-environment"
	RuleSimilarEnvironment    = "similar-environment"
	RuleIdleOverride          = "idle-override"
	RuleEmptyRegistry         = "empty-registry"
	RuleMissingVersion        = "missing-version"
	RuleAgentSecret           = "agent-secret"
	RuleExpired               = "expired"
	RuleNotEnforced           = "not-enforced"
	RuleNewAccess             = "new-access"
	RuleNewHeadroom           = "new-headroom"
	RuleRoleMap               = "role-map"
	RuleWideRole              = "wide-role"
	RuleShortRole             = "short-role"
	RuleNewDelivery           = "new-delivery"
	RuleNewControl            = "new-control"
	RuleBaseUnreadable        = "base-unreadable"
)

// acceptable lists the rules whose findings a user may accept by their number: debts
// that give nobody anything.
func acceptable() []string {
	return []string{RuleDanglingScope, RuleSharedCredential, RuleUnknownNamespace}
}

// gains lists the rules about what a change newly allows. A user accepts them together,
// by the digest of all gains, so that none is accepted that nobody has seen.
func gains() []string {
	return []string{RuleBaseUnreadable, RuleNewAccess, RuleNewControl, RuleNewDelivery, RuleNewHeadroom}
}
