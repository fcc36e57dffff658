// SPDX-License-Identifier: Apache-2.0

// Package policy judges nodes by policy templates: a match, a JSON Schema, what
// a node must never hold, limits, what its identities must be, and rules in CEL.
// Templates are inherited down the tree; each binds what it matches, so that a
// template below can add to what one above asks and never take from it. Waivers
// lift a template or a ceiling for one node until a date.
//
// The package judges one node at a time and denies in doubt: a template that
// does not compile, an expression that fails or costs too much, and a question
// that is too complex to prove are all objections. It reads no file, clock or
// network, and does not decide what an objection means. It is the only importer
// of the CEL library, and stands above plan, schema, bounds, access and manifest.
package policy
