// SPDX-License-Identifier: Apache-2.0

package local_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
)

func benchmarkStore(b *testing.B) *local.Store {
	b.Helper()
	st, err := local.Open(b.Context(), filepath.Join(b.TempDir(), "registry.db"), local.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	return st
}

// BenchmarkCommit is an event and the head, to the disk.
func BenchmarkCommit(b *testing.B) {
	st := benchmarkStore(b)
	head := ""
	body := fmt.Appendf(nil, `{"text":"%01000d"}`, 0)
	for n := int64(1); b.Loop(); n++ {
		etags, err := st.Commit(b.Context(), store.Commit{Container: container, Partition: partition, Operations: []store.Operation{
			{Document: store.Document{ID: store.EventID(n), Type: store.TypeEvent, Body: body}},
			{Document: store.Document{ID: "head", Type: store.TypeHead, Body: body}, IfMatch: head},
		}})
		if err != nil {
			b.Fatal(err)
		}
		head = etags[1]
	}
}

// BenchmarkEntries is one call for 10,000 registrations of about 1 KB, each with
// an event and a head beside it.
func BenchmarkEntries(b *testing.B) {
	st := benchmarkStore(b)
	const count = 10_000
	body := fmt.Appendf(nil, `{"text":"%01000d"}`, 0)
	for app := range count / 25 { // 75 of the 100 operations that a commit may have
		c := store.Commit{Container: container, Partition: fmt.Sprintf("app-%d", app)}
		for i := range 25 {
			for _, doc := range []store.Document{
				{ID: fmt.Sprintf("registration@e%d", i), Type: store.TypeRegistration, Body: body, Digest: digest(body)},
				{ID: store.EventID(int64(i + 1)), Type: store.TypeEvent, Body: body},
				{ID: fmt.Sprintf("head-%d", i), Type: store.TypeHead, Body: body},
			} {
				c.Operations = append(c.Operations, store.Operation{Document: doc})
			}
		}
		if _, err := st.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		entries, err := st.Entries(b.Context(), container, store.TypeRegistration)
		if err != nil || len(entries) != count {
			b.Fatalf("%d entries, error %v", len(entries), err)
		}
	}
}

// BenchmarkOpen is opening and closing a store that is there.
func BenchmarkOpen(b *testing.B) {
	for _, readOnly := range []bool{true, false} {
		b.Run(fmt.Sprintf("readOnly=%t", readOnly), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "registry.db")
			for first := true; first || b.Loop(); first = false {
				st, err := local.Open(b.Context(), path, local.Config{ReadOnly: readOnly && !first})
				if err == nil {
					err = st.Close()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
