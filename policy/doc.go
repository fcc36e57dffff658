// SPDX-License-Identifier: Apache-2.0

// Package policy checks nodes against policy templates: JSON Schemas, scopes that
// a node must never hold, limits, conditions on identities, and rules in CEL.
// Start with New, which compiles the templates of a registry; Set.Bound returns
// those that bind a node, and Template.Judge what they object to.
//
// Templates are inherited down the tree. A template below can add to what one
// above asks, and never take from it. Waivers exempt one node from a rule or a
// ceiling until a date. RuleKinds lists every way in which a template can object.
//
// Doubt counts against the node: a template that does not compile, an expression
// that fails or costs too much, and a question that is too complex to prove are
// all objections. The package is the only importer of the CEL library. It reads
// no file, clock or network, and leaves to its caller which objections fail a
// run.
package policy
