// SPDX-License-Identifier: Apache-2.0

package manifest

// A Class says what somebody can gain by a change of a field. Every field of the
// format has exactly one, and package verdict compares each class by its own
// order. A field that nothing can be gained by is descriptive.
type Class string

// The classes. What cannot be shown to narrow is a gain.
const (
	ClassAccess      Class = "access"
	ClassIdentity    Class = "identity"
	ClassIssue       Class = "issue"
	ClassDelivery    Class = "delivery"
	ClassLimit       Class = "limit"
	ClassBinding     Class = "binding"
	ClassControl     Class = "control"
	ClassDescriptive Class = "descriptive"
)

// Classes lists every class with what a gain is, in the order of the published
// table.
func Classes() []ClassMeaning {
	return []ClassMeaning{
		{ClassAccess, "which permissions a node holds, and which exist", "a permission that a node did not hold"},
		{ClassIdentity, "who can act as a node", "an identity that could not act as the node"},
		{ClassIssue, "which credential is issued, and by whom", "a credential that opens an application, an account or a node"},
		{ClassDelivery, "where credentials are delivered", "a destination that did not receive the credential"},
		{ClassLimit, "the most that a node, a policy or a plan allows", "a loosened limit"},
		{ClassBinding, "what a declaration is called, its place and which rules apply to it", "a rule that no longer applies"},
		{ClassControl, "who answers, approves or is trusted, and which system is called", "another person, key or system"},
		{ClassDescriptive, "information for people and other tools", "nothing"},
	}
}

// ClassMeaning explains one class.
type ClassMeaning struct {
	Class Class
	Holds string // what fields of the class say
	Gain  string // what a change of them can give
}
