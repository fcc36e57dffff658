// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/internal/test/smallregistry"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// A writer is somebody who can create and replace documents, and writes no events.
type writer struct {
	t  *testing.T
	st store.Store
}

func (w writer) read(container, partition, id string) store.Document {
	w.t.Helper()
	doc, err := w.st.Read(w.t.Context(), store.Key{Container: container, Partition: partition, ID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	return doc
}

func (w writer) write(container, partition string, docs ...store.Document) {
	w.t.Helper()
	c := store.Commit{Container: container, Partition: partition}
	for _, doc := range docs {
		c.Operations = append(c.Operations, store.Operation{Document: doc, IfMatch: doc.ETag})
	}
	if _, err := w.st.Commit(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
}

// edit replaces a document of orders/carts.
func (w writer) edit(id string, change func(*store.Document)) {
	w.t.Helper()
	doc := w.read("orders", "carts", id)
	change(&doc)
	w.write("orders", "carts", doc)
}

// retype gives a document another type.
func retype(doc *store.Document) { doc.Type = "x" }

// record writes a document with its event, as rotations do.
func (w writer) record(id string, t store.Type, body string) {
	w.t.Helper()
	chain, err := ledger.Open(w.t.Context(), w.st, "orders", "carts")
	if err != nil {
		w.t.Fatal(err)
	}
	chain.Add(audit.Event{Type: audit.TokenIssued, Domain: "orders", App: "carts", Node: "orders/carts", After: []byte(body)})
	doc := store.Document{ID: id, Type: t, Body: []byte(body)}
	if _, err := chain.Commit(w.t.Context(), w.st, []store.Operation{{Document: doc}}); err != nil {
		w.t.Fatal(err)
	}
}

// TestEventsSayWhatDocumentsAre writes an event about other content than the document
// that it is committed with.
func TestEventsSayWhatDocumentsAre(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		domain, app string
		kind        string
		doc         store.Document
		want        string
	}{
		"registry": {ledger.SystemContainer, ledger.SystemPartition, audit.RegistryUpdated, store.Document{ID: "registry", Type: "registry", Body: []byte(`{"domains":{"orders":"orders"},"name":"acme"}`)}, "not-as-recorded"},
		"tokens":   {"orders", "carts", audit.TokenIssued, store.Document{ID: "token.api", Type: "token", Body: []byte(`{"tokens":[]}`)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := writer{t, storetest.NewMemory()}
			smallregistry.MustRun(t, w.st, smallregistry.Registry{"orders/carts": "v1"}.Desired(t), "first")
			chain, err := ledger.Open(t.Context(), w.st, test.domain, test.app)
			if err != nil {
				t.Fatal(err)
			}
			match := ""
			if test.doc.ID == "registry" {
				match = w.read(test.domain, test.app, test.doc.ID).ETag
			}
			chain.Add(audit.Event{Type: test.kind, Domain: test.domain, App: test.app, Node: test.domain + "/" + test.app, After: []byte(`{"name":"other"}`)})
			if _, err := chain.Commit(t.Context(), w.st, []store.Operation{{Document: test.doc, IfMatch: match}}); err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, p := range verify(t, w.st) {
				got += p.Rule
			}
			if got != test.want {
				t.Errorf("problems %q, want %q", got, test.want)
			}
		})
	}
}

// TestWriterWithoutEvents is somebody who may create and replace documents. Whatever
// they write, short of a whole chain, is a problem.
func TestWriterWithoutEvents(t *testing.T) {
	t.Parallel()
	older := func(w writer) store.Document { return w.read("orders", "carts", "registration") }
	for name, attack := range map[string]func(writer){
		"a registration of another type": func(w writer) { w.edit("registration", retype) },
		"a head of another type":         func(w writer) { w.edit("head", retype) },
		"an event of another type":       func(w writer) { w.edit(store.EventID(1), retype) },
		"an app of other types": func(w writer) {
			for _, id := range []string{"registration", "head", store.EventID(1), store.EventID(2), store.EventID(3), store.EventID(4), "token.api", "credential.api"} {
				w.edit(id, retype)
			}
		},
		"a token is added": func(w writer) {
			w.edit("token.api", func(doc *store.Document) { doc.Body = []byte(`{"node":"orders/carts","tokens":[{"id":"evil"}]}`) })
		},
		"tokens of another credential": func(w writer) {
			w.write("orders", "carts", store.Document{ID: "token.other", Type: "token", Body: []byte(`{"tokens":[]}`)})
		},
		"tokens of a partition of their own": func(w writer) {
			w.write("orders", "ghost", store.Document{ID: "token.api", Type: "token", Body: []byte(`{"tokens":[]}`)})
		},
		"a credential's record": func(w writer) {
			w.edit("credential.api", func(doc *store.Document) { doc.Body = []byte(`{"name":"api","live":{"key":"evil"}}`) })
		},
		"a credential's record is a tombstone": func(w writer) { w.edit("credential.api", func(doc *store.Document) { doc.Deleted = true }) },
		"a registration that comes back": func(w writer) {
			w.edit("registration", func(doc *store.Document) {
				doc.Body = []byte(strings.Replace(string(doc.Body), `"v2"`, `"v1"`, 1))
				doc.Digest = canon.Sum(doc.Body)
			})
		},
		"a registration that is gone": func(w writer) {
			w.edit("registration", func(doc *store.Document) { doc.Deleted, doc.Digest = true, "" })
		},
		"a digest that lies":            func(w writer) { w.edit("registration", func(doc *store.Document) { doc.Digest = canon.Sum(nil) }) },
		"a body under the right digest": func(w writer) { w.edit("registration", func(doc *store.Document) { doc.Body = []byte(`{}`) }) },
		"the registration of another app": func(w writer) {
			doc := w.read("orders", "tills", "registration")
			w.edit("registration", func(d *store.Document) { d.Body, d.Digest = doc.Body, doc.Digest })
		},
		"a second registration": func(w writer) {
			doc := older(w)
			doc.ID, doc.ETag = "registration@prod", ""
			w.write("orders", "carts", doc)
		},
		"a registration under another name": func(w writer) { doc := older(w); doc.ETag = ""; w.write("orders", "ghost", doc) },
		"an event of another app": func(w writer) {
			doc := w.read("orders", "tills", store.EventID(1))
			w.edit(store.EventID(1), func(d *store.Document) { d.Body = doc.Body })
		},
		"an event of the future": func(w writer) {
			doc := w.read("orders", "carts", store.EventID(2))
			doc.ID, doc.ETag = store.EventID(9), ""
			w.write("orders", "carts", doc)
		},
		"a head of the past": func(w writer) {
			w.edit("head", func(doc *store.Document) { doc.Body = w.read("orders", "tills", "head").Body })
		},
		"another container on record": func(w writer) {
			doc := w.read(ledger.SystemContainer, ledger.SystemPartition, "registry")
			doc.Body = []byte(strings.Replace(string(doc.Body), `"orders":"orders"`, `"orders":"elsewhere"`, 1))
			w.write(ledger.SystemContainer, ledger.SystemPartition, doc)
		},
		"the registry document of another type": func(w writer) {
			doc := w.read(ledger.SystemContainer, ledger.SystemPartition, "registry")
			retype(&doc)
			w.write(ledger.SystemContainer, ledger.SystemPartition, doc)
		},
		"a document of the system": func(w writer) {
			w.write(ledger.SystemContainer, ledger.SystemPartition, store.Document{ID: "policy-1", Type: "policy", Body: []byte(`{}`)})
		},
		"a partition of the system": func(w writer) {
			w.write(ledger.SystemContainer, "other", store.Document{ID: "registry", Type: "registry", Body: []byte(`{}`)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := writer{t, storetest.NewMemory()}
			for i, version := range []string{"v1", "v2"} {
				smallregistry.MustRun(t, w.st, smallregistry.Registry{"orders/carts": version, "orders/tills": "v1"}.Desired(t), fmt.Sprint("run ", i))
			}
			w.record("credential.api", "credential", `{"name":"api"}`)
			w.record("token.api", "token", `{"node":"orders/carts","tokens":[]}`)
			if problems := verify(t, w.st); len(problems) > 0 {
				t.Fatalf("nothing happened: %+v", problems)
			}
			attack(w)
			if problems := verify(t, w.st); len(problems) == 0 {
				t.Error("no problem")
			}
		})
	}
}

func verify(t *testing.T, st store.Store) []ledger.Problem {
	t.Helper()
	v, err := ledger.Verify(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	return v.Problems
}
