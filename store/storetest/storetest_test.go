// SPDX-License-Identifier: Apache-2.0

package storetest_test

import (
	"testing"

	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return storetest.NewMemory() })
}

func TestFaultyWithoutFaults(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return storetest.Faulty(storetest.NewMemory()) })
}

func TestMemoryIsLinearizable(t *testing.T) {
	t.Parallel()
	schedules := 2_000
	if testing.Short() {
		schedules = 200
	}
	storetest.Linearizable(t, storetest.NewMemory(), schedules)
}
