// SPDX-License-Identifier: Apache-2.0

// Package sync makes the store equal to a registry. Start with DesiredOf and Read,
// which return what the manifests ask for and what the store holds. Plan computes
// the difference, and Apply writes it.
//
// Apply writes one atomic commit per app: registrations, their audit events and
// the chain's head, each under the etag it was planned from. If another writer
// was faster, Apply plans that commit again. If the outcome of a commit is lost,
// it is looked up by the event's id, never guessed. Apply deletes nothing: a node
// that leaves the registry becomes a tombstone.
//
// The package does not know which store it writes to. The clock, the actor and
// the source are parameters.
package sync
