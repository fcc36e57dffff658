// SPDX-License-Identifier: Apache-2.0

// Package storetest holds every store against the contract of package store: Run
// is the conformance suite, RunDurable adds what must survive closing. It also
// has two stores for the tests of those who use one: Memory, and FaultyStore,
// which makes the calls to another store go wrong, one after the other (Sweep).
//
// It is imported by tests only.
package storetest
