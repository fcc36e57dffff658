// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/store"
)

func ExampleEventID() {
	fmt.Println(store.EventID(1))
	fmt.Println(store.EventID(1_234_567_890))
	// Output:
	// event-0000000001
	// event-1234567890
}

func TestEventIDsSortAsTheirNumbers(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, seq := range []int64{1, 2, 9, 10, 11, 99, 100, 999_999_999, 1_000_000_000, 9_999_999_999} {
		ids = append(ids, store.EventID(seq))
	}
	if !slices.IsSorted(ids) {
		t.Errorf("ids are not in order: %q", ids)
	}
	for _, id := range ids {
		if !store.ValidID(id) {
			t.Errorf("%q is not a valid id", id)
		}
	}
}

func TestValidID(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", store.MaxID)
	for id, want := range map[string]bool{
		"head": true, "registration@prod": true, "credential@prod.okta": true, "rotation@prod.okta.3": true, "a.b": true,
		"0": true, "...": true, long: true,
		"": false, ".": false, "..": false, long + "x": false,
		"a/b": false, `a\b`: false, "a?b": false, "a#b": false, "a b": false, "a%2fb": false, "A": false, "a_b": false,
		"a\x00b": false, "a\nb": false, "ä": false, "a\u202eb": false, "\xff": false,
	} {
		if got := store.ValidID(id); got != want {
			t.Errorf("ValidID(%.40q) is %t, want %t", id, got, want)
		}
	}
}

// commit returns a valid commit after a change.
func commit(change func(c *store.Commit, first *store.Operation)) store.Commit {
	c := store.Commit{Container: "orders", Partition: "checkout", Operations: []store.Operation{
		{Document: store.Document{ID: "head", Type: store.TypeHead, Body: []byte(`{"seq":1}`)}},
		{Document: store.Document{ID: "event-0000000001", Type: store.TypeEvent, Body: []byte(`{}`)}, IfMatch: "7"},
	}}
	change(&c, &c.Operations[0])
	return c
}

// sized returns a commit of n operations with the given total size.
func sized(n, bytes int) store.Commit {
	return commit(func(c *store.Commit, _ *store.Operation) {
		c.Operations = nil
		for i := range n {
			c.Operations = append(c.Operations, store.Operation{
				Document: store.Document{ID: fmt.Sprintf("document-%03d", i), Type: "kind", Body: []byte(`""`)},
			})
		}
		const each = 512 + len("document-000") + len(`""`)
		c.Operations[0].Document.Body = []byte(`"` + strings.Repeat("x", bytes-n*each) + `"`)
	})
}

func body(text string) store.Commit {
	return commit(func(_ *store.Commit, o *store.Operation) { o.Document.Body = []byte(text) })
}

func TestCheck(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		name   string
		commit store.Commit
		want   string // part of the message, "" for a valid commit
	}{
		{"good", commit(func(*store.Commit, *store.Operation) {}), ""},
		{"no container", commit(func(c *store.Commit, _ *store.Operation) { c.Container = "" }), `invalid container name ""`},
		{"container no name", commit(func(c *store.Commit, _ *store.Operation) { c.Container = `a"b` }), `invalid container name "a\"b"`},
		{"longest container", commit(func(c *store.Commit, _ *store.Operation) { c.Container = long(255) }), ""},
		{"too long container", commit(func(c *store.Commit, _ *store.Operation) { c.Container = long(256) }), "invalid container name"},
		{"no partition", commit(func(c *store.Commit, _ *store.Operation) { c.Partition = "" }), `invalid partition name ""`},
		{"longest partition", commit(func(c *store.Commit, _ *store.Operation) { c.Partition = long(101) }), ""},
		{"too long partition", commit(func(c *store.Commit, _ *store.Operation) { c.Partition = long(102) }), "invalid partition name"},
		{"no operations", commit(func(c *store.Commit, _ *store.Operation) { c.Operations = nil }), "no operations"},
		{"most operations", sized(100, 1<<20), ""},
		{"too many operations", sized(101, 1<<20), "101 operations; the limit is 100"},
		{"most bytes", sized(1, 2<<20), ""},
		{"too many bytes", sized(1, 2<<20+1), "2097153 bytes; the limit is 2097152"},
		{"most bytes of many", sized(100, 2<<20), ""},
		{"too many bytes of many", sized(100, 2<<20+1), "2097153 bytes; the limit is 2097152"},
		{"twice", commit(func(c *store.Commit, o *store.Operation) { c.Operations[1].Document.ID = o.Document.ID }), `duplicate document "head"`},
		{"bad id", commit(func(_ *store.Commit, o *store.Operation) { o.Document.ID = "a/b" }), `invalid document id "a/b"`},
		{"no type", commit(func(_ *store.Commit, o *store.Operation) { o.Document.Type = "" }), `invalid type "" of document "head"`},
		{"longest digest", commit(func(_ *store.Commit, o *store.Operation) { o.Document.Digest = long(128) }), ""},
		{"too long digest", commit(func(_ *store.Commit, o *store.Operation) { o.Document.Digest = long(129) }), "129 bytes; the limit is 128"},
		{"no body", body(""), "is not JSON"},
		{"half a body", body(`{"a":`), "is not JSON"},
		{"two bodies", body(`{}{}`), "is not JSON"},
		{"not UTF-8", body("\"\xc3\""), "is not JSON"},
		{"deepest", body(strings.Repeat(`{"a":[`, 63) + `[]` + strings.Repeat(`]}`, 63)), ""},
		{"too deep", body(strings.Repeat(`{"a":[`, 64) + strings.Repeat(`]}`, 64)), "more than 127 levels"},
		{"brackets in strings", body(`"` + strings.Repeat(`[\"{\\`, 200) + `"`), ""},
		{"wide, not deep", body(`[` + strings.Repeat(`[],{},`, 200) + `0]`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.commit.Check()
			if c.want == "" {
				if err != nil {
					t.Errorf("Check: %v", err)
				}
				return
			}
			if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Check: %.200v, want %v with %q", err, store.ErrInvalid, c.want)
			}
		})
	}
}
