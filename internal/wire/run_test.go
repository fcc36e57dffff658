// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/internal/wire"
)

func newRun(t *testing.T, env map[string]string) *wire.Run {
	t.Helper()
	r := wire.NewRun(wire.World{Getenv: func(name string) string { return env[name] }, Now: time.Now, Commands: io.Discard})
	t.Cleanup(r.Close)
	return r
}

func TestRunHasOneIdentityAndOneClient(t *testing.T) {
	t.Parallel()
	r := newRun(t, map[string]string{"AZURE_TENANT_ID": "7b1e7f4e-3c53-4a0c-9d0e-5f6f3c1f0a11"})
	first, err := r.Identity()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Identity(); err != nil || again != first {
		t.Errorf("the second identity is another one (%v)", err)
	}
	if client := r.Client(); client != r.Client() {
		t.Error("the second client is another one")
	}
}

// TestStores holds what a user is told of each kind of store.
func TestStores(t *testing.T) {
	t.Parallel()
	r := newRun(t, nil)
	for _, spec := range []string{"", "local:", "sqlite:x"} {
		if _, err := r.Open(t.Context(), spec, wire.Options{}); !errors.Is(err, wire.ErrStoreForm) {
			t.Errorf("open %q: got %v, want ErrStoreForm", spec, err)
		}
		if _, err := wire.Database(spec); !errors.Is(err, wire.ErrStoreForm) {
			t.Errorf("database of %q: got %v, want ErrStoreForm", spec, err)
		}
	}
	local := "local:" + filepath.Join(t.TempDir(), "registry.db")
	if _, err := wire.Database(local); !errors.Is(err, wire.ErrNoProvision) || !strings.Contains(err.Error(), "roster sync creates") {
		t.Errorf("got %v, want ErrNoProvision that names roster sync", err)
	}
	d, err := r.Diagnose(t.Context(), local, doctor.Sync, []string{"roster"})
	if err != nil || !d.Healthy() || len(d.Checks) != 2 {
		t.Errorf("diagnosis of a local store: %+v, %v", d, err)
	}
	if _, err := r.Open(t.Context(), local, wire.Options{ReadOnly: true}); !errors.Is(err, wire.ErrNoStore) {
		t.Errorf("got %v, want ErrNoStore", err)
	}
	st, err := r.Open(t.Context(), local, wire.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	if st.Usage != nil || st.Missing != nil {
		t.Error("a local store has abilities of a remote one")
	}
	db, err := r.Open(t.Context(), "cosmos:http://localhost:8081/registry", wire.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if db.Usage == nil || db.Missing == nil {
		t.Error("a database lacks its abilities")
	}
}
