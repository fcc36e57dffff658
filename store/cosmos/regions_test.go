// SPDX-License-Identifier: Apache-2.0

package cosmos_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/test/cloudtest"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/cosmos"
	"github.com/appofapps/roster/store/storetest"
)

// account opens a store at an account in two regions, by way of federation.
func account(t *testing.T, query string) (*cloudtest.Cloud, *cosmos.Store) {
	t.Helper()
	f := front.Front(t)
	cloud := cloudtest.Start(t, cloudtest.Config{Upstream: f.URL, Regions: []string{"West Europe", "North Europe"}})
	env := map[string]string{}
	for _, pair := range cloud.GitHubEnv() {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	client := &http.Client{
		Transport:     cloud.Transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	getenv := func(name string) string { return env[name] }
	who, err := identity.New(identity.Config{Getenv: getenv, IDToken: ci.IDToken(getenv, client, &strings.Builder{}), CI: true, Transport: client})
	if err != nil {
		t.Fatal(err)
	}
	address, err := cosmos.ParseAddress("https://acme.documents.azure.com/" + f.Database(t, storetest.Containers()...) + query)
	if err != nil {
		t.Fatal(err)
	}
	st, err := cosmos.Open(address, cosmos.Config{Credential: who, HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return cloud, st
}

// hosts returns where the requests of one kind went, in order and each once.
func hosts(cloud *cloudtest.Cloud, kind cloudtest.Kind) []string {
	var list []string
	for _, e := range cloud.Log() {
		if e.Kind == kind && e.Status != 0 && e.Status < 500 && e.Substatus != 3 {
			list = append(list, e.Host)
		}
	}
	return slices.Compact(list)
}

const (
	west  = "acme-westeurope.documents.azure.com"
	north = "acme-northeurope.documents.azure.com"
)

func key() store.Key {
	return store.Key{Container: "orders", Partition: "checkout", ID: store.EventID(1)}
}

func TestReadsGoWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	cloud, st := account(t, "?regions=northeurope,westeurope")
	if _, err := st.Commit(t.Context(), two()); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Read(t.Context(), key()); err != nil {
		t.Fatal(err)
	}
	if writes, reads := hosts(cloud, cloudtest.KindBatch), hosts(cloud, cloudtest.KindRead); !slices.Equal(writes, []string{west}) || !slices.Equal(reads, []string{north}) {
		t.Errorf("writes went to %q, reads to %q", writes, reads)
	}
}

func TestReadsFailOver(t *testing.T) {
	t.Parallel()
	cloud, st := account(t, "?regions=northeurope,westeurope")
	if _, err := st.Commit(t.Context(), two()); err != nil {
		t.Fatal(err)
	}
	cloud.Down("North Europe")
	if _, err := st.Read(t.Context(), key()); err != nil {
		t.Fatal(err)
	}
	if reads := hosts(cloud, cloudtest.KindRead); !slices.Equal(reads, []string{west}) {
		t.Errorf("reads went to %q", reads)
	}
}

func TestWritesFollowTheWriteRegion(t *testing.T) {
	t.Parallel()
	cloud, st := account(t, "")
	if _, err := st.Read(t.Context(), key()); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	cloud.WriteRegion("North Europe")
	if _, err := st.Commit(t.Context(), two()); err != nil {
		t.Fatal(err)
	}
	if writes := hosts(cloud, cloudtest.KindBatch); !slices.Equal(writes, []string{north}) {
		t.Errorf("writes went to %q", writes)
	}
	if foreign := cloud.Foreign(); len(foreign) > 0 {
		t.Errorf("requests to %q", foreign)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	_, st := account(t, "")
	if entries, err := st.Entries(t.Context(), "nowhere", store.TypeRegistration); err != nil || len(entries) != 0 {
		t.Errorf("entries %v, error %v", entries, err)
	}
	c := two()
	c.Container = "elsewhere"
	if _, err := st.Commit(t.Context(), c); !errors.Is(err, store.ErrNoContainer) || !strings.Contains(err.Error(), "roster store init") {
		t.Errorf("error %v", err)
	}
	if missing := st.Missing(); !slices.Equal(missing, []string{"nowhere"}) {
		t.Errorf("missing are %q", missing)
	}
}
