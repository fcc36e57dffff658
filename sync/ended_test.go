// SPDX-License-Identifier: Apache-2.0

package sync_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/test/smallregistry"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
	"github.com/appofapps/roster/sync"
)

// holding gives the nodes of a desired state the credential api, and more, of a type.
func holding(t *testing.T, desired sync.Desired, kind string, more ...string) sync.Desired {
	t.Helper()
	for i, r := range desired.Registrations {
		record := r.Record
		record.Credentials = nil
		if kind != "" {
			for _, name := range append([]string{"api"}, more...) {
				record.Credentials = append(record.Credentials, registration.Credential{Name: name, Type: kind})
			}
		}
		sealed, err := record.Seal()
		if err != nil {
			t.Fatal(err)
		}
		desired.Registrations[i] = sealed
	}
	return desired
}

// issue writes what a rotation of a credential of orders/carts@prod keeps.
func issue(t *testing.T, st store.Store, name string) {
	t.Helper()
	for id, body := range map[string]string{
		"token@prod." + name:      `{"node":"orders/carts@prod","tokens":[{"digest":"d","id":"i"}]}`,
		"credential@prod." + name: `{"generation":1,"live":{"key":"i"},"name":"` + name + `","node":"orders/carts@prod","type":"self-issued-token"}`,
	} {
		chain, err := ledger.Open(t.Context(), st, "orders", "carts")
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := strings.Cut(id, "@")
		chain.Add(audit.Event{Type: "test", Domain: "orders", App: "carts"})
		if _, err := chain.Commit(t.Context(), st, []store.Operation{{Document: store.Document{ID: id, Type: store.Type(kind), Body: []byte(body)}}}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCredentialsEndWithTheirDeclaration removes the declaration of a credential in
// several ways. Its tokens end in the same commit, and whoever declares it again gets a
// new one.
func TestCredentialsEndWithTheirDeclaration(t *testing.T) {
	t.Parallel()
	const token = "self-issued-token"
	both := smallregistry.Registry{"orders/carts@prod": "v1", "orders/carts@test": "v1", "orders/tills": "v1"}
	for name, test := range map[string]struct {
		registry smallregistry.Registry
		kind     string
		ends     bool
	}{
		"nothing":                 {both, token, false},
		"another version":         {smallregistry.Registry{"orders/carts@prod": "v2", "orders/carts@test": "v1", "orders/tills": "v1"}, token, false},
		"the app is removed":      {smallregistry.Registry{"orders/tills": "v1"}, token, true},
		"the environment is":      {smallregistry.Registry{"orders/carts@test": "v1", "orders/tills": "v1"}, token, true},
		"the credential is":       {both, "", true},
		"it is of another type":   {both, "okta-client-secret", true},
		"no environment any more": {smallregistry.Registry{"orders/carts": "v1", "orders/tills": "v1"}, token, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := storetest.NewMemory()
			smallregistry.MustRun(t, st, holding(t, both.Desired(t), token), "first")
			issue(t, st, "api")
			smallregistry.MustRun(t, st, holding(t, test.registry.Desired(t), test.kind), "second")
			for id, want := range map[string]string{"token@prod.api": `"tokens":[]`, "credential@prod.api": `"requested":"leak"`} {
				doc, err := st.Read(t.Context(), store.Key{Container: "orders", Partition: "carts", ID: id})
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Contains(string(doc.Body), want); got != test.ends {
					t.Errorf("%s: %s", id, doc.Body)
				}
			}
			v, err := ledger.Verify(t.Context(), st)
			if err != nil || len(v.Problems) > 0 {
				t.Errorf("%+v, %v", v, err)
			}
			log, err := ledger.Log(t.Context(), st, audit.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			revoked := 0
			for _, e := range log.Events {
				if e.Type == audit.TokenRevoked {
					revoked++
				}
			}
			if (revoked == 1) != test.ends {
				t.Errorf("%d events about a revoked token", revoked)
			}
		})
	}
}

// TestManyCredentialsEnd removes a node with more credentials than fit in one commit. All
// of their tokens end.
func TestManyCredentialsEnd(t *testing.T) {
	t.Parallel()
	const token, most = "self-issued-token", 120
	var more []string
	for i := range most - 1 {
		more = append(more, fmt.Sprintf("api-%03d", i))
	}
	with := smallregistry.Registry{"orders/carts@prod": "v1", "orders/tills": "v1"}
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, holding(t, with.Desired(t), token, more...), "first")
	for _, name := range append(more, "api") {
		issue(t, st, name)
	}
	result := smallregistry.MustRun(t, st, holding(t, smallregistry.Registry{"orders/tills": "v1"}.Desired(t), ""), "second")
	if result.Deleted != 1 || result.Commits < 5 {
		t.Errorf("%+v", result)
	}
	docs, err := st.List(t.Context(), "orders", "carts", store.TypeToken)
	if err != nil || len(docs) != most {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	for _, doc := range docs {
		if !strings.Contains(string(doc.Body), `"tokens":[]`) {
			t.Errorf("%s: %s", doc.ID, doc.Body)
		}
	}
	if v, err := ledger.Verify(t.Context(), st); err != nil || len(v.Problems) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
}
