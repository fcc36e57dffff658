// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"

	"github.com/appofapps/roster/store"
)

// linearSchedules is the number of schedules in Run; Linearizable can run more.
const linearSchedules = 20

// Run checks a store against the contract. open returns an empty store, and releases
// it with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(t *testing.T, st store.Store)
	}{
		{"the store is empty before the first commit", testEmpty},
		{"a read returns the last write", testReadYourWrite},
		{"a body comes back to the byte", testBodies},
		{"bytes are not shared with the caller", testCopies},
		{"a create and a replace meet every state", testMatrix},
		{"one bad operation of many stops all", testAtomic},
		{"limits hold exactly", testLimits},
		{"an invalid commit is refused", testInvalid},
		{"a list is in order and of one type", testList},
		{"a document can change its type", testTypeChange},
		{"entries are in order, tombstones too", testEntries},
		{"partitions and containers are apart", testApart},
		{"an etag never comes again", testETags},
		{"an ended context stops a call", testContext},
		{"writers on one head leave no gap", testWriters},
		{"a document under its etag is linearizable", func(t *testing.T, st store.Store) {
			t.Helper()
			Linearizable(t, st, linearSchedules)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

// RunDurable is Run for a store that outlives its process. reopen closes the store
// that open returned last, and opens it again.
func RunDurable(t *testing.T, open func(t *testing.T) (st store.Store, reopen func() store.Store)) {
	t.Helper()
	Run(t, func(t *testing.T) store.Store {
		st, _ := open(t)
		return st
	})
	t.Run("everything exists after reopening", func(t *testing.T) {
		t.Parallel()
		st, reopen := open(t)
		testDurable(t, st, reopen)
	})
}
