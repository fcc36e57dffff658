// SPDX-License-Identifier: Apache-2.0

// Package ledger appends to, reads and verifies the audit trail of a store. Each
// top-level app has one chain of events in its own partition. To write, Open the
// chain, Add events and Commit them together with the documents they are about:
// documents, events and the chain's head are one atomic write. To read, use Log;
// to check every chain against what is stored, use Verify.
//
// If the outcome of a commit is lost, the ledger looks it up by the id of the
// first event, which is known beforehand. It never guesses.
//
// Package audit knows how a chain is computed; the ledger does not know what the
// documents mean, apart from registrations and the registry document.
package ledger
