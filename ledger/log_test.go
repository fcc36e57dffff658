// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/test/smallregistry"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// TestLog returns the events of every chain that a filter matches, and no other.
func TestLog(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v1", "payments/charges": "v1"}.Desired(t), "first")
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v2"}.Desired(t), "second")
	for name, test := range map[string]struct {
		filter audit.Filter
		want   string // apps, sorted
	}{
		"all":        {audit.Filter{}, "orders/carts orders/carts payments/charges payments/charges roster/root roster/root"},
		"one domain": {audit.Filter{Node: "orders/*"}, "orders/carts orders/carts"},
		"nothing":    {audit.Filter{Node: "orders/tills"}, ""},
	} {
		log, err := ledger.Log(t.Context(), st, test.filter)
		if err != nil {
			t.Fatal(err)
		}
		var nodes []string
		for _, e := range log.Events {
			nodes = append(nodes, e.Domain+"/"+e.App)
		}
		if got := strings.Join(sorted(nodes), " "); got != test.want {
			t.Errorf("%s: events of %q, want %q", name, got, test.want)
		}
	}
}

// TestPartitions lists the apps of a container, also one whose head is gone.
func TestPartitions(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v1", "orders/tills": "v1", "payments/charges": "v1"}.Desired(t), "first")
	gone := func(doc store.Document) (store.Document, bool) { return doc, false }
	for _, s := range []store.Store{st, tampered{st, map[string]func(store.Document) (store.Document, bool){"head": gone}}} {
		got, err := ledger.Partitions(t.Context(), s, "orders")
		if err != nil || strings.Join(got, " ") != "carts tills" {
			t.Errorf("apps %q, %v", got, err)
		}
	}
}

// TestChainsAreCounted: a partition with documents and without a trail is no chain.
func TestChainsAreCounted(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v1"}.Desired(t), "first")
	w := writer{t, st}
	w.write("orders", "ghost", store.Document{ID: "registration", Type: store.TypeRegistration, Body: []byte(`{}`)})
	v, err := ledger.Verify(t.Context(), st)
	if err != nil || v.Chains != 2 || len(v.Problems) == 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
