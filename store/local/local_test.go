// SPDX-License-Identifier: Apache-2.0

package local_test

import (
	"path/filepath"
	"testing"

	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
	"github.com/appofapps/roster/store/storetest"
)

// open opens a store and closes it when the test ends.
func open(t *testing.T, path string, config local.Config) *local.Store {
	t.Helper()
	st, err := local.Open(t.Context(), path, config)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return st
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.RunDurable(t, func(t *testing.T) (store.Store, func() store.Store) {
		path := filepath.Join(t.TempDir(), "registry.db")
		st := open(t, path, local.Config{})
		return st, func() store.Store {
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			st = open(t, path, local.Config{})
			return st
		}
	})
}

func TestLinearizable(t *testing.T) {
	t.Parallel()
	schedules := 100
	if testing.Short() {
		schedules = 10
	}
	storetest.Linearizable(t, open(t, filepath.Join(t.TempDir(), "registry.db"), local.Config{}), schedules)
}
