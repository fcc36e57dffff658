// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"errors"
	"testing"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// TestLostOutcomeIsLookedUp commits with an answer that is lost. The commit is
// written, whether or not its documents can be read back.
func TestLostOutcomeIsLookedUp(t *testing.T) {
	t.Parallel()
	const commit, change = 2, 4 // calls: the first reads the head, the third the event
	lost := storetest.Fault{Call: commit, Kind: storetest.UnknownAfter}
	for _, c := range []struct {
		name   string
		faults []storetest.Fault
		etag   bool
	}{
		{"read back", []storetest.Fault{lost}, true},
		{"cannot be read back", []storetest.Fault{lost, {Call: change, Kind: storetest.Throttled}}, false},
	} {
		intact := storetest.NewMemory()
		st := storetest.Faulty(intact, c.faults...)
		chain, err := ledger.Open(t.Context(), st, "orders", "carts")
		if err != nil {
			t.Fatal(err)
		}
		chain.Add(audit.Event{Type: audit.RegistrationCreated, Node: "orders/carts"})
		doc := store.Document{ID: "registration", Type: store.TypeRegistration, Body: []byte(`{"path":"orders/carts"}`)}
		etags, err := chain.Commit(t.Context(), st, []store.Operation{{Document: doc}})
		if err != nil || len(etags) != 1 || st.Fired() != len(c.faults) {
			t.Fatalf("%s: etags %q, error %v, %d faults", c.name, etags, err, st.Fired())
		}
		stored, err := intact.Read(t.Context(), store.Key{Container: "orders", Partition: "carts", ID: doc.ID})
		if err != nil || c.etag != (etags[0] == stored.ETag) || !c.etag && etags[0] != "" {
			t.Errorf("%s: etag %q, stored %q, error %v", c.name, etags[0], stored.ETag, err)
		}
	}
}

// TestUnknownOutcomes: what was not written ends with the reason, and what another writer
// wrote in its place is a conflict.
func TestUnknownOutcomes(t *testing.T) {
	t.Parallel()
	lost := []storetest.Fault{{Call: 2, Kind: storetest.UnknownBefore}} // the first call reads the head
	for name, test := range map[string]struct {
		faults  []storetest.Fault
		another bool // another writer commits first
		want    error
	}{
		"not written":                    {lost, false, store.ErrUnknownOutcome},
		"not written, another was first": {lost, true, store.ErrConflict},
		"another was first":              {nil, true, store.ErrConflict},
	} {
		intact := storetest.NewMemory()
		st := storetest.Faulty(intact, test.faults...)
		commit := func(st store.Store, chain *ledger.Chain, node string) error {
			chain.Add(audit.Event{Type: audit.RegistrationCreated, Node: node})
			_, err := chain.Commit(t.Context(), st, []store.Operation{{Document: store.Document{ID: "registration", Type: store.TypeRegistration, Body: []byte(`{}`)}}})
			return err
		}
		chain, err := ledger.Open(t.Context(), st, "orders", "carts")
		if err != nil {
			t.Fatal(err)
		}
		if test.another {
			other, err := ledger.Open(t.Context(), intact, "orders", "carts")
			if err != nil {
				t.Fatal(err)
			}
			if err := commit(intact, other, "orders/other"); err != nil {
				t.Fatal(err)
			}
		}
		if err := commit(st, chain, "orders/carts"); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
