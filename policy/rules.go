// SPDX-License-Identifier: Apache-2.0

package policy

// The rules of this package, each with its section in docs/checks.md.
const (
	RuleTemplate       = "policy-template"   // a template cannot be applied
	RuleConflict       = "policy-conflict"   // templates contradict each other, or one can never be satisfied
	RuleShadow         = "policy-shadow"     // a template adds nothing
	RuleSchema         = "policy-schema"     // spec.schema
	RuleMustNever      = "policy-must-never" // spec.mustNever
	RuleLimit          = "policy-limit"      // spec.limits
	RuleTrust          = "policy-trust"      // spec.trust
	RuleExpression     = "policy-rule"       // spec.rules
	RuleWaiver         = "waiver"            // one in force, and for how long
	RuleWaiverExpired  = "waiver-expired"
	RuleWaiverApprover = "waiver-approver"
	RuleWaiverLong     = "waiver-long"
)
