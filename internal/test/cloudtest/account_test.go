// SPDX-License-Identifier: Apache-2.0

package cloudtest_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"
	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

func TestAccountTakesOnlyTokensMeantForIt(t *testing.T) {
	t.Parallel()
	c, other := cloudtest.Start(t, cloudtest.Config{}), cloudtest.Start(t, cloudtest.Config{})
	good := access(t, c, scope)
	auth := func(text string) map[string]string { return map[string]string{"Authorization": text} }
	for _, test := range []struct {
		name   string
		header map[string]string
		status int
		text   string
	}{
		{"its own", aad(good), 200, `"id":"acme"`},
		{"escaped", auth(url.QueryEscape("type=aad&ver=1.0&sig=" + good)), 200, `"id":"acme"`},
		{"of all accounts", aad(access(t, c, "https://cosmos.azure.com/.default")), 200, `"id":"acme"`},
		{"of another account", aad(access(t, c, "https://other.documents.azure.com/.default")), 401, "intended for [https://other.documents.azure.com]"},
		{"of the management", aad(access(t, c, "https://management.azure.com/.default")), 401, "intended for"},
		{"of another Entra", aad(access(t, other, scope)), 401, "invalid signature"},
		{"an assertion", aad(c.Mint(nil)), 401, "not trusted by this database account"},
		{"nonsense", aad("x"), 401, "malformed"},
		{"none", nil, 401, "authorization is missing"},
		{"a key", auth("type=master&ver=1.0&sig=abc="), 401, "Local Authorization is disabled"},
		{"a bearer", auth("Bearer " + good), 401, "Local Authorization is disabled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := send(t, c, http.MethodGet, accountURL+"/", "", test.header)
			if r.status != test.status || !strings.Contains(r.body, test.text) {
				t.Errorf("got %d %s, want %d with %q", r.status, r.body, test.status, test.text)
			}
			if test.status == 401 && r.field(t, "code") != http.StatusText(test.status) {
				t.Errorf("code %v", r.field(t, "code"))
			}
		})
	}
}

func TestAccessTokensEnd(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{TokenLife: 2 * time.Second})
	token := access(t, c, scope)
	time.Sleep(5 * time.Second) // claims have whole seconds, so it ends within the second one, and three of leeway
	if r := send(t, c, http.MethodGet, accountURL+"/", "", aad(token)); r.status != 401 || !strings.Contains(r.body, "has been expired since") {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

// TestAccountRoles grants one action at a time, and tries all of them.
func TestAccountRoles(t *testing.T) {
	t.Parallel()
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url})
	token := access(t, c, scope)
	type request struct {
		action, method, path, body string
		header                     map[string]string
	}
	requests := []request{
		{"readMetadata", http.MethodGet, "/dbs/roster/colls/orders", "", nil},
		{"items/read", http.MethodGet, docs + "/a", "", nil},
		{"items/create", http.MethodPost, docs, `{"id":"a"}`, nil},
		{"items/upsert", http.MethodPost, docs, `{"id":"a"}`, map[string]string{"x-ms-documentdb-is-upsert": "True"}},
		{"items/replace", http.MethodPut, docs + "/a", `{"id":"a"}`, nil},
		{"items/replace", http.MethodPatch, docs + "/a", `{}`, nil},
		{"items/delete", http.MethodDelete, docs + "/a", "", nil},
		{"executeQuery", http.MethodPost, docs, `{"query":"SELECT * FROM c"}`, map[string]string{"x-ms-documentdb-query": "True"}},
		{"executeQuery", http.MethodGet, docs, "", nil},
		{"readChangeFeed", http.MethodGet, docs, "", map[string]string{"A-IM": "Incremental Feed"}},
	}
	for member, action := range map[string]string{
		"Create": "items/create", "Upsert": "items/upsert", "Replace": "items/replace", "Delete": "items/delete", "Read": "items/read",
	} {
		body := `[{"operationType":"` + member + `","id":"a","resourceBody":{"id":"a"}}]`
		requests = append(requests, request{action, http.MethodPost, docs, body, map[string]string{"x-ms-cosmos-is-batch-request": "True"}})
	}
	for _, granted := range []string{
		"readMetadata", "items/read", "items/create", "items/upsert", "items/replace", "items/delete", "executeQuery", "readChangeFeed",
	} {
		c.Roles(granted)
		for _, asked := range requests {
			header := aad(token)
			maps.Copy(header, asked.header)
			r := send(t, c, asked.method, accountURL+asked.path, asked.body, header)
			if asked.action == granted {
				if r.status == http.StatusForbidden || r.err != nil {
					t.Errorf("%s %s with %s: %d %s", asked.method, asked.path, granted, r.status, r.body)
				}
				continue
			}
			named := asked.action == "readMetadata" && strings.Contains(r.body, "[Microsoft.DocumentDB/databaseAccounts/readMetadata]") ||
				strings.Contains(r.body, "[Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/"+asked.action+"]")
			if r.status != http.StatusForbidden || r.header.Get("x-ms-substatus") != "5301" || !named {
				t.Errorf("%s %s with only %s: %d %s", asked.method, asked.path, granted, r.status, r.body)
			}
		}
	}
}

func TestAccountIsNotManagedByTokens(t *testing.T) {
	t.Parallel()
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url})
	header := aad(access(t, c, scope))
	for _, line := range []string{
		"POST /dbs", "DELETE /dbs/roster", "POST /dbs/roster/colls", "PUT /dbs/roster/colls/orders", "DELETE /dbs/roster/colls/orders",
		"GET /offers", "POST /dbs/roster/colls/orders/sprocs", "GET /dbs/roster/users", "DELETE /dbs/roster/colls/orders/docs", "POST /",
	} {
		method, path, _ := strings.Cut(line, " ")
		r := send(t, c, method, accountURL+path, "{}", header)
		if r.status != http.StatusForbidden || r.header.Get("x-ms-substatus") != "5300" || !strings.Contains(r.body, "["+line+"]") {
			t.Errorf("%s: %d %s", line, r.status, r.body)
		}
	}
	if len(items.requests) != 0 {
		t.Errorf("%d requests went through", len(items.requests))
	}
}

// TestUpstreamIsHidden checks which headers are forwarded and which must not be.
func TestUpstreamIsHidden(t *testing.T) {
	t.Parallel()
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url})
	r := send(t, c, http.MethodPost, accountURL+docs, `{"id":"a"}`, aad(access(t, c, scope)))
	if r.status != http.StatusCreated || r.body != `{"id":"a"}` || r.header.Get("etag") != `"1"` || r.header.Get("x-ms-session-token") != "0:-1#7" {
		t.Errorf("got %d %s %v", r.status, r.body, r.header)
	}
	if got, want := r.header.Get("Content-Location"), accountURL+docs; got != want {
		t.Errorf("content-location %s, want %s", got, want)
	}
	bare := cloudtest.Start(t, cloudtest.Config{})
	if r := send(t, bare, http.MethodGet, accountURL+docs+"/a", "", aad(access(t, bare, scope))); r.status != http.StatusNotFound {
		t.Errorf("nothing behind the account: %d %s", r.status, r.body)
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url, Regions: []string{"West Europe", "North Europe"}})
	header := aad(access(t, c, scope))
	west, north := "https://acme-westeurope.documents.azure.com", "https://acme-northeurope.documents.azure.com"
	write := func(host string) reply { return send(t, c, http.MethodPost, host+docs, `{"id":"a"}`, header) }
	if r := write(west); r.status != http.StatusCreated {
		t.Errorf("write region: %d %s", r.status, r.body)
	}
	if r := write(north); r.status != http.StatusForbidden || r.header.Get("x-ms-substatus") != "3" {
		t.Errorf("read region: %d %s", r.status, r.body)
	}
	if r := send(t, c, http.MethodGet, north+docs+"/a", "", header); r.status != http.StatusOK {
		t.Errorf("read in the read region: %d %s", r.status, r.body)
	}
	c.WriteRegion("North Europe")
	if r := write(north); r.status != http.StatusCreated {
		t.Errorf("after the failover: %d %s", r.status, r.body)
	}
	if r := write(west); r.header.Get("x-ms-substatus") != "3" {
		t.Errorf("the old write region: %d %s", r.status, r.body)
	}
	if diff := cmp.Diff([]string{north + ":443/"}, endpoints(t, c, header, "writableLocations")); diff != "" {
		t.Errorf("writable (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{north + ":443/", west + ":443/"}, endpoints(t, c, header, "readableLocations")); diff != "" {
		t.Errorf("readable (-want +got):\n%s", diff)
	}
	c.Down("West Europe")
	r := send(t, c, http.MethodGet, west+docs+"/a", "", header)
	if _, refused := errors.AsType[tls.RecordHeaderError](r.err); !refused {
		t.Errorf("a region that is down: %d, error %v", r.status, r.err)
	}
	c.Up("West Europe")
	if r := send(t, c, http.MethodGet, west+docs+"/a", "", header); r.err != nil {
		t.Errorf("a region that is up again: %v", r.err)
	}
}

func endpoints(t *testing.T, c *cloudtest.Cloud, header map[string]string, list string) []string {
	t.Helper()
	var document map[string]json.RawMessage
	var locations []struct{ DatabaseAccountEndpoint string }
	r := send(t, c, http.MethodGet, accountURL+"/", "", header)
	if err := errors.Join(json.Unmarshal([]byte(r.body), &document), json.Unmarshal(document[list], &locations)); err != nil {
		t.Fatal(err)
	}
	var hosts []string
	for _, location := range locations {
		hosts = append(hosts, location.DatabaseAccountEndpoint)
	}
	return hosts
}

// TestFailover checks that azcosmos reads from the other region by itself.
func TestFailover(t *testing.T) {
	t.Parallel()
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url, Regions: []string{"West Europe", "North Europe"}})
	container, key := orders(t, c, "West Europe", "North Europe"), azcosmos.NewPartitionKeyString("a")
	if _, err := container.CreateItem(t.Context(), key, []byte(`{"id":"one","pk":"a"}`), nil); err != nil {
		t.Fatal(err)
	}
	c.Down("West Europe")
	if _, err := container.ReadItem(t.Context(), key, "one", nil); err != nil {
		t.Fatal(err)
	}
	log := c.Log()
	if host := log[len(log)-1].Host; host != "acme-northeurope.documents.azure.com" {
		t.Errorf("read from %s", host)
	}
}

// TestPlantedEndpoint is the control: azcosmos follows every endpoint in the account
// document.
func TestPlantedEndpoint(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	c.AccountDocument(func(document map[string]any) {
		planted := []any{map[string]any{"name": "West Europe", "databaseAccountEndpoint": "https://acme.evil.example:443/"}}
		document["writableLocations"], document["readableLocations"] = planted, planted
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // it would try for ten
	defer cancel()
	_, err := orders(t, c, "West Europe").ReadItem(ctx, azcosmos.NewPartitionKeyString("a"), "one", nil)
	if err == nil {
		t.Error("the planted host answered")
	}
	if foreign := c.Foreign(); len(foreign) == 0 || foreign[0] != "acme.evil.example:443" {
		t.Errorf("foreign hosts: %v", foreign)
	}
}
