// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"fmt"
	"testing"

	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// TestUndeclaredWithoutHead finds a live credential that no manifest has, also in an app
// whose chain has lost its head.
func TestUndeclaredWithoutHead(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	for app, kind := range map[string]store.Type{"carts": store.TypeHead, "checkout": store.TypeRegistration} {
		credential := fmt.Sprintf(`{"node":"orders/%s","name":"api","generation":1,"live":{"key":"k1","created":"2031-01-02T03:04:05Z"}}`, app)
		if _, err := st.Commit(t.Context(), store.Commit{Container: "orders", Partition: app, Operations: []store.Operation{
			{Document: store.Document{ID: "known", Type: kind, Body: []byte(`{}`)}},
			{Document: store.Document{ID: "credential", Type: rotate.TypeCredential, Body: []byte(credential)}},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	var status rotate.Status
	if err := status.AddUndeclared(t.Context(), []string{"orders"}, nil, st); err != nil {
		t.Fatal(err)
	}
	if len(status.Undeclared) != 2 || status.Undeclared[0].Node != "orders/carts" || status.Undeclared[1].Node != "orders/checkout" {
		t.Errorf("undeclared: %+v", status.Undeclared)
	}
}
