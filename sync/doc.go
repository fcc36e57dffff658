// SPDX-License-Identifier: Apache-2.0

// Package sync makes the store equal to a registry. Read asks the store what it
// holds, Plan says what would change, Apply changes it: per app one atomic
// commit of registrations, their audit events and the chain's head, each under
// the etag it was planned from. A commit that another writer was faster than is
// planned anew; an outcome that got lost is looked up by the event's id, never
// guessed. Nothing is ever deleted: what leaves the registry is replaced by a
// tombstone.
//
// The package stands above plan, audit and the store contract. It knows no
// concrete store, and the clock, the actor and the source arrive as values.
package sync
