// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/appofapps/roster/store"
)

// testMatrix tries a create and replaces on a document that is absent, live or a
// tombstone. The replaces name its etag, an earlier one, another document's, and one
// that never existed.
func testMatrix(t *testing.T, st store.Store) {
	foreign := commit(t, st, commitOf(create(registration("foreign", `0`))))[0]
	for _, state := range []string{"absent", "live", "tombstone"} {
		for _, under := range []string{"", "own", "old", "foreign", "invented"} {
			name := fmt.Sprintf("%s-%s", state, under)
			doc := registration(name, `1`)
			etags := map[string]string{"": "", "foreign": foreign, "invented": "invented", "own": "invented", "old": "invented"}
			if state != "absent" {
				etags["old"] = commit(t, st, commitOf(create(doc)))[0]
				doc.Body, doc.Deleted = []byte(`2`), state == "tombstone"
				etags["own"] = commit(t, st, commitOf(replace(doc, etags["old"])))[0]
			}
			doc.Body, doc.Deleted = []byte(`3`), false
			c := commitOf(replace(doc, etags[under]))
			if (state == "absent") == (under == "") && (under == "" || under == "own") {
				doc.ETag = commit(t, st, c)[0]
				equal(t, name, read(t, st, at(name)), doc)
				continue
			}
			before := take(t, st)
			refused(t, st, c, store.ErrConflict)
			equal(t, name, take(t, st), before)
		}
	}
}

// testAtomic puts one invalid operation at each position among valid creates and
// replaces.
func testAtomic(t *testing.T, st store.Store) {
	const many = 5
	var old, current []string
	for i := range many {
		doc := registration(fmt.Sprintf("there-%d", i), `1`)
		old = append(old, commit(t, st, commitOf(create(doc)))...)
		current = append(current, commit(t, st, commitOf(replace(doc, old[i])))...)
	}
	for _, bad := range []struct {
		name string
		op   store.Operation
	}{
		{"create what exists", create(registration("there-4", `2`))},
		{"replace under an old etag", replace(registration("there-4", `2`), old[4])},
		{"replace an absent document", replace(registration("absent", `2`), current[4])},
	} {
		for place := range many {
			operations := []store.Operation{
				create(registration("new-0", `2`)), replace(registration("there-0", `2`), current[0]),
				create(event(1, `2`)), replace(registration("there-1", `2`), current[1]),
			}
			operations = append(operations[:place], append([]store.Operation{bad.op}, operations[place:]...)...)
			before := take(t, st)
			refused(t, st, commitOf(operations...), store.ErrConflict)
			equal(t, fmt.Sprintf("%s at place %d", bad.name, place), take(t, st), before)
		}
	}
	commit(t, st, commitOf(create(registration("new-0", `2`)), replace(registration("there-0", `2`), current[0])))
}

// full returns a commit of n operations with a total size of exactly limit bytes.
func full(n, limit int) store.Commit {
	const counted = 512 // beside body and id, of each operation
	var operations []store.Operation
	total := 0
	for i := range n {
		doc := registration(fmt.Sprintf("registration-%d", i), `""`)
		doc.Digest = ""
		total += len(doc.Body) + len(doc.ID) + counted
		operations = append(operations, create(doc))
	}
	last := &operations[n-1].Document
	last.Body = []byte(`"` + strings.Repeat("x", limit-total) + `"`)
	return commitOf(operations...)
}

func testLimits(t *testing.T, st store.Store) {
	long := func(n int) string { return strings.Repeat("x", n) }
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	one := func(change func(c *store.Commit, doc *store.Document)) store.Commit {
		c := commitOf(create(registration("registration", `1`)))
		change(&c, &c.Operations[0].Document)
		return c
	}
	for i, c := range []struct {
		name      string
		good, bad store.Commit
	}{
		{"operations", full(store.MaxOperations, 100_000), full(store.MaxOperations+1, 100_000)},
		{"bytes", full(1, store.MaxCommit), full(1, store.MaxCommit+1)},
		{"bytes of many", full(store.MaxOperations, store.MaxCommit), full(store.MaxOperations, store.MaxCommit+1)},
		{
			"id", one(func(_ *store.Commit, d *store.Document) { d.ID = long(store.MaxID) }),
			one(func(_ *store.Commit, d *store.Document) { d.ID = long(store.MaxID + 1) }),
		},
		{
			"partition", one(func(c *store.Commit, _ *store.Document) { c.Partition = long(store.MaxPartition) }),
			one(func(c *store.Commit, _ *store.Document) { c.Partition = long(store.MaxPartition + 1) }),
		},
		{
			"container", one(func(c *store.Commit, _ *store.Document) { c.Container = long(store.MaxContainer) }),
			one(func(c *store.Commit, _ *store.Document) { c.Container = long(store.MaxContainer + 1) }),
		},
		{
			"digest", one(func(_ *store.Commit, d *store.Document) { d.Digest = long(store.MaxDigest) }),
			one(func(_ *store.Commit, d *store.Document) { d.Digest = long(store.MaxDigest + 1) }),
		},
		{
			"nesting", one(func(_ *store.Commit, d *store.Document) { d.Body = []byte(nested(store.MaxDepth)) }),
			one(func(_ *store.Commit, d *store.Document) { d.Body = []byte(nested(store.MaxDepth + 1)) }),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.good.Partition == partition { // so that rows do not share documents
				c.good.Partition, c.bad.Partition = fmt.Sprintf("p-%d", i), fmt.Sprintf("p-%d", i)
			}
			refused(t, st, c.bad, store.ErrInvalid)
			if docs := list(t, st, c.bad.Container, c.bad.Partition, store.TypeRegistration); len(docs) != 0 {
				t.Errorf("one over the limit wrote %q", ids(docs))
			}
			commit(t, st, c.good)
			if docs := list(t, st, c.good.Container, c.good.Partition, store.TypeRegistration); len(docs) != len(c.good.Operations) {
				t.Errorf("exactly at the limit wrote %d documents, want %d", len(docs), len(c.good.Operations))
			}
		})
	}
}

func testInvalid(t *testing.T, st store.Store) {
	good := registration("registration", `1`)
	etag := commit(t, st, commitOf(create(good)))[0]
	with := func(change func(*store.Document)) store.Commit {
		doc := registration("new", `1`)
		change(&doc)
		return commitOf(create(event(1, `1`)), create(doc))
	}
	bad := map[string]store.Commit{
		"no operation":      commitOf(),
		"no container":      {Partition: partition, Operations: []store.Operation{create(good)}},
		"no partition":      {Container: container, Operations: []store.Operation{create(good)}},
		"a document twice":  commitOf(replace(good, etag), replace(good, etag)),
		"no id":             with(func(d *store.Document) { d.ID = "" }),
		"an id with a path": with(func(d *store.Document) { d.ID = "../new" }),
		"an id of one dot":  with(func(d *store.Document) { d.ID = "." }),
		"an upper case id":  with(func(d *store.Document) { d.ID = "New" }),
		"an id with a zero": with(func(d *store.Document) { d.ID = "new\x00er" }),
		"no type":           with(func(d *store.Document) { d.Type = "" }),
		"a type no name":    with(func(d *store.Document) { d.Type = "a/b" }),
		"no body":           with(func(d *store.Document) { d.Body = nil }),
		"a body no JSON":    with(func(d *store.Document) { d.Body = []byte(`{} {}`) }),
		"a body no UTF-8":   with(func(d *store.Document) { d.Body = []byte("\"\xff\"") }),
	}
	before := take(t, st)
	for name, c := range bad {
		t.Run(name, func(t *testing.T) {
			refused(t, st, c, store.ErrInvalid)
			equal(t, "after it", take(t, st), before)
		})
	}
}

// testETags writes one document repeatedly, with conflicts and other writes in
// between, and checks that no etag repeats.
func testETags(t *testing.T, st store.Store) {
	doc := registration("registration", `1`)
	etag := commit(t, st, commitOf(create(doc)))[0]
	seen := map[string]bool{etag: true}
	for i := range 50 {
		refused(t, st, commitOf(create(doc)), store.ErrConflict)
		commit(t, st, commitOf(create(event(int64(i+1), `1`))))
		doc.Deleted = i%7 == 6
		next := commit(t, st, commitOf(replace(doc, etag)))[0] // often the same bytes as before
		if seen[next] {
			t.Fatalf("write %d has etag %q, which was there before", i, next)
		}
		seen[next] = true
		if got := read(t, st, at(doc.ID)).ETag; got != next {
			t.Fatalf("Read has etag %q, Commit returned %q", got, next)
		}
		refused(t, st, commitOf(replace(doc, etag)), store.ErrConflict)
		etag = next
	}
}

func testDurable(t *testing.T, st store.Store, reopen func() store.Store) {
	doc := registration("registration", `1`)
	seen := map[string]bool{}
	etag := commit(t, st, commitOf(create(doc), create(event(1, ` {"a": 1} `))))[0]
	for i := range 5 {
		seen[etag] = true
		before := take(t, st)
		st = reopen()
		equal(t, "after closing", take(t, st), before)
		refused(t, st, commitOf(create(doc)), store.ErrConflict)
		etag = commit(t, st, commitOf(replace(doc, etag), create(event(int64(i+2), `1`))))[0]
		if seen[etag] {
			t.Errorf("etag %q was there before the store was closed", etag)
		}
	}
}
