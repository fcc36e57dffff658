// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/store"
)

func testEmpty(t *testing.T, st store.Store) {
	absent(t, st, at("head"))
	commit(t, st, commitOf(create(registration("registration", `1`))))
	absent(t, st, at("head"))
	absent(t, st, store.Key{Container: "nowhere", Partition: partition, ID: "registration"})
	absent(t, st, store.Key{Container: container, Partition: "nowhere", ID: "registration"})
	absent(t, st, store.Key{})
	for _, key := range []store.Key{{Container: "nowhere", Partition: partition}, {Container: container, Partition: "nowhere"}} {
		if docs := list(t, st, key.Container, key.Partition, store.TypeRegistration); len(docs) != 0 {
			t.Errorf("List %v: %s, want none", key, show(docs))
		}
	}
	if docs := list(t, st, container, partition, store.TypeEvent); len(docs) != 0 {
		t.Errorf("List of another type: %s, want none", show(docs))
	}
	if all := entries(t, st, "nowhere"); len(all) != 0 {
		t.Errorf("Entries of no container: %v, want none", all)
	}
}

func testReadYourWrite(t *testing.T, st store.Store) {
	want := []store.Document{
		registration("registration@prod", `{"owner":"group:a"}`),
		{ID: "registration@old", Type: store.TypeRegistration, Body: []byte(`{}`), Deleted: true},
		event(1, `{"seq":1}`),
		{ID: "head", Type: store.TypeHead, Body: []byte(`{"seq":1}`)},
		{ID: "grant-1", Type: "grant", Body: []byte(`[]`)},
	}
	var operations []store.Operation
	for _, doc := range want {
		doc.ETag = "does not matter"
		operations = append(operations, create(doc))
	}
	for i, etag := range commit(t, st, commitOf(operations...)) {
		want[i].ETag = etag
		equal(t, "Read", read(t, st, at(want[i].ID)), want[i])
	}
	next := registration("registration@prod", `{"owner":"group:b"}`)
	next.ETag = commit(t, st, commitOf(replace(next, want[0].ETag)))[0]
	equal(t, "Read after a replace", read(t, st, at(next.ID)), next)
}

func testBodies(t *testing.T, st store.Store) {
	bodies := []string{
		`null`, `0`, `""`, `{}`, `[]`, " \t\r\n{ } \n",
		`{"b":1,"a":2}`, `{"a":1,"a":2}`,
		`[1.0,1e2,-0,1E400,12345678901234567890123]`,
		`"\u0041\u00e4ä\ud83d\ude00😀\/\u2028` + "\u2028" + `<>&\u0000"`,
		`"${{ x }} ::add-mask::"`,
		`"` + strings.Repeat("x", store.MaxCommit/2) + `"`,
	}
	for i, body := range bodies {
		doc := registration(fmt.Sprintf("registration-%d", i), body)
		doc.Digest = "sha256:" + strings.Repeat("0", 64)
		commit(t, st, commitOf(create(doc)))
		if got := read(t, st, at(doc.ID)); string(got.Body) != body || got.Digest != doc.Digest {
			t.Errorf("body %d came back as %.80q, want %.80q", i, got.Body, body)
		}
	}
	for _, doc := range list(t, st, container, partition, store.TypeRegistration) {
		var i int
		if _, err := fmt.Sscanf(doc.ID, "registration-%d", &i); err != nil {
			t.Fatal(err)
		}
		if string(doc.Body) != bodies[i] {
			t.Errorf("body %d was listed as %.80q, want %.80q", i, doc.Body, bodies[i])
		}
	}
}

func testCopies(t *testing.T, st store.Store) {
	doc := registration("registration", `"body"`)
	commit(t, st, commitOf(create(doc)))
	spoil := func(body []byte) { copy(body, "XXXXXX") }
	spoil(doc.Body)
	spoil(read(t, st, at(doc.ID)).Body)
	spoil(list(t, st, container, partition, doc.Type)[0].Body)
	if got := read(t, st, at(doc.ID)); string(got.Body) != `"body"` {
		t.Errorf("the stored body became %q", got.Body)
	}
}

func testList(t *testing.T, st store.Store) {
	// The order is by bytes, not by words, lengths or locales.
	names := []string{"0", "10", "9", "a", "a-b", "a.b", "a0", "a@b", "aa", "event-0000000002", "event-0000000010", "z"}
	slices.Sort(names)
	for _, i := range []int{5, 0, 11, 3, 8, 1, 10, 2, 9, 4, 7, 6} {
		doc := store.Document{ID: names[i], Type: "kind", Body: []byte(`1`), Deleted: i%4 == 0}
		commit(t, st, commitOf(create(doc), create(store.Document{ID: names[i] + "-", Type: "kind-b", Body: []byte(`2`)})))
	}
	docs := list(t, st, container, partition, "kind")
	if got := ids(docs); !slices.Equal(got, names) {
		t.Errorf("List is %q, want %q", got, names)
	}
	for i, doc := range docs {
		equal(t, "a listed document", doc, read(t, st, at(names[i])))
		if doc.Deleted != (i%4 == 0) {
			t.Errorf("%s is listed with Deleted %t", doc.ID, doc.Deleted)
		}
	}
	for _, none := range []store.Type{"", "kin", "kind-", "kind-bb", "b"} {
		if docs := list(t, st, container, partition, none); len(docs) != 0 {
			t.Errorf("List of type %q: %q, want none", none, ids(docs))
		}
	}
}

func testTypeChange(t *testing.T, st store.Store) {
	doc := registration("one", `1`)
	etag := commit(t, st, commitOf(create(doc)))[0]
	doc.Type = "other"
	doc.ETag = commit(t, st, commitOf(replace(doc, etag)))[0]
	equal(t, "Read", read(t, st, at("one")), doc)
	equal(t, "List", list(t, st, container, partition, "other"), []store.Document{doc})
	if docs := list(t, st, container, partition, store.TypeRegistration); len(docs) != 0 {
		t.Errorf("it is still listed under its old type: %s", show(docs))
	}
	if all := entries(t, st, container); len(all) != 0 {
		t.Errorf("it is still among the registrations: %v", all)
	}
	refused(t, st, commitOf(create(registration("one", `2`))), store.ErrConflict)
}

func testEntries(t *testing.T, st store.Store) {
	var want []store.Entry
	for _, p := range []string{"b", "a-b", "a0", "a"} { // "a" sorts before "a-b" as a name, after it with a slash
		docs := []store.Document{registration("registration@prod", `1`), registration("registration", `2`), registration("registration@old", `3`)}
		docs[2].Deleted, docs[2].Digest = true, ""
		c := commitOf(create(docs[0]), create(docs[1]), create(docs[2]), create(event(1, `4`)), create(store.Document{ID: "head", Type: store.TypeHead, Body: []byte(`5`)}))
		c.Partition = p
		for i, etag := range commit(t, st, c)[:3] {
			docs[i].ETag = etag
			want = append(want, store.EntryOf(p, docs[i], false))
		}
	}
	slices.SortFunc(want, func(a, b store.Entry) int {
		if c := strings.Compare(a.Partition, b.Partition); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	equal(t, "Entries", entries(t, st, container), want)

	// A tombstone replaces the removed document.
	i := slices.IndexFunc(want, func(e store.Entry) bool { return e.Partition == "a0" && e.ID == "registration" })
	c := commitOf(replace(store.Document{ID: "registration", Type: store.TypeRegistration, Body: []byte(`{}`), Deleted: true}, want[i].ETag))
	c.Partition = "a0"
	c.Operations[0].Document.ETag = commit(t, st, c)[0]
	want[i] = store.EntryOf("a0", c.Operations[0].Document, false)
	equal(t, "Entries with a tombstone", entries(t, st, container), want)

	// AnyType stands for all types: nothing hides behind a type of its own.
	hidden := commitOf(create(store.Document{ID: "x", Type: "hidden", Body: []byte(`6`)}))
	hidden.Partition = "a0"
	commit(t, st, hidden)
	all, err := st.Entries(t.Context(), container, store.AnyType)
	if err != nil {
		t.Fatal(err)
	}
	types := map[store.Type]int{}
	for _, e := range all {
		if types[e.Type]++; e.Sum != "" {
			t.Errorf("an entry of all types has a sum: %+v", e)
		}
	}
	equal(t, "Entries of all types", types, map[store.Type]int{store.TypeRegistration: 12, store.TypeEvent: 4, store.TypeHead: 4, "hidden": 1})
	docs, err := st.List(t.Context(), container, "a0", store.AnyType)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, doc := range docs {
		ids = append(ids, fmt.Sprintf("%s %s %s", doc.Type, doc.ID, doc.Body))
	}
	equal(t, "List of all types", ids, []string{
		"event " + store.EventID(1) + " 4", "head head 5", "registration registration {}",
		"registration registration@old 3", "registration registration@prod 1", "hidden x 6",
	})
}

func testApart(t *testing.T, st store.Store) {
	places := []store.Key{
		{Container: "a", Partition: "b", ID: "x"},
		{Container: "a", Partition: "b-c", ID: "x"},
		{Container: "a", Partition: "bc", ID: "x"},
		{Container: "a-b", Partition: "b", ID: "x"},
		{Container: "b", Partition: "a", ID: "x"},
	}
	for i, p := range places {
		doc := registration("x", fmt.Sprint(i))
		commit(t, st, store.Commit{Container: p.Container, Partition: p.Partition, Operations: []store.Operation{create(doc)}})
	}
	for i, p := range places {
		if got := read(t, st, p); string(got.Body) != fmt.Sprint(i) {
			t.Errorf("%v holds %s, want %d", p, got.Body, i)
		}
		if docs := list(t, st, p.Container, p.Partition, store.TypeRegistration); len(docs) != 1 || string(docs[0].Body) != fmt.Sprint(i) {
			t.Errorf("%v lists %s, want its one document", p, show(docs))
		}
	}
	for name, want := range map[string]int{"a": 3, "a-b": 1, "b": 1} {
		if all := entries(t, st, name); len(all) != want {
			t.Errorf("container %s has %d entries, want %d", name, len(all), want)
		}
	}
	// The same text in different parts of an address is a different address.
	absent(t, st, store.Key{Container: "a", Partition: "b\x00x", ID: ""})
	absent(t, st, store.Key{Container: "a", Partition: "", ID: "b\x00x"})
	absent(t, st, store.Key{Container: "a", Partition: "b/x", ID: ""})
}

func testContext(t *testing.T, st store.Store) {
	commit(t, st, commitOf(create(registration("registration", `1`))))
	before := take(t, st)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, readErr := st.Read(ctx, at("registration"))
	_, listErr := st.List(ctx, container, partition, store.TypeRegistration)
	_, entriesErr := st.Entries(ctx, container, store.TypeRegistration)
	_, commitErr := st.Commit(ctx, commitOf(create(registration("registration@prod", `1`))))
	for name, err := range map[string]error{"Read": readErr, "List": listErr, "Entries": entriesErr, "Commit": commitErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with an ended context: error %v, want %v", name, err, context.Canceled)
		}
	}
	equal(t, "after the ended calls", take(t, st), before)
}
