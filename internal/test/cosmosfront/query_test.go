// SPDX-License-Identifier: Apache-2.0

package cosmosfront_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"
	"github.com/google/go-cmp/cmp"
)

// query drains a pager and returns the ids, sorted, and the number of pages.
func (r rig) query(t *testing.T, sql string, pk azcosmos.PartitionKey, o *azcosmos.QueryOptions) (ids []string, pages int, err error) {
	t.Helper()
	for pager := r.client.NewQueryItemsPager(sql, pk, o); pager.More(); pages++ {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			return nil, pages, err
		}
		for _, item := range page.Items {
			var row struct{ ID string }
			if err := json.Unmarshal(item, &row); err != nil {
				return nil, pages, err
			}
			ids = append(ids, row.ID)
		}
	}
	slices.Sort(ids)
	return ids, pages, nil
}

func everywhere() azcosmos.PartitionKey { return azcosmos.NewPartitionKey() }

func TestQuerySeesItsPartition(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "a1", "a2", "a3")
	r.create(t, "b", "b1", "b2")
	atLeast2 := &azcosmos.QueryOptions{QueryParameters: []azcosmos.QueryParameter{{Name: "@from", Value: "a2"}}}
	tests := map[string]struct {
		sql  string
		pk   azcosmos.PartitionKey
		o    *azcosmos.QueryOptions
		want []string
	}{
		"one partition":             {"SELECT c.id FROM c", key("a"), nil, []string{"a1", "a2", "a3"}},
		"a partition that is empty": {"SELECT c.id FROM c", key("z"), nil, nil},
		"parameters":                {"SELECT c.id FROM c WHERE c.id >= @from", key("a"), atLeast2, []string{"a2", "a3"}},
		"order and top":             {"SELECT TOP 1 c.id FROM c ORDER BY c.id DESC", key("a"), nil, []string{"a3"}},
		"all partitions":            {"SELECT c.id FROM c", everywhere(), nil, []string{"a1", "a2", "a3", "b1", "b2"}},
		"all, filtered":             {"SELECT c.id FROM c WHERE c.id >= @from", everywhere(), atLeast2, []string{"a2", "a3", "b1", "b2"}},
		"all, with words in texts":  {"SELECT c.id FROM c WHERE c.id != 'ORDER BY DISTINCT'", everywhere(), nil, []string{"a1", "a2", "a3", "b1", "b2"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, _, err := r.query(t, test.sql, test.pk, test.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueryCountsInsideOfItsPartition(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "a1", "a2", "a3")
	r.create(t, "b", "b1")
	page, err := r.client.NewQueryItemsPager("SELECT VALUE COUNT(1) FROM c", key("a"), nil).NextPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 1 || string(page.Items[0]) != "3" {
		t.Errorf("got %s, want 3", page.Items)
	}
}

func TestQueryRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "a1")
	alone := false
	noCross := &azcosmos.QueryOptions{EnableCrossPartitionQuery: &alone}
	tests := map[string]struct {
		sql       string
		pk        azcosmos.PartitionKey
		o         *azcosmos.QueryOptions
		status    int
		substatus string
	}{
		"order across":           {"SELECT c.id FROM c ORDER BY c.id", everywhere(), nil, 400, "1004"},
		"top across":             {"SELECT TOP 1 c.id FROM c", everywhere(), nil, 400, "1004"},
		"count across":           {"SELECT VALUE COUNT(1) FROM c", everywhere(), nil, 400, "1004"},
		"sum across":             {"select sum(c.n) from c", everywhere(), nil, 400, "1004"},
		"distinct across":        {"SELECT DISTINCT c.id FROM c", everywhere(), nil, 400, "1004"},
		"group across":           {"SELECT c.id, COUNT(1) FROM c GROUP  BY c.id", everywhere(), nil, 400, "1004"},
		"offset across":          {"SELECT c.id FROM c OFFSET 1 LIMIT 1", everywhere(), nil, 400, "1004"},
		"across, not allowed":    {"SELECT c.id FROM c", everywhere(), noCross, 400, ""},
		"no SQL":                 {"SELEKT", key("a"), nil, 400, ""},
		"not here, distinct":     {"SELECT DISTINCT c.id FROM c", key("a"), nil, 501, ""},
		"not here, like":         {"SELECT c.id FROM c WHERE c.id LIKE 'a%'", key("a"), nil, 501, ""},
		"a page of minus two":    {"SELECT c.id FROM c", key("a"), &azcosmos.QueryOptions{PageSizeHint: -2}, 400, ""},
		"a foreign continuation": {"SELECT c.id FROM c", key("a"), &azcosmos.QueryOptions{ContinuationToken: new("front:0123456789abcdef:1:1")}, 400, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := r.query(t, test.sql, test.pk, test.o)
			wantRefusal(t, err, test.status, test.substatus)
		})
	}
	t.Run("no container", func(t *testing.T) {
		r := r
		r.client = r.container(t, "nothing")
		_, _, err := r.query(t, "SELECT c.id FROM c", everywhere(), nil)
		wantRefusal(t, err, http.StatusNotFound, "1003")
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var want []string
	for i := range 25 {
		want = append(want, fmt.Sprintf("d%02d", i))
	}
	r.create(t, "a", want...)
	tests := map[string]struct {
		size  int32
		pages int
	}{"of ten": {10, 3}, "exact": {5, 5}, "all": {-1, 1}, "default": {0, 1}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, pages, err := r.query(t, "SELECT c.id FROM c", key("a"), &azcosmos.QueryOptions{PageSizeHint: test.size})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" || pages != test.pages {
				t.Errorf("%d pages, want %d; ids (-want +got):\n%s", pages, test.pages, diff)
			}
		})
	}
}

// A new pager continues where another stopped, and returns the documents as of the
// first page.
func TestPagesAreResumed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "1", "2", "3", "4", "5")
	o := azcosmos.QueryOptions{PageSizeHint: 2}
	first, err := r.client.NewQueryItemsPager("SELECT c.id FROM c", key("a"), &o).NextPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.create(t, "a", "0", "6")
	o.ContinuationToken = first.ContinuationToken
	for range 2 { // a continuation can be used again
		got, pages, err := r.query(t, "SELECT c.id FROM c", key("a"), &o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"3", "4", "5"}, got); diff != "" || pages != 2 {
			t.Errorf("%d pages; ids (-want +got):\n%s", pages, diff)
		}
	}
	_, _, err = r.query(t, "SELECT c.id FROM c WHERE true", key("a"), &o)
	wantRefusal(t, err, http.StatusBadRequest, "")
}

// Microsoft, "Azure Cosmos DB service quotas": a page has at most 4 MB.
func TestPagesAreBoundedInBytes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 5 {
		if _, err := r.client.CreateItem(t.Context(), key("a"), doc("a", fmt.Sprint(i), "n", strings.Repeat("n", 3<<19)), nil); err != nil {
			t.Fatal(err)
		}
	}
	got, pages, err := r.query(t, "SELECT * FROM c", key("a"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 5 || pages != 3 {
		t.Errorf("got %d documents of 1.5 MB in %d pages, want 5 in 3", len(got), pages)
	}
}

func TestReadMany(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var items []azcosmos.ItemIdentity
	var want []string
	for i := range 120 {
		pk, id := fmt.Sprintf("p%d", i%7), fmt.Sprintf("d%03d", i)
		r.create(t, pk, id)
		if i%3 != 0 {
			items, want = append(items, azcosmos.ItemIdentity{ID: id, PartitionKey: key(pk)}), append(want, id)
		}
	}
	items = append(items, azcosmos.ItemIdentity{ID: "d001", PartitionKey: key("p0")}) // is in p1
	for range 2 {                                                                     // the second time the ranges are known
		answer, err := r.client.ReadManyItems(t.Context(), items, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, item := range answer.Items {
			var row struct{ ID string }
			if err := json.Unmarshal(item, &row); err != nil {
				t.Fatal(err)
			}
			got = append(got, row.ID)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	}
}

func TestQueryOverManyDocumentsIsComplete(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for first := range 30 {
		pk := fmt.Sprintf("p%d", first)
		batch := r.client.NewTransactionalBatch(key(pk))
		for i := range 100 {
			batch.CreateItem(doc(pk, fmt.Sprintf("d%02d", i)), nil)
		}
		if answer, err := r.client.ExecuteTransactionalBatch(t.Context(), batch, nil); err != nil || !answer.Success {
			t.Fatal(err)
		}
	}
	got, pages, err := r.query(t, "SELECT c.id FROM c WHERE c.id != 'd50'", everywhere(), &azcosmos.QueryOptions{PageSizeHint: -1})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2970 || pages != 3 {
		t.Errorf("got %d rows in %d pages, want 2970 in 3", len(got), pages)
	}
}
