// SPDX-License-Identifier: Apache-2.0

package cosmosfront_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"
	"github.com/google/go-cmp/cmp"
)

// wantBatch executes a batch and asserts its status and those of its
// operations.
func wantBatch(t *testing.T, r rig, batch azcosmos.TransactionalBatch, status int, want ...int32) azcosmos.TransactionalBatchResponse {
	t.Helper()
	answer, err := r.client.ExecuteTransactionalBatch(t.Context(), batch, &azcosmos.TransactionalBatchOptions{EnableContentResponseOnWrite: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.RawResponse.StatusCode; got != status || answer.Success != (status == http.StatusOK) {
		t.Errorf("got %d, success %t, want %d", got, answer.Success, status)
	}
	var got []int32
	for _, result := range answer.OperationResults {
		got = append(got, result.StatusCode)
		if stored := len(result.ResourceBody) > 0; result.StatusCode >= 400 && (stored || result.ETag != "") {
			t.Errorf("an operation that failed has content %s or etag %q", result.ResourceBody, result.ETag)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses of operations (-want +got):\n%s", diff)
	}
	return answer
}

func TestBatchIsWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "head", "old")
	read, err := r.client.ReadItem(t.Context(), key("a"), "head", nil)
	if err != nil {
		t.Fatal(err)
	}
	batch := r.client.NewTransactionalBatch(key("a"))
	batch.CreateItem(doc("a", "event-1"), nil)
	batch.ReplaceItem("head", doc("a", "head", "n", "1"), &azcosmos.TransactionalBatchItemOptions{IfMatchETag: &read.ETag})
	batch.ReadItem("event-1", nil)
	batch.UpsertItem(doc("a", "event-2"), nil)
	batch.DeleteItem("old", nil)
	answer := wantBatch(t, r, batch, http.StatusOK, 201, 200, 200, 201, 204)
	head, err := r.client.ReadItem(t.Context(), key("a"), "head", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.OperationResults[1]; got.ETag != head.ETag || string(got.ResourceBody) != string(head.Value) {
		t.Errorf("the batch tells %q %s, stored is %q %s", got.ETag, got.ResourceBody, head.ETag, head.Value)
	}
	if diff := cmp.Diff([]string{"orders/a/event-1", "orders/a/event-2", "orders/a/head"}, r.ids(t)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

// A failed batch leaves no trace, including etags, for every failing operation at
// every position.
func TestBatchIsUndone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "head", "other")
	stale := azcosmos.TransactionalBatchItemOptions{IfMatchETag: new(azcore.ETag(`"00000000-0000-0d00-0000-000000000000"`))}
	var patch azcosmos.PatchOperations
	patch.AppendSet("/n", "patched")
	failures := map[string]struct {
		add    func(b *azcosmos.TransactionalBatch)
		status int32
	}{
		"create an existing item":  {func(b *azcosmos.TransactionalBatch) { b.CreateItem(doc("a", "other"), nil) }, 409},
		"create twice":             {func(b *azcosmos.TransactionalBatch) { b.CreateItem(doc("a", "new-0"), nil) }, 409},
		"replace under stale etag": {func(b *azcosmos.TransactionalBatch) { b.ReplaceItem("other", doc("a", "other"), &stale) }, 412},
		"delete under stale etag":  {func(b *azcosmos.TransactionalBatch) { b.DeleteItem("other", &stale) }, 412},
		"patch under stale etag":   {func(b *azcosmos.TransactionalBatch) { b.PatchItem("other", patch, &stale) }, 412},
		"replace a missing item":   {func(b *azcosmos.TransactionalBatch) { b.ReplaceItem("none", doc("a", "none"), nil) }, 404},
		"read a missing item":      {func(b *azcosmos.TransactionalBatch) { b.ReadItem("none", nil) }, 404},
		"another key":              {func(b *azcosmos.TransactionalBatch) { b.CreateItem(doc("b", "x"), nil) }, 400},
		"another id":               {func(b *azcosmos.TransactionalBatch) { b.ReplaceItem("other", doc("a", "head"), nil) }, 400},
	}
	before := r.Dump(t, r.database)
	for name, failure := range failures {
		t.Run(name, func(t *testing.T) {
			batch := r.client.NewTransactionalBatch(key("a"))
			batch.CreateItem(doc("a", "new-0"), nil)
			batch.ReplaceItem("head", doc("a", "head", "n", "1"), nil)
			batch.ReplaceItem("head", doc("a", "head", "n", "2"), nil)
			batch.PatchItem("head", patch, nil)
			batch.DeleteItem("head", nil)
			batch.CreateItem(doc("a", "head", "n", "3"), nil)
			failure.add(&batch)
			batch.CreateItem(doc("a", "new-1"), nil)
			wantBatch(t, r, batch, http.StatusMultiStatus, 424, 424, 424, 424, 424, 424, failure.status, 424)
			if diff := cmp.Diff(before, r.Dump(t, r.database)); diff != "" {
				t.Errorf("stored before (-) and after (+):\n%s", diff)
			}
		})
	}
	// Operations that were undone can be repeated.
	batch := r.client.NewTransactionalBatch(key("a"))
	batch.CreateItem(doc("a", "new-0"), nil)
	wantBatch(t, r, batch, http.StatusOK, 201)
}

func TestBatchLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	batchOf := func(n, size int) azcosmos.TransactionalBatch {
		batch := r.client.NewTransactionalBatch(key("a"))
		for i := range n {
			batch.CreateItem(doc("a", fmt.Sprintf("%d-%d", n, i), "n", strings.Repeat("n", size)), nil)
		}
		return batch
	}
	_, err := r.client.ExecuteTransactionalBatch(t.Context(), batchOf(101, 1), nil)
	wantRefusal(t, err, http.StatusBadRequest, "")
	_, err = r.client.ExecuteTransactionalBatch(t.Context(), batchOf(3, 1<<20), nil)
	wantRefusal(t, err, http.StatusRequestEntityTooLarge, "")
	r.send(t, request{http.MethodPost, "/docs", "[]", map[string]string{
		"x-ms-cosmos-is-batch-request": "True", "x-ms-documentdb-partitionkey": `["a"]`,
	}}).want(t, http.StatusBadRequest, "")
	r.send(t, request{http.MethodPost, "/docs", `[{"operationType":"Create","resourceBody":{"id":"x","pk":"a"}}]`, map[string]string{
		"x-ms-cosmos-is-batch-request": "True",
	}}).want(t, http.StatusBadRequest, "")
	if got := r.ids(t); len(got) != 0 {
		t.Errorf("stored after refusals: %v", got)
	}
	if answer, err := r.client.ExecuteTransactionalBatch(t.Context(), batchOf(100, 1), nil); err != nil || !answer.Success {
		t.Errorf("100 operations: %v", err)
	}
	if got := len(r.ids(t)); got != 100 {
		t.Errorf("%d documents are stored, want 100", got)
	}
}

// For a batch without content, azcosmos documents that the service sends no payload:
// then only the status shows the success.
func TestMinimalBatchHasNoResults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	batch := r.client.NewTransactionalBatch(key("a"))
	batch.CreateItem(doc("a", "x"), nil)
	answer, err := r.client.ExecuteTransactionalBatch(t.Context(), batch, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !answer.Success || len(answer.OperationResults) != 0 {
		t.Errorf("got success %t and %d results, want success and none", answer.Success, len(answer.OperationResults))
	}
	if got := r.ids(t); len(got) != 1 {
		t.Errorf("stored: %v", got)
	}
}
