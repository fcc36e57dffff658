// SPDX-License-Identifier: Apache-2.0

// Package ledger appends to, reads and verifies the audit trail of a store. Each
// top-level app has one chain of events in its own partition. To write, Open the
// chain, Add events and Commit them together with the documents they describe. To
// read, use Log. To check every chain and every registration, use Verify.
//
// Documents, their events and the chain's head are one atomic write. If the
// outcome of a commit is lost, the ledger looks it up by the id of the first
// event, which is known in advance. It never guesses.
//
// Package audit knows how a chain is computed; the ledger does not know what the
// documents mean, apart from registrations and the registry document.
package ledger
