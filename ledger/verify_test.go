// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/smallregistry"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// tampered is a store in which somebody changed documents without events.
type tampered struct {
	store.Store
	changed map[string]func(store.Document) (store.Document, bool) // by id; false: removed
}

func (s tampered) Read(ctx context.Context, key store.Key) (store.Document, error) {
	doc, err := s.Store.Read(ctx, key)
	if change := s.changed[key.ID]; err == nil && change != nil {
		var there bool
		if doc, there = change(doc); !there {
			return store.Document{}, store.ErrNotFound
		}
	}
	return doc, err
}

func (s tampered) List(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
	docs, err := s.Store.List(ctx, container, partition, t)
	var kept []store.Document
	for _, doc := range docs {
		there := true
		if change := s.changed[doc.ID]; change != nil {
			doc, there = change(doc)
		}
		if there {
			kept = append(kept, doc)
		}
	}
	return kept, err
}

func (s tampered) Entries(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
	entries, err := s.Store.Entries(ctx, container, t)
	return slices.DeleteFunc(entries, func(e store.Entry) bool {
		change := s.changed[e.ID]
		if change == nil {
			return false
		}
		_, there := change(store.Document{ID: e.ID})
		return !there
	}), err
}

// TestVerifyComparesWithTheTrail changes documents and leaves their events.
func TestVerifyComparesWithTheTrail(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v1", "payments/charges": "v1"}.Desired(t), "first")
	remove := func(doc store.Document) (store.Document, bool) { return doc, false }
	edit := func(old, now string) func(store.Document) (store.Document, bool) {
		return func(doc store.Document) (store.Document, bool) {
			doc.Body = []byte(strings.Replace(string(doc.Body), old, now, 1))
			return doc, true
		}
	}
	for _, test := range []struct {
		name, id string
		change   func(store.Document) (store.Document, bool)
		rules    string
		says     string // of the first problem
	}{
		{"nothing", "none", remove, "", ""},
		{"a registration edited", "registration", edit("v1", "v9"), "not-as-recorded not-as-recorded", "registration registration differs from the newest event about it"},
		{"a registration removed", "registration", remove, "no-registration no-registration", "registration registration is in the trail, but not in the store"},
		{"a domain removed from the registry document", "registry", edit(`,"payments":"payments"`, ""), "not-as-recorded", "the registry document differs from the newest event about it"},
		{"the registry document removed", "registry", remove, "not-as-recorded", "the registry document is in the trail, but not in the store"},
		{"the heads removed", "head", remove, "head head head", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v, err := ledger.Verify(t.Context(), tampered{st, map[string]func(store.Document) (store.Document, bool){test.id: test.change}})
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, p := range v.Problems {
				rules = append(rules, p.Rule)
			}
			if got := strings.Join(rules, " "); got != test.rules {
				t.Errorf("problems %q, want %q: %+v", got, test.rules, v.Problems)
			}
			if test.rules == "" && (v.Chains != 3 || v.Events != 3 || v.Registrations != 2) {
				t.Errorf("%d chains, %d events, %d registrations", v.Chains, v.Events, v.Registrations)
			}
			if test.says != "" && v.Problems[0].Message != test.says {
				t.Errorf("the first problem is %q, want %q", v.Problems[0].Message, test.says)
			}
		})
	}
}
