// SPDX-License-Identifier: Apache-2.0

package cosmos_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/cosmos"
)

// server is a service that answers as a test says. It covers answers, and no
// more: what Cosmos DB does is the business of the front.
type server struct {
	batches, reads, accounts atomic.Int64
	account                  func(n int64, w http.ResponseWriter, host string) bool // answers in the place of the account
	batch                    func(n int64, w http.ResponseWriter, body string)
	read                     func(n int64, w http.ResponseWriter) // batches of reads
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-ms-request-charge", "2.5")
	if r.URL.Path == "/" {
		if n := s.accounts.Add(1); s.account != nil && s.account(n, w, r.Host) {
			return
		}
		_, _ = fmt.Fprintf(w, `{"writableLocations":[{"name":"X","databaseAccountEndpoint":"http://%s/"}],"readableLocations":[{"name":"X","databaseAccountEndpoint":"http://%s/"}]}`, r.Host, r.Host)
		return
	}
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(string(body), `"operationType":"Read"`) {
		s.read(s.reads.Add(1), w)
		return
	}
	s.batch(s.batches.Add(1), w, string(body))
}

// serve opens a store on a server, with a small budget.
func (s *server) serve(t *testing.T) *cosmos.Store {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	address, err := cosmos.ParseAddress(h.URL + "/registry")
	if err != nil {
		t.Fatal(err)
	}
	st, err := cosmos.Open(address, cosmos.Config{
		HTTP:  h.Client(),
		Retry: &retry.Budget{Attempts: 4, Wait: time.Second, Base: time.Millisecond, Cap: 5 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// answer writes an answer as the service does.
func answer(w http.ResponseWriter, status, sub int, body string) {
	if sub != 0 {
		w.Header().Set("x-ms-substatus", fmt.Sprint(sub))
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// results is the body of an answer to a batch, by the status of each operation.
func results(statuses ...int) string {
	var parts []string
	for i, s := range statuses {
		parts = append(parts, fmt.Sprintf(`{"statusCode":%d,"requestCharge":1,"eTag":"\"%d\""}`, s, i))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// two is a commit of an event and a head.
func two() store.Commit {
	return store.Commit{Container: "orders", Partition: "checkout", Operations: []store.Operation{
		{Document: store.Document{ID: store.EventID(1), Type: store.TypeEvent, Body: []byte(`{"by":"us"}`)}},
		{Document: store.Document{ID: "head", Type: store.TypeHead, Body: []byte(`1`)}},
	}}
}

// event is what a batch of reads finds of two(): the event of somebody, and a head.
func found(by string) string {
	return `[{"statusCode":200,"eTag":"\"7\"","resourceBody":{"id":"event-0000000001","pk":"checkout","type":"event","body":{"by":"` + by + `"},"_etag":"\"7\""}},` +
		`{"statusCode":200,"eTag":"\"8\"","resourceBody":{"id":"head","pk":"checkout","type":"head","body":1,"_etag":"\"8\""}}]`
}

// TestSuccess tells an answer that says that a batch was done from all others.
func TestSuccess(t *testing.T) {
	t.Parallel()
	absent := func(_ int64, w http.ResponseWriter) { answer(w, 207, 0, results(404, 424)) }
	for _, c := range []struct {
		name    string
		status  int
		sub     int
		body    string
		want    error
		batches int64 // sent
	}{
		{"done", 200, 0, results(201, 200), nil, 1},
		{"a conflict", 207, 0, results(409, 424), store.ErrConflict, 1},
		{"another etag", 207, 0, results(424, 412), store.ErrConflict, 1},
		{"nothing to replace", 207, 0, results(424, 404), store.ErrConflict, 1},
		{"denied", 207, 0, results(403, 424), store.ErrDenied, 1},
		{"denied as a whole", 403, 5301, `{"code":"Forbidden","message":"principal lacks items/create"}`, store.ErrDenied, 1},
		{"no token", 401, 0, `{}`, store.ErrDenied, 1},
		{"no container", 404, 1003, `{}`, store.ErrNoContainer, 1},
		{"done, but for one", 200, 0, results(201, 409), store.ErrUnknownOutcome, 4},
		{"too few results", 200, 0, results(201), store.ErrUnknownOutcome, 4},
		{"no results", 200, 0, "", store.ErrUnknownOutcome, 4},
		{"no JSON", 200, 0, "<html>", store.ErrUnknownOutcome, 4},
		{"busy", 429, 3200, `{}`, store.ErrThrottled, 4},
		{"time ran out", 408, 0, `{}`, store.ErrUnknownOutcome, 4},
		{"gone", 410, 1002, `{}`, store.ErrUnknownOutcome, 4},
		{"retry with", 449, 0, `{}`, store.ErrUnknownOutcome, 4},
		{"broken", 500, 0, `{}`, store.ErrUnknownOutcome, 4},
		{"away", 503, 0, `{}`, store.ErrUnknownOutcome, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &server{read: absent, batch: func(_ int64, w http.ResponseWriter, _ string) { answer(w, c.status, c.sub, c.body) }}
			etags, err := s.serve(t).Commit(t.Context(), two())
			if !errors.Is(err, c.want) || (err == nil) != (len(etags) == 2) || s.batches.Load() != c.batches {
				t.Errorf("etags %q, error %v after %d batches; want %v after %d", etags, err, s.batches.Load(), c.want, c.batches)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %v", err)
			}
		})
	}
}

// TestLostAnswers loses the first answer to a batch, and checks the outcome for every
// stored state.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		found   string
		status  int // of the batch of reads
		want    error
		batches int64
	}{
		{"ours", found("us"), 200, nil, 1},
		{"another writer's", found("them"), 200, store.ErrConflict, 1},
		{"nothing", results(404, 424), 207, nil, 2},
		{"not to be found out", `{}`, 500, store.ErrUnknownOutcome, 1},
		{"not allowed to find out", `{}`, 403, store.ErrUnknownOutcome, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &server{
				read: func(_ int64, w http.ResponseWriter) { answer(w, c.status, 0, c.found) },
				batch: func(n int64, w http.ResponseWriter, _ string) {
					if n == 1 {
						answer(w, 503, 0, `{}`)
						return
					}
					answer(w, 200, 0, results(201, 201))
				},
			}
			etags, err := s.serve(t).Commit(t.Context(), two())
			if !errors.Is(err, c.want) || s.batches.Load() != c.batches {
				t.Errorf("etags %q, error %v after %d batches; want %v after %d", etags, err, s.batches.Load(), c.want, c.batches)
			}
		})
	}
}

// TestOldClient meets what azcosmos 1.4.2 did: it sent a batch again whose answer
// was lost, and reported the conflict of the second with its own first. Such a
// conflict is returned as one; package sync looks at the first event's id.
func TestOldClient(t *testing.T) {
	t.Parallel()
	s := &server{batch: func(_ int64, w http.ResponseWriter, _ string) { answer(w, 207, 0, results(409, 424)) }}
	if _, err := s.serve(t).Commit(t.Context(), two()); !errors.Is(err, store.ErrConflict) || s.batches.Load() != 1 {
		t.Errorf("error %v after %d batches", err, s.batches.Load())
	}
}

// TestFirstReadOfTheAccount fails twice: azcosmos 1.5.0 would repeat that failure
// for five minutes.
func TestFirstReadOfTheAccount(t *testing.T) {
	t.Parallel()
	s := &server{
		account: func(n int64, w http.ResponseWriter, _ string) bool {
			if n <= 2 {
				answer(w, 503, 0, `{}`)
			}
			return n <= 2
		},
		read:  func(_ int64, w http.ResponseWriter) { answer(w, 207, 0, results(404, 424)) },
		batch: func(_ int64, w http.ResponseWriter, _ string) { answer(w, 200, 0, results(201, 201)) },
	}
	st := s.serve(t)
	if _, err := st.Commit(t.Context(), two()); err != nil {
		t.Error(err)
	}
	if usage := st.Usage(); usage.Requests != int(s.accounts.Load()+s.batches.Load()+s.reads.Load()) || usage.Charge != 2.5*float64(usage.Requests) {
		t.Errorf("it cost %+v for %d, %d and %d requests", usage, s.accounts.Load(), s.batches.Load(), s.reads.Load())
	}
}

// TestEndedContext ends the context while an answer is awaited.
func TestEndedContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := &server{
		read: func(_ int64, w http.ResponseWriter) { answer(w, 207, 0, results(404, 424)) },
		batch: func(_ int64, w http.ResponseWriter, _ string) {
			cancel()
			time.Sleep(50 * time.Millisecond)
			answer(w, 200, 0, results(201, 201))
		},
	}
	if _, err := s.serve(t).Commit(ctx, two()); !errors.Is(err, store.ErrUnknownOutcome) {
		t.Errorf("error %v, want %v: it was written", err, store.ErrUnknownOutcome)
	}
}
