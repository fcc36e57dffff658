// SPDX-License-Identifier: Apache-2.0

package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/provider/token"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// shelf is a sink that keeps staged values in memory, as far as these tests need it.
type shelf struct{ rotate.Stager }

// TestRecordsProveNothing names a token of another marker in the records of a
// credential, as a key that is left over, and as the previous key. It is not revoked.
func TestRecordsProveNothing(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]string{
		"left over":  `{"generation":1,"leftover":["%s"],"live":{"created":"2026-01-01T00:00:00Z","key":"other"},"name":"api","node":"orders/till","type":"self-issued-token"}`,
		"superseded": `{"generation":1,"leftover":["%s"],"name":"api","node":"orders/till","type":"self-issued-token"}`,
	} {
		st := storetest.NewMemory()
		target := rotate.Target{
			Container: "orders", Partition: "till", Domain: "orders", Node: "orders/till", ID: "credential.api", Name: "api", Type: token.Type,
			Every: time.Hour, Sinks: []registration.Sink{{File: "x"}},
		}
		source := token.Source{Store: st, Now: time.Now}
		foreign, err := source.Create(t.Context(), target, rotate.Request{Marker: "roster/elsewhere/1", Value: redact.New("foreign")})
		if err != nil {
			t.Fatal(err)
		}
		chain, err := ledger.Open(t.Context(), st, "orders", "till")
		if err != nil {
			t.Fatal(err)
		}
		chain.Add(audit.Event{Type: "test", Domain: "orders", App: "till"})
		doc := store.Document{ID: target.ID, Type: store.TypeCredential, Body: []byte(strings.Replace(record, "%s", foreign.Key, 1))}
		if _, err := chain.Commit(t.Context(), st, []store.Operation{{Document: doc}}); err != nil {
			t.Fatal(err)
		}
		revoked, err := rotate.Sweep(t.Context(), target, rotate.Config{
			Store: st, Now: time.Now, Holder: "h", Source: func(rotate.Target) (rotate.Source, error) { return source, nil },
			Sink: func(registration.Sink) (rotate.Sink, error) { return shelf{}, nil },
		})
		keys, listErr := source.List(t.Context(), target)
		if len(revoked) > 0 || listErr != nil || len(keys) != 1 {
			t.Errorf("%s: revoked %v, %v; left %v, %v", name, revoked, err, keys, listErr)
		}
	}
}
