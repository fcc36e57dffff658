// SPDX-License-Identifier: Apache-2.0

// Package storetest checks that a store fulfils the contract of package store. Start
// with Run, the conformance suite, or with RunDurable, which also reopens the store.
//
// It also has two stores for tests of packages that use one: Memory, and FaultyStore,
// which makes single calls to another store fail (see Sweep). Only tests import it.
package storetest
