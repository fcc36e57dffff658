// SPDX-License-Identifier: Apache-2.0

// Package rotate renews credentials on a schedule. Start with Targets, which lists
// the credentials of a registry, and RunAll, which continues each of them as far
// as it goes now. At every moment at least one credential works, even if a run is
// killed at any point.
//
// The package has four parts:
//
//   - The journal: what the store records about a credential and its rotation.
//     Every state is written with an audit event in one commit. A rotation belongs
//     to one worker at a time, by a lease with a fence.
//   - The machine: one table of transitions, which the run and the dry run read.
//   - The operator: Hold, Release, Resume, Ack and Sweep, for people.
//   - The views: ReadStatus and Preview, which change nothing.
//
// States of a rotation:
//
//	prepared   the intent is recorded: marker, and the reason
//	staged     the new value is kept beside the live one, in a sink
//	created    the provider knows the new key (before staged if it generates the value)
//	verified   the new key was used three times in a row
//	delivered  every sink serves the new value
//	promoted   the new key is the live one; the old key stays valid for the overlap
//	revoked    the overlap is over and the old key is revoked
//	done       no other key of the credential is left at the provider
//
// Up to verified, consumers see no change. From delivered on, a rotation only goes
// forward. A state is recorded after its work is done, so an interrupted run
// repeats its last step; every step is idempotent. After five failures in a row
// the credential is held for a person.
//
// The package names no provider, sink or store: those are contracts, which
// rotate/rotatetest checks. It stores no secret: a value exists in memory, in the
// sinks, and staged beside the live value in one of them.
package rotate
