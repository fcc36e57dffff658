// SPDX-License-Identifier: Apache-2.0

package cosmosfront_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"
	"github.com/google/go-cmp/cmp"
)

func TestItemIsCreatedReadReplacedDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	content := &azcosmos.ItemOptions{EnableContentResponseOnWrite: true}
	created, err := r.client.CreateItem(t.Context(), key("a"), doc("a", "x", "n", "1"), content)
	if err != nil {
		t.Fatal(err)
	}
	read, err := r.client.ReadItem(t.Context(), key("a"), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(created.Value), string(read.Value)); diff != "" || created.ETag != read.ETag {
		t.Errorf("created (-) and read (+) differ: %s; etags %q, %q", diff, created.ETag, read.ETag)
	}
	replaced, err := r.client.ReplaceItem(t.Context(), key("a"), "x", doc("a", "x", "n", "2"), content)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		N    string `json:"n"`
		ETag string `json:"_etag"`
	}
	if err := json.Unmarshal(replaced.Value, &got); err != nil || got.N != "2" || got.ETag != string(replaced.ETag) {
		t.Errorf("replaced: got %+v, %v, want n 2 and etag %q", got, err, replaced.ETag)
	}
	if replaced.ETag == created.ETag {
		t.Error("the etag stayed the same")
	}
	if _, err := r.client.DeleteItem(t.Context(), key("a"), "x", nil); err != nil {
		t.Fatal(err)
	}
	_, err = r.client.ReadItem(t.Context(), key("a"), "x", nil)
	wantRefusal(t, err, http.StatusNotFound, "")
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "x")
	read, err := r.client.ReadItem(t.Context(), key("a"), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^"[0-9a-f]{8}-[0-9a-f-]+"$`).MatchString(string(read.ETag)) {
		t.Errorf("etag %s is not quoted", read.ETag)
	}
	current := &azcosmos.ItemOptions{IfMatchEtag: &read.ETag}
	if _, err := r.client.ReplaceItem(t.Context(), key("a"), "x", doc("a", "x"), current); err != nil {
		t.Fatal(err)
	}
	_, err = r.client.ReplaceItem(t.Context(), key("a"), "x", doc("a", "x"), current)
	wantRefusal(t, err, http.StatusPreconditionFailed, "")
	_, err = r.client.DeleteItem(t.Context(), key("a"), "x", current)
	wantRefusal(t, err, http.StatusPreconditionFailed, "")
	whatever := azcore.ETagAny
	if _, err := r.client.ReplaceItem(t.Context(), key("a"), "x", doc("a", "x"), &azcosmos.ItemOptions{IfMatchEtag: &whatever}); err != nil {
		t.Errorf("If-Match *: %v", err)
	}
}

func TestItemRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "x")
	other := r.container(t, "nothing")
	tests := map[string]struct {
		do        func(ctx context.Context) error
		status    int
		substatus string
	}{
		"create an existing item": {func(ctx context.Context) error {
			_, err := r.client.CreateItem(ctx, key("a"), doc("a", "x"), nil)
			return err
		}, http.StatusConflict, ""},
		"read a missing item": {func(ctx context.Context) error {
			_, err := r.client.ReadItem(ctx, key("a"), "y", nil)
			return err
		}, http.StatusNotFound, ""},
		"read in another partition": {func(ctx context.Context) error {
			_, err := r.client.ReadItem(ctx, key("b"), "x", nil)
			return err
		}, http.StatusNotFound, ""},
		"replace a missing item": {func(ctx context.Context) error {
			_, err := r.client.ReplaceItem(ctx, key("a"), "y", doc("a", "y"), nil)
			return err
		}, http.StatusNotFound, ""},
		"delete a missing item": {func(ctx context.Context) error {
			_, err := r.client.DeleteItem(ctx, key("a"), "y", nil)
			return err
		}, http.StatusNotFound, ""},
		"replace another id": {func(ctx context.Context) error {
			_, err := r.client.ReplaceItem(ctx, key("a"), "x", doc("a", "y"), nil)
			return err
		}, http.StatusBadRequest, ""},
		"create with another key": {func(ctx context.Context) error {
			_, err := r.client.CreateItem(ctx, key("b"), doc("a", "y"), nil)
			return err
		}, http.StatusBadRequest, "1001"},
		"replace with another key": {func(ctx context.Context) error {
			_, err := r.client.ReplaceItem(ctx, key("a"), "x", doc("b", "x"), nil)
			return err
		}, http.StatusBadRequest, "1001"},
		"create without a key": {func(ctx context.Context) error {
			_, err := r.client.CreateItem(ctx, azcosmos.NewPartitionKey(), doc("a", "y"), nil)
			return err
		}, http.StatusBadRequest, ""},
		"read without a key": {func(ctx context.Context) error {
			_, err := r.client.ReadItem(ctx, azcosmos.NewPartitionKey(), "x", nil)
			return err
		}, http.StatusBadRequest, ""},
		"create without an id": {func(ctx context.Context) error {
			_, err := r.client.CreateItem(ctx, key("a"), []byte(`{"pk":"a"}`), nil)
			return err
		}, http.StatusBadRequest, ""},
		"read in no container": {func(ctx context.Context) error {
			_, err := other.ReadItem(ctx, key("a"), "x", nil)
			return err
		}, http.StatusNotFound, "1003"},
		"create in no container": {func(ctx context.Context) error {
			_, err := other.CreateItem(ctx, key("a"), doc("a", "x"), nil)
			return err
		}, http.StatusNotFound, "1003"},
		"more than 2 MB": {func(ctx context.Context) error {
			_, err := r.client.CreateItem(ctx, key("a"), doc("a", "y", "n", strings.Repeat("n", 2<<20)), nil)
			return err
		}, http.StatusRequestEntityTooLarge, ""},
		"deeper than 128": {func(ctx context.Context) error {
			nested := strings.Repeat("[", 128) + strings.Repeat("]", 128)
			_, err := r.client.CreateItem(ctx, key("a"), []byte(`{"pk":"a","id":"y","n":`+nested+`}`), nil)
			return err
		}, http.StatusBadRequest, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, test.do(t.Context()), test.status, test.substatus)
		})
	}
	if diff := cmp.Diff([]string{"orders/a/x"}, r.ids(t)); diff != "" {
		t.Errorf("stored after refusals (-want +got):\n%s", diff)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, id := range map[string]string{
		"slash": "a/b", "backslash": `a\b`, "question mark": "a?b", "number sign": "a#b", "too long": strings.Repeat("é", 512),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.client.CreateItem(t.Context(), key("a"), doc("a", id), nil)
			wantRefusal(t, err, http.StatusBadRequest, "")
			batch := r.client.NewTransactionalBatch(key("a"))
			batch.CreateItem(doc("a", "fine"), nil)
			batch.CreateItem(doc("a", id), nil)
			wantBatch(t, r, batch, http.StatusMultiStatus, 424, 400)
		})
	}
	r.create(t, "a", strings.Repeat("i", 1023), "registration@prod", "..", "x:y", "ä ö")
	for _, id := range []string{"registration@prod", "x:y", "ä ö"} {
		if _, err := r.client.ReadItem(t.Context(), key("a"), id, nil); err != nil {
			t.Errorf("read %q: %v", id, err)
		}
	}
}

// Ids and keys that a careless store would confuse.
func TestItemsAreNotMixedUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "c")
	r.create(t, "a:b", "c")
	r.create(t, "1", "n")
	_, err := r.client.ReadItem(t.Context(), azcosmos.NewPartitionKeyNumber(1), "n", nil)
	wantRefusal(t, err, http.StatusNotFound, "")
	r.create(t, "r", "1", "2", "3", "4", "5", "6", "7", "8")
	var usable int
	for _, d := range r.Dump(t, r.database) {
		var stored struct {
			RID string `json:"_rid"`
		}
		if err := json.Unmarshal(d.Body, &stored); err != nil || stored.RID == "" {
			t.Fatalf("no resource id in %s: %v", d.Body, err)
		}
		if strings.Contains(stored.RID, "/") {
			continue // no id anyway
		}
		usable++
		_, err := r.client.ReadItem(t.Context(), key(d.Partition), stored.RID, nil)
		wantRefusal(t, err, http.StatusNotFound, "")
	}
	if usable == 0 {
		t.Error("no resource id could be an id")
	}
}

func TestMinimalAnswersHaveAnETagAndNoContent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	created, err := r.client.CreateItem(t.Context(), key("a"), doc("a", "x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(created.Value) != 0 || created.ETag == "" {
		t.Errorf("got content %q and etag %q, want none and one", created.Value, created.ETag)
	}
}

func TestUpsertAndPatch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, want := range []int{http.StatusCreated, http.StatusOK} {
		upserted, err := r.client.UpsertItem(t.Context(), key("a"), doc("a", "x"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := upserted.RawResponse.StatusCode; got != want {
			t.Errorf("upsert: got %d, want %d", got, want)
		}
	}
	var patch azcosmos.PatchOperations
	patch.AppendSet("/n", "2")
	if _, err := r.client.PatchItem(t.Context(), key("a"), "x", patch, nil); err != nil {
		t.Fatal(err)
	}
	var got struct{ N string }
	if err := json.Unmarshal(r.Dump(t, r.database)[0].Body, &got); err != nil || got.N != "2" {
		t.Errorf("after patch: got %+v, %v", got, err)
	}
}
