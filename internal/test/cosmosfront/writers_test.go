// SPDX-License-Identifier: Apache-2.0

package cosmosfront_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"
	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/internal/test/cosmosfront"
)

// errLost is returned for a commit after another writer's.
var errLost = errors.New("another writer was first")

// trail is a partition with a head that counts its entries.
type trail struct {
	client *azcosmos.ContainerClient
	pk     string
}

type head struct {
	ID    string `json:"id"`
	PK    string `json:"pk"`
	Count int    `json:"count"`
}

func (tr trail) open(ctx context.Context) error {
	body, err := json.Marshal(head{"head", tr.pk, 0})
	if err != nil {
		return err
	}
	_, err = tr.client.CreateItem(ctx, key(tr.pk), body, nil)
	return err
}

// append creates the entry after the head's and replaces the head under its
// etag. Errors: errLost.
func (tr trail) append(ctx context.Context, writer string) error {
	read, err := tr.client.ReadItem(ctx, key(tr.pk), "head", nil)
	if err != nil {
		return err
	}
	var h head
	if err := json.Unmarshal(read.Value, &h); err != nil {
		return err
	}
	h.Count++
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	batch := tr.client.NewTransactionalBatch(key(tr.pk))
	batch.CreateItem(doc(tr.pk, fmt.Sprintf("entry-%04d", h.Count), "writer", writer), nil)
	batch.ReplaceItem("head", body, &azcosmos.TransactionalBatchItemOptions{IfMatchETag: &read.ETag})
	answer, err := tr.client.ExecuteTransactionalBatch(ctx, batch, &azcosmos.TransactionalBatchOptions{EnableContentResponseOnWrite: true})
	if err != nil {
		return err
	}
	return committed(answer, 2)
}

// committed accepts a batch only if every operation succeeded: azcosmos treats every
// status but 207 as success.
func committed(answer azcosmos.TransactionalBatchResponse, operations int) error {
	if answer.Success && len(answer.OperationResults) != operations {
		return fmt.Errorf("%d results for %d operations", len(answer.OperationResults), operations)
	}
	for _, result := range answer.OperationResults {
		switch {
		case result.StatusCode < http.StatusBadRequest, result.StatusCode == http.StatusFailedDependency:
		case result.StatusCode == http.StatusConflict || result.StatusCode == http.StatusPreconditionFailed:
			return errLost
		default:
			return fmt.Errorf("an operation failed with %d", result.StatusCode)
		}
	}
	if !answer.Success {
		return errors.New("a batch failed, and none of its operations says why")
	}
	return nil
}

// Sixteen writers of one partition, each with a separate client. Invariants: there are
// as many entries as reported commits, numbered without a gap, the head names the last
// one, and every writer's entries exist.
func TestSixteenWriters(t *testing.T) {
	t.Parallel()
	const writers, commits = 16, 20
	r := newRig(t)
	if err := (trail{r.client, "app"}).open(t.Context()); err != nil {
		t.Fatal(err)
	}
	var trails []trail
	for range writers {
		trails = append(trails, trail{r.container(t, container), "app"})
	}
	lost, err := parallel.Map(t.Context(), writers, writers, func(ctx context.Context, writer int) (int, error) {
		lost := 0
		for done := 0; done < commits; {
			switch err := trails[writer].append(ctx, fmt.Sprint(writer)); {
			case err == nil:
				done++
			case errors.Is(err, errLost):
				lost++
			default:
				return lost, err
			}
		}
		return lost, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	conflicts := 0
	for _, n := range lost {
		conflicts += n
	}
	t.Logf("%d commits, %d conflicts", writers*commits, conflicts)
	if conflicts == 0 {
		t.Error("no writer met another: the test shows nothing")
	}
	documents := r.Dump(t, r.database)
	if len(documents) != writers*commits+1 {
		t.Fatalf("%d documents are stored, want %d", len(documents), writers*commits+1)
	}
	for i, d := range documents[:writers*commits] {
		if want := fmt.Sprintf("entry-%04d", i+1); d.ID != want {
			t.Fatalf("document %d is %s, want %s", i, d.ID, want)
		}
	}
	if diff := cmp.Diff(perWriter(writers, commits), writersOf(t, documents[:writers*commits])); diff != "" {
		t.Errorf("entries of each writer (-want +got):\n%s", diff)
	}
	var h head
	if err := json.Unmarshal(documents[writers*commits].Body, &h); err != nil || h.Count != writers*commits {
		t.Errorf("the head is at %d, want %d: %v", h.Count, writers*commits, err)
	}
}

func perWriter(writers, commits int) map[string]int {
	count := make(map[string]int, writers)
	for writer := range writers {
		count[fmt.Sprint(writer)] = commits
	}
	return count
}

func writersOf(t *testing.T, entries []cosmosfront.Document) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, entry := range entries {
		var body struct{ Writer string }
		if err := json.Unmarshal(entry.Body, &body); err != nil {
			t.Fatal(err)
		}
		count[body.Writer]++
	}
	return count
}

// The etag in a batch prevents lost updates.
func TestStaleHeadLoses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tr := trail{r.client, "app"}
	if err := tr.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	read, err := r.client.ReadItem(t.Context(), key("app"), "head", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.append(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	batch := r.client.NewTransactionalBatch(key("app"))
	batch.CreateItem(doc("app", "entry-9999"), nil)
	batch.ReplaceItem("head", doc("app", "head"), &azcosmos.TransactionalBatchItemOptions{IfMatchETag: &read.ETag})
	if err := committed(wantBatch(t, r, batch, http.StatusMultiStatus, 424, 412), 2); !errors.Is(err, errLost) {
		t.Errorf("got %v, want %v", err, errLost)
	}
}
