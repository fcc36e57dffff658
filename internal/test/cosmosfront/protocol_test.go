// SPDX-License-Identifier: Apache-2.0

package cosmosfront_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"
	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/test/cosmosfront"
)

const keyA = `["a"]`

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "x")
	ofA := map[string]string{"x-ms-documentdb-partitionkey": keyA}
	requests := map[string]request{
		"account":         {http.MethodGet, "//", "", nil},
		"database":        {http.MethodGet, "//dbs/" + r.database, "", nil},
		"container":       {http.MethodGet, "", "", nil},
		"item":            {http.MethodGet, "/docs/x", "", ofA},
		"no item":         {http.MethodGet, "/docs/y", "", ofA},
		"no key":          {http.MethodGet, "/docs/x", "", nil},
		"conflict":        {http.MethodPost, "/docs", `{"id":"x","pk":"a"}`, ofA},
		"ranges":          {http.MethodGet, "/pkranges", "", nil},
		"change feed":     {http.MethodGet, "/docs", "", map[string]string{"A-IM": "Incremental Feed"}},
		"nothing":         {http.MethodGet, "//nothing", "", nil},
		"body of no JSON": {http.MethodPost, "/docs", `{`, ofA},
	}
	seen := map[string]bool{}
	for name, q := range requests {
		got := r.send(t, q)
		for _, header := range []string{"x-ms-activity-id", "x-ms-request-charge", "x-ms-session-token"} {
			if got.header.Get(header) == "" {
				t.Errorf("%s: no %s", name, header)
			}
		}
		if id := got.header.Get("x-ms-activity-id"); seen[id] {
			t.Errorf("%s: activity id %s twice", name, id)
		} else {
			seen[id] = true
		}
	}
}

func TestRawRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, "a", "x")
	with := func(name, value string) map[string]string {
		return map[string]string{"x-ms-documentdb-partitionkey": keyA, name: value}
	}
	tests := map[string]struct {
		request   request
		status    int
		substatus string
	}{
		"item without a key":    {request{http.MethodGet, "/docs/x", "", nil}, 400, ""},
		"delete without a key":  {request{http.MethodDelete, "/docs/x", "", nil}, 400, ""},
		"key that is no JSON":   {request{http.MethodGet, "/docs/x", "", with("x-ms-documentdb-partitionkey", "a")}, 400, ""},
		"key of two components": {request{http.MethodGet, "/docs/x", "", with("x-ms-documentdb-partitionkey", `["a","b"]`)}, 400, ""},
		"key of 2049 bytes":     {request{http.MethodGet, "/docs/x", "", with("x-ms-documentdb-partitionkey", `["`+strings.Repeat("k", 2049)+`"]`)}, 400, ""},
		"id with a slash":       {request{http.MethodGet, "/docs/a%2Fb", "", with("x-a", "b")}, 400, ""},
		"body that is no JSON":  {request{http.MethodPost, "/docs", "{", with("x-a", "b")}, 400, ""},
		"body that is a list":   {request{http.MethodPost, "/docs", "[]", with("x-a", "b")}, 400, ""},
		"change feed":           {request{http.MethodGet, "/docs", "", with("A-IM", "Incremental Feed")}, 501, ""},
		"query plan":            {request{http.MethodPost, "/docs", "{}", with("x-ms-cosmos-is-query-plan-request", "True")}, 501, ""},
		"stored procedure":      {request{http.MethodPost, "/sprocs", "{}", nil}, 501, ""},
		"unknown range":         {request{http.MethodPost, "/docs", `{"query":"SELECT * FROM c"}`, map[string]string{"content-type": "application/query+json", "x-ms-documentdb-partitionkeyrangeid": "7"}}, 410, "1002"},
		"query of a bad body":   {request{http.MethodPost, "/docs", `null`, with("content-type", "application/query+json")}, 400, ""},
		"missing database":      {request{http.MethodGet, "//dbs/nothing", "", nil}, 404, ""},
		"missing container":     {request{http.MethodGet, "//dbs/" + r.database + "/colls/nothing", "", nil}, 404, ""},
		"container of no owner": {request{http.MethodGet, "//dbs/nothing/colls/nothing", "", nil}, 404, "1003"},
		"item of no owner":      {request{http.MethodGet, "//dbs/nothing/colls/c/docs/x", "", with("x-a", "b")}, 404, "1003"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { r.send(t, test.request).want(t, test.status, test.substatus) })
	}
}

func TestPartitionKeyRanges(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := r.send(t, request{http.MethodGet, "/pkranges", "", map[string]string{"A-IM": "Incremental Feed"}})
	got.want(t, http.StatusOK, "")
	if !strings.Contains(got.body, `"id":"0"`) {
		t.Errorf("the range's id is no text: %s", got.body)
	}
	etag := got.header.Get("etag")
	again := r.send(t, request{http.MethodGet, "/pkranges", "", map[string]string{"If-None-Match": etag}})
	again.want(t, http.StatusNotModified, "")
	if again.header.Get("etag") != etag || again.body != "" {
		t.Errorf("not modified: etag %q, body %q, want %q and none", again.header.Get("etag"), again.body, etag)
	}
}

// lsn is the count in a session token.
func lsn(t *testing.T, token string) int {
	t.Helper()
	_, text, _ := strings.Cut(token, "#")
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("session token %q: %v", token, err)
	}
	return n
}

func TestSessionTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	created, err := r.client.CreateItem(t.Context(), key("a"), doc("a", "x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	batch := r.client.NewTransactionalBatch(key("a"))
	batch.CreateItem(doc("a", "y"), nil)
	batch.CreateItem(doc("a", "z"), nil)
	written, err := r.client.ExecuteTransactionalBatch(t.Context(), batch, nil)
	if err != nil {
		t.Fatal(err)
	}
	if before, after := lsn(t, *created.SessionToken), lsn(t, written.SessionToken); after != before+1 {
		t.Errorf("a batch took the count from %d to %d", before, after)
	}
	wantBatch(t, r, batch, http.StatusMultiStatus, 409, 424)
	session := &azcosmos.ItemOptions{SessionToken: &written.SessionToken, ConsistencyLevel: azcosmos.ConsistencyLevelSession.ToPtr()}
	read, err := r.client.ReadItem(t.Context(), key("a"), "y", session)
	if err != nil {
		t.Fatal(err)
	}
	if *read.SessionToken != written.SessionToken {
		t.Errorf("after reads and refusals the token is %s, want %s", *read.SessionToken, written.SessionToken)
	}
	future := "0:-1#" + strconv.Itoa(lsn(t, written.SessionToken)+1)
	_, err = r.client.ReadItem(t.Context(), key("a"), "y", &azcosmos.ItemOptions{SessionToken: &future})
	wantRefusal(t, err, http.StatusNotFound, "1002")
	_, _, err = r.query(t, "SELECT c.id FROM c", key("a"), &azcosmos.QueryOptions{SessionToken: &future})
	wantRefusal(t, err, http.StatusNotFound, "1002")
	eventual := &azcosmos.ItemOptions{SessionToken: &future, ConsistencyLevel: azcosmos.ConsistencyLevelEventual.ToPtr()}
	if _, err := r.client.ReadItem(t.Context(), key("a"), "y", eventual); err != nil {
		t.Errorf("an eventual read heeds the token: %v", err)
	}
	strong := &azcosmos.ItemOptions{ConsistencyLevel: azcosmos.ConsistencyLevelStrong.ToPtr()}
	_, err = r.client.ReadItem(t.Context(), key("a"), "y", strong)
	wantRefusal(t, err, http.StatusBadRequest, "")
	bad := "nonsense"
	_, err = r.client.ReadItem(t.Context(), key("a"), "y", &azcosmos.ItemOptions{SessionToken: &bad})
	wantRefusal(t, err, http.StatusBadRequest, "")
}

func TestManagement(t *testing.T) {
	t.Parallel()
	r := rig{Front: front.Front(t)}
	r.database = r.Database(t) + "-own"
	client := r.account(t)
	if _, err := client.CreateDatabase(t.Context(), azcosmos.DatabaseProperties{ID: r.database}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := client.CreateDatabase(t.Context(), azcosmos.DatabaseProperties{ID: r.database}, nil)
	wantRefusal(t, err, http.StatusConflict, "")
	database, err := client.NewDatabase(r.database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := database.Read(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	want := azcosmos.PartitionKeyDefinition{Kind: azcosmos.PartitionKeyKindHash, Paths: []string{"/pk"}, Version: 2}
	properties := azcosmos.ContainerProperties{ID: container, PartitionKeyDefinition: want}
	if _, err := database.CreateContainer(t.Context(), properties, nil); err != nil {
		t.Fatal(err)
	}
	_, err = database.CreateContainer(t.Context(), properties, nil)
	wantRefusal(t, err, http.StatusConflict, "")
	r.client = r.container(t, container)
	read, err := r.client.Read(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read.ContainerProperties.PartitionKeyDefinition); diff != "" {
		t.Errorf("partition key (-want +got):\n%s", diff)
	}
	r.create(t, "a", "x")
	if _, err := r.client.Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	_, err = r.client.ReadItem(t.Context(), key("a"), "x", nil)
	wantRefusal(t, err, http.StatusNotFound, "1003")
	r.Provision(t, r.database, container)
	if got := r.ids(t); len(got) != 0 {
		t.Errorf("a new container has %v", got)
	}
	if _, err := database.Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	_, err = database.Read(t.Context(), nil)
	wantRefusal(t, err, http.StatusNotFound, "")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other := newRig(t)
	post := func(id string) request {
		return request{http.MethodPost, "/docs", `{"pk":"a","id":"` + id + `"}`, map[string]string{"x-ms-documentdb-partitionkey": keyA}}
	}
	r.Order(t, cosmosfront.Fault{Database: r.database, Status: 449, Count: 1})
	r.Order(t, cosmosfront.Fault{Database: r.database, Status: 429, Substatus: 3200, RetryAfterMs: 7, Count: 1, After: true})
	r.Provision(t, r.database) // not a request for items
	other.send(t, post("free")).want(t, http.StatusCreated, "")
	r.send(t, post("before")).want(t, 449, "")
	after := r.send(t, post("after"))
	after.want(t, http.StatusTooManyRequests, "3200")
	if got := after.header.Get("x-ms-retry-after-ms"); got != "7" {
		t.Errorf("retry after %q, want 7", got)
	}
	r.send(t, post("done")).want(t, http.StatusCreated, "")
	r.Order(t, cosmosfront.Fault{Database: r.database, Count: 1, After: true})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+"/dbs/"+r.database+"/colls/orders/docs", strings.NewReader(`{"pk":"a","id":"cut"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-ms-documentdb-partitionkey", keyA)
	if resp, err := new(http.Client).Do(req); err == nil {
		_ = resp.Body.Close()
		t.Errorf("got %s, want a connection that was cut", resp.Status)
	}
	if diff := cmp.Diff([]string{"orders/a/after", "orders/a/cut", "orders/a/done"}, r.ids(t)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}
