// SPDX-License-Identifier: Apache-2.0

package cosmosfront_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"

	"github.com/appofapps/roster/internal/test/cosmosfront"
)

// container is the container of every test.
const container = "orders"

var front cosmosfront.Shared

// rig is a database of one test.
type rig struct {
	*cosmosfront.Front
	database string
	client   *azcosmos.ContainerClient
}

func newRig(t *testing.T) rig {
	t.Helper()
	r := rig{Front: front.Front(t)}
	r.database = r.Database(t, container)
	r.client = r.container(t, container)
	return r
}

func (r rig) account(t *testing.T) *azcosmos.Client {
	t.Helper()
	credential, err := azcosmos.NewKeyCredential(cosmosfront.Key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := azcosmos.NewClientWithKey(r.URL, credential, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func (r rig) container(t *testing.T, name string) *azcosmos.ContainerClient {
	t.Helper()
	client, err := r.account(t).NewContainer(r.database, name)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// create stores documents of a partition by their ids.
func (r rig) create(t *testing.T, pk string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := r.client.CreateItem(t.Context(), key(pk), doc(pk, id), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// ids returns the stored documents as container/partition/id.
func (r rig) ids(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, d := range r.Dump(t, r.database) {
		ids = append(ids, d.Container+"/"+d.Partition+"/"+d.ID)
	}
	return ids
}

func key(pk string) azcosmos.PartitionKey { return azcosmos.NewPartitionKeyString(pk) }

// doc returns a document; more has further fields as alternating names and values.
func doc(pk, id string, more ...string) []byte {
	fields := map[string]string{"pk": pk, "id": id}
	for i := 0; i < len(more); i += 2 {
		fields[more[i]] = more[i+1]
	}
	body, err := json.Marshal(fields)
	if err != nil {
		panic("a map of texts is JSON")
	}
	return body
}

// wantRefusal checks the service's answer in an error of the SDK.
func wantRefusal(t *testing.T, err error, status int, substatus string) {
	t.Helper()
	refused, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		t.Fatalf("got error %v, want a refusal with status %d", err, status)
	}
	if got := refused.RawResponse.Header.Get("x-ms-substatus"); refused.StatusCode != status || got != substatus {
		t.Errorf("got %d/%s, want %d/%s: %v", refused.StatusCode, got, status, substatus, err)
	}
}

// request is a raw request that the SDK would hide or refuse.
type request struct {
	method  string
	path    string // below the container, or absolute with "//"
	body    string
	headers map[string]string
}

type response struct {
	status int
	header http.Header
	body   string
}

func (r rig) send(t *testing.T, q request) response {
	t.Helper()
	url := r.URL + "/dbs/" + r.database + "/colls/" + container + q.path
	if rest, ok := strings.CutPrefix(q.path, "//"); ok {
		url = r.URL + "/" + rest
	}
	req, err := http.NewRequestWithContext(t.Context(), q.method, url, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range q.headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, string(body)}
}

func (r response) want(t *testing.T, status int, substatus string) {
	t.Helper()
	if got := r.header.Get("x-ms-substatus"); r.status != status || got != substatus {
		t.Errorf("got %d/%s, want %d/%s: %s", r.status, got, status, substatus, r.body)
	}
}
