// SPDX-License-Identifier: Apache-2.0

package cloudtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

func TestForeignHosts(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	for _, target := range []string{"https://evil.example/x", "http://plain.example/token", "https://acme.documents.azure.com:8443/", "http://acme.documents.azure.com/"} {
		if r := send(t, c, http.MethodGet, target, "", nil); r.err == nil && r.status != http.StatusBadGateway {
			t.Errorf("%s answered %d", target, r.status)
		}
	}
	want := []string{"evil.example:443", "plain.example", "acme.documents.azure.com:8443", "acme.documents.azure.com"}
	if diff := cmp.Diff(want, c.Foreign()); diff != "" {
		t.Errorf("foreign hosts (-want +got):\n%s", diff)
	}
	for _, x := range c.Log() {
		if x.N != 0 || !x.Foreign {
			t.Errorf("noted as number %d, foreign %v", x.N, x.Foreign)
		}
	}
}

// TestFronting requests one host through the tunnel of another.
func TestFronting(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://gitlab.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "evil.example"
	response, err := c.Transport().RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("got %d", response.StatusCode)
	}
	if diff := cmp.Diff([]string{"evil.example"}, c.Foreign()); diff != "" {
		t.Errorf("foreign hosts (-want +got):\n%s", diff)
	}
}

func TestHandle(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	c.Handle("management.azure.com", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Host+r.URL.Path)
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write(body)
	}))
	r := send(t, c, http.MethodPut, "https://management.azure.com/subscriptions/1", "body", nil)
	if r.status != http.StatusAccepted || r.body != "body" || r.header.Get("X-Seen") != "management.azure.com/subscriptions/1" {
		t.Errorf("got %d %s %v", r.status, r.body, r.header)
	}
	want := []cloudtest.Exchange{{
		N: 1, Method: http.MethodPut, Host: "management.azure.com", Path: "/subscriptions/1", Kind: cloudtest.KindOther, Status: http.StatusAccepted, Served: true,
	}}
	if diff := cmp.Diff(want, c.Log()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// TestFaults checks each fault from the client's side, and whether the request was
// served.
func TestFaults(t *testing.T) {
	t.Parallel()
	busy := map[string]string{"x-ms-substatus": "3200", "x-ms-retry-after-ms": "40"}
	for _, test := range []struct {
		name   string
		fault  cloudtest.Fault
		stored bool
		check  func(reply) error
	}{
		{"none", cloudtest.Fault{}, true, answers(201, nil)},
		{"cut before", cloudtest.Fault{Cut: true}, false, breaks},
		{"cut after", cloudtest.Fault{Cut: true, After: true}, true, breaks},
		{"withheld", cloudtest.Fault{After: true}, true, breaks},
		{"429", cloudtest.Fault{Status: 429, Substatus: 3200, RetryAfter: 40 * time.Millisecond}, false, answers(429, busy)},
		{"503 after", cloudtest.Fault{Status: 503, After: true}, true, answers(503, nil)},
		{"449", cloudtest.Fault{Status: 449}, false, answers(449, nil)},
		{"truncated", cloudtest.Fault{Truncate: true}, true, func(r reply) error {
			if r.status != 201 || !errors.Is(r.err, io.ErrUnexpectedEOF) || r.body != `{"id"` || r.header.Get("Content-Length") != "10" {
				return fmt.Errorf("got %d %q, error %w", r.status, r.body, r.err)
			}
			return nil
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			items := startItems(t)
			c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url})
			header := aad(access(t, c, scope))
			var asked []cloudtest.Exchange
			done, storedThen := false, false
			test.fault.Do = func() { done, storedThen = true, items.has("a") }
			c.OnRequest(func(x cloudtest.Exchange) cloudtest.Fault {
				asked = append(asked, x)
				return test.fault
			})
			if err := test.check(send(t, c, http.MethodPost, accountURL+docs, `{"id":"a"}`, header)); err != nil {
				t.Error(err)
			}
			if items.has("a") != test.stored {
				t.Errorf("stored %v, want %v", items.has("a"), test.stored)
			}
			if early := test.fault.After || test.fault.Truncate; !done || storedThen != early {
				t.Errorf("Do called: %v; the item was stored then: %v, want %v", done, storedThen, early)
			}
			if len(asked) != 1 || asked[0].N != 2 || asked[0].Kind != cloudtest.KindWrite || asked[0].Operations[0].ID != "a" {
				t.Errorf("asked about %+v", asked)
			}
			if last := c.Log()[1]; !last.Faulted || last.Served != test.stored {
				t.Errorf("noted %+v", last)
			}
		})
	}
}

// TestClientGone stops the client during its request, which is served nevertheless.
func TestClientGone(t *testing.T) {
	t.Parallel()
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url})
	token := access(t, c, scope)
	ctx, kill := context.WithCancel(t.Context())
	c.OnRequest(func(cloudtest.Exchange) cloudtest.Fault { return cloudtest.Fault{Do: kill} })
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, accountURL+docs, strings.NewReader(`{"id":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Authorization": {aad(token)["Authorization"]}}
	if response, err := c.Transport().RoundTrip(request); err == nil {
		_ = response.Body.Close()
		t.Fatal("an answer came")
	}
	for c.Log()[1].Status == 0 {
		time.Sleep(time.Millisecond)
	}
	if !items.has("a") {
		t.Error("nothing was stored")
	}
}

func answers(status int, header map[string]string) func(reply) error {
	return func(r reply) error {
		if r.err != nil || r.status != status {
			return fmt.Errorf("got %d, error %w, want %d", r.status, r.err, status)
		}
		for name, want := range header {
			if got := r.header.Get(name); got != want {
				return fmt.Errorf("header %s is %q, want %q", name, got, want)
			}
		}
		return nil
	}
}

func breaks(r reply) error {
	if r.err == nil {
		return fmt.Errorf("answered %d", r.status)
	}
	return nil
}

// TestFaultsInTheWordsOfTheHost compares how two hosts say that they are busy.
func TestFaultsInTheWordsOfTheHost(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	c.OnRequest(func(cloudtest.Exchange) cloudtest.Fault {
		return cloudtest.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1500 * time.Millisecond}
	})
	r := exchange(t, c, c.Mint(nil), scope, nil)
	if r.status != 429 || r.header.Get("Retry-After") != "2" || r.field(t, "error") != "temporarily_unavailable" {
		t.Errorf("Entra: %d %v %s", r.status, r.header, r.body)
	}
	r = send(t, c, http.MethodGet, accountURL+"/", "", nil)
	if r.status != 429 || r.header.Get("x-ms-retry-after-ms") != "1500" || r.field(t, "code") != "TooManyRequests" {
		t.Errorf("Cosmos: %d %v %s", r.status, r.header, r.body)
	}
	c.OnRequest(nil)
	if r := send(t, c, http.MethodGet, accountURL+"/", "", nil); r.status != http.StatusUnauthorized {
		t.Errorf("without a fault: %d", r.status)
	}
}

func TestNumbersUnderLoad(t *testing.T) {
	t.Parallel()
	const clients, each = 8, 20
	c := cloudtest.Start(t, cloudtest.Config{})
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			client := &http.Client{Transport: c.Transport()}
			defer client.CloseIdleConnections()
			for range each {
				response, err := client.Get(cloudtest.GitLabIssuer + "/.well-known/openid-configuration")
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
	group.Wait()
	var numbers []int
	for _, x := range c.Log() {
		numbers = append(numbers, x.N)
	}
	if len(numbers) != clients*each || !slices.IsSorted(numbers) || numbers[0] != 1 || numbers[len(numbers)-1] != clients*each {
		t.Errorf("%d numbers: %v", len(numbers), numbers)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	token, environment := access(t, c, scope), strings.Join(c.GitLabEnv(), "\n")
	secrets := c.Secrets()
	if !slices.Contains(secrets, token) || !slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(environment, "ROSTER_ID_TOKEN="+s) }) {
		t.Errorf("the access token or the assertion is not among the %d secrets", len(secrets))
	}
}
