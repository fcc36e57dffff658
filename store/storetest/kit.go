// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/appofapps/roster/store"
)

// Where most of the suite writes.
const (
	container = "orders"
	partition = "checkout"
)

// Containers returns the containers that the suite writes to, for a store that does
// not create containers. The suite also reads from others, which must not exist.
func Containers() []string {
	return []string{container, "a", "a-b", "b", strings.Repeat("x", store.MaxContainer)}
}

func at(id string) store.Key { return store.Key{Container: container, Partition: partition, ID: id} }

func registration(id, body string) store.Document {
	return store.Document{ID: id, Type: store.TypeRegistration, Body: []byte(body), Digest: "digest of " + body}
}

func event(seq int64, body string) store.Document {
	return store.Document{ID: store.EventID(seq), Type: store.TypeEvent, Body: []byte(body)}
}

func create(doc store.Document) store.Operation { return store.Operation{Document: doc} }

func replace(doc store.Document, etag string) store.Operation {
	return store.Operation{Document: doc, IfMatch: etag}
}

func commitOf(operations ...store.Operation) store.Commit {
	return store.Commit{Container: container, Partition: partition, Operations: operations}
}

// commit commits, and fails the test if the commit is refused.
func commit(t *testing.T, st store.Store, c store.Commit) []string {
	t.Helper()
	etags, err := st.Commit(t.Context(), c)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	if len(etags) != len(c.Operations) {
		t.Fatalf("Commit of %d operations returned %d etags", len(c.Operations), len(etags))
	}
	for i, etag := range etags {
		if etag == "" {
			t.Fatalf("Commit returned no etag for %s", c.Operations[i].Document.ID)
		}
	}
	return etags
}

// refused checks that a commit returns the given error.
func refused(t *testing.T, st store.Store, c store.Commit, want error) {
	t.Helper()
	etags, err := st.Commit(t.Context(), c)
	if !errors.Is(err, want) || etags != nil {
		t.Errorf("Commit: etags %q, error %v; want none, %v", etags, err, want)
	}
}

func read(t *testing.T, st store.Store, key store.Key) store.Document {
	t.Helper()
	doc, err := st.Read(t.Context(), key)
	if err != nil {
		t.Fatalf("Read %v: %v", key, err)
	}
	return doc
}

func list(t *testing.T, st store.Store, container, partition string, kind store.Type) []store.Document {
	t.Helper()
	docs, err := st.List(t.Context(), container, partition, kind)
	if err != nil {
		t.Fatalf("List %s/%s %s: %v", container, partition, kind, err)
	}
	return docs
}

func entries(t *testing.T, st store.Store, container string) []store.Entry {
	t.Helper()
	all, err := st.Entries(t.Context(), container, store.TypeRegistration)
	if err != nil {
		t.Fatalf("Entries %s: %v", container, err)
	}
	return all
}

// absent checks that a document does not exist.
func absent(t *testing.T, st store.Store, key store.Key) {
	t.Helper()
	if doc, err := st.Read(t.Context(), key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Read %v: %v, error %v; want %v", key, doc, err, store.ErrNotFound)
	}
}

// equal compares documents or entries field by field.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, show(got), show(want))
	}
}

// show returns documents in a form with bodies as text.
func show(v any) string { return fmt.Sprintf("%+q", fmt.Sprintf("%+v", v)) }

// snapshot is the content of the partition that the suite writes to.
type snapshot struct {
	docs    map[store.Type][]store.Document
	entries []store.Entry
}

func take(t *testing.T, st store.Store) snapshot {
	t.Helper()
	s := snapshot{docs: map[store.Type][]store.Document{}, entries: entries(t, st, container)}
	for _, kind := range []store.Type{store.TypeRegistration, store.TypeEvent, store.TypeHead} {
		s.docs[kind] = list(t, st, container, partition, kind)
	}
	return s
}

func ids(docs []store.Document) []string {
	names := make([]string, 0, len(docs))
	for _, doc := range docs {
		names = append(names, doc.ID)
	}
	return names
}
