// SPDX-License-Identifier: Apache-2.0

package cosmos_test

import (
	"net/http"
	"testing"

	"github.com/appofapps/roster/internal/test/cosmosfront"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/cosmos"
	"github.com/appofapps/roster/store/storetest"
)

// front is the server that the tests of this package share; each test has a
// separate database.
var front cosmosfront.Shared

// open returns a store on a database of the server, reached as an emulator is.
func open(t *testing.T, database string, config cosmos.Config) *cosmos.Store {
	t.Helper()
	address, err := cosmos.ParseAddress(front.Front(t).URL + "/" + database)
	if err != nil {
		t.Fatal(err)
	}
	if config.HTTP == nil {
		config.HTTP = http.DefaultClient
	}
	st, err := cosmos.Open(address, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.RunDurable(t, func(t *testing.T) (store.Store, func() store.Store) {
		database := front.Front(t).Database(t, storetest.Containers()...)
		return open(t, database, cosmos.Config{}), func() store.Store { return open(t, database, cosmos.Config{}) }
	})
}

func TestLinearizable(t *testing.T) {
	t.Parallel()
	schedules := 100
	if testing.Short() {
		schedules = 10
	}
	storetest.Linearizable(t, open(t, front.Front(t).Database(t, storetest.Containers()...), cosmos.Config{}), schedules)
}
