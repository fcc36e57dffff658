// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/internal/test/smallregistry"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/snapshot"
	"github.com/appofapps/roster/store/storetest"
	"github.com/appofapps/roster/sync"
)

var taken = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// newKey returns a new key and its public line.
func newKey(t *testing.T, name string) (key signing.Key, line string) {
	t.Helper()
	key, err := signing.NewFile(filepath.Join(t.TempDir(), "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if line, err = signing.PublicLine(name, key.Public()); err != nil {
		t.Fatal(err)
	}
	return key, line
}

// signed takes a snapshot of a store and signs it.
func signed(t *testing.T, st store.Store, key signing.Key) []byte {
	t.Helper()
	s, err := snapshot.Take(t.Context(), st, "acme", taken, 4)
	if err != nil {
		t.Fatal(err)
	}
	content, err := s.Signed(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// digestOn returns the digest of the plan on a store.
func digestOn(t *testing.T, st store.Store, desired sync.Desired) string {
	t.Helper()
	state, err := sync.Read(t.Context(), st, desired, 4)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sync.Plan(state, desired, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Digest
}

// TestSnapshotPlansTheSame checks that a plan from a snapshot equals the plan from
// the store: for an empty store, without changes, with nodes created, changed and
// removed, and with a new domain.
func TestSnapshotPlansTheSame(t *testing.T) {
	t.Parallel()
	key, line := newKey(t, "acme")
	st := storetest.NewMemory()
	trust := snapshot.Trust{Registry: "acme", Keys: []string{line}, Now: taken, MaxAge: time.Hour}
	digests := map[string]bool{}
	versions := []smallregistry.Registry{
		{"orders/carts@prod": "v1", "orders/carts@staging": "v1", "payments/charges": "v1"},
		{"orders/carts@prod": "v2", "orders/returns": "v1"},
		{"orders/returns": "v3", "support/desk@prod": "v1"},
	}
	for step := range 2 * len(versions) {
		s, err := snapshot.Open(signed(t, st, key), trust)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range versions {
			desired := v.Desired(t)
			want, got := digestOn(t, st, desired), digestOn(t, s.Store(), desired)
			if want != got {
				t.Fatalf("step %d: version %d is planned as %s from the store and as %s from its snapshot", step, i, want, got)
			}
			digests[want] = true
		}
		smallregistry.MustRun(t, st, versions[step%len(versions)].Desired(t), fmt.Sprint("step-", step))
	}
	if len(digests) < 4*len(versions) {
		t.Errorf("only %d different plans", len(digests))
	}
}

// TestSnapshotIsReadOnly checks that a snapshot refuses commits, and that missing
// documents are not found.
func TestSnapshotIsReadOnly(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v1"}.Desired(t), "first")
	s, err := snapshot.Take(t.Context(), st, "acme", taken, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store().Commit(t.Context(), store.Commit{}); !errors.Is(err, store.ErrDenied) {
		t.Error(err)
	}
	if _, err := s.Store().Read(t.Context(), store.Key{Container: "orders", Partition: "carts", ID: "head"}); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	for _, kind := range []store.Type{store.TypeRegistration, store.TypeEvent} {
		want, err := st.List(t.Context(), "orders", "carts", kind)
		if err != nil {
			t.Fatal(err)
		}
		if kind == store.TypeEvent {
			want = nil
		}
		got, err := s.Store().List(t.Context(), "orders", "carts", kind)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", kind, err, d)
		}
	}
	if _, err := snapshot.Take(t.Context(), st, "other", taken, 1); !errors.Is(err, ledger.ErrForeignStore) {
		t.Error(err)
	}
}

// TestSnapshotsAreRefused checks that a snapshot is refused unless it is unaltered,
// signed by a trusted key, of this registry, and recent.
func TestSnapshotsAreRefused(t *testing.T) {
	t.Parallel()
	key, line := newKey(t, "acme")
	stranger, strangers := newKey(t, "acme")
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts@prod": "v1", "orders/returns": "v1"}.Desired(t), "first")
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts@prod": "v1"}.Desired(t), "second")
	content := signed(t, st, key)
	trust := snapshot.Trust{Registry: "acme", Keys: []string{strangers, line}, Now: taken.Add(time.Hour), MaxAge: time.Hour}
	if _, err := snapshot.Open(content, trust); err != nil {
		t.Fatal(err)
	}

	other := trust
	for name, change := range map[string]func(){
		"too old":         func() { other.Now = trust.Now.Add(time.Second) },
		"of tomorrow":     func() { other.Now = taken.Add(-6 * time.Minute) },
		"another name":    func() { other.Registry = "other" },
		"no keys":         func() { other.Keys = nil },
		"a stranger's":    func() { other.Keys = []string{strangers} },
		"renamed key":     func() { other.Keys = []string{"x" + line} },
		"an empty file":   func() { content = nil },
		"null":            func() { content = []byte("null\n") },
		"another's plan":  func() { content = signed(t, st, stranger); other.Keys = []string{line} },
		"more follows":    func() { content = append(content, '\n') },
		"another spacing": func() { content = bytes.Replace(content, []byte(`,"kind"`), []byte(`, "kind"`), 1) },
		"another case":    func() { content = bytes.Replace(content, []byte(`"kind":"Snapshot"`), []byte(`"Kind":"Snapshot"`), 1) },
		"a field twice":   func() { content = bytes.Replace(content, []byte(`"kind"`), []byte(`"kind":"Snapshot","kind"`), 1) },
		"a foreign field": func() { content = bytes.Replace(content, []byte(`"kind"`), []byte(`"foreign":1,"kind"`), 1) },
		"another day":     func() { content = bytes.ReplaceAll(content, []byte("2026-01-31"), []byte("2026-02-01")) },
	} {
		was := bytes.Clone(content)
		other = trust
		change()
		if _, err := snapshot.Open(content, other); !errors.Is(err, snapshot.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		content = was
	}

	points := 0
	for at := range content {
		for _, flip := range []byte{1, 0x20} {
			points++
			spoilt := bytes.Clone(content)
			spoilt[at] ^= flip
			if _, err := snapshot.Open(spoilt, trust); !errors.Is(err, snapshot.ErrRefused) {
				t.Fatalf("byte %d, %q, of %.40q: %v", at, spoilt[at], content[max(at-20, 0):], err)
			}
		}
	}
	t.Logf("%d changes of one byte, all refused", points)

	other = trust
	other.Keys = []string{strings.Replace(line, "+", "-", 1)}
	if _, err := snapshot.Open(content, other); !errors.Is(err, signing.ErrKey) {
		t.Errorf("an invalid key: %v", err)
	}
}
