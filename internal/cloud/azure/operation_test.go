// SPDX-License-Identifier: Apache-2.0

package azure_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/cloud/rest"
)

// TestOperationsAreFollowed plays each way in which Resource Manager tells that
// something takes its time ("Track asynchronous Azure operations").
func TestOperationsAreFollowed(t *testing.T) {
	t.Parallel()
	put := func(ctx context.Context, c *azure.Client, out any) error { return c.Put(ctx, "/x", thing{"in"}, out) }
	post := func(ctx context.Context, c *azure.Client, out any) error { return c.Post(ctx, "/x", thing{"in"}, out) }
	patch := func(ctx context.Context, c *azure.Client, out any) error { return c.Patch(ctx, "/x", thing{"in"}, out) }
	remove := func(ctx context.Context, c *azure.Client, _ any) error { return c.Delete(ctx, "/x") }
	start := func(status int, headers ...string) string {
		return fmt.Sprintf("%d %s", status, strings.Join(headers, " "))
	}
	const pending, done = `200 {"status":"InProgress"}`, `200 {"status":"Succeeded"}`
	cases := []struct {
		name    string
		do      func(context.Context, *azure.Client, any) error
		answers []string // status, then a header's name or a body
		want    []string
		out     string
	}{
		{
			"PUT, operation", put,
			[]string{start(202, "Azure-AsyncOperation"), pending, pending, done, `200 {"name":"made"}`},
			[]string{"PUT /base/x", "GET /op", "GET /op", "GET /op", "GET /base/x"},
			"made",
		},
		{
			"PUT, location", put,
			[]string{start(202, "Location"), `202 `, `200 {"name":"made"}`},
			[]string{"PUT /base/x", "GET /op", "GET /op"},
			"made",
		},
		{
			"PUT, 201 and the state in the resource", put,
			[]string{
				`201 {"name":"x","properties":{"provisioningState":"Creating"}}`,
				`200 {"name":"x","properties":{"provisioningState":"Creating"}}`,
				`200 {"name":"made","properties":{"provisioningState":"Succeeded"}}`,
			},
			[]string{"PUT /base/x", "GET /base/x", "GET /base/x"},
			"made",
		},
		{"PUT, done at once", put, []string{`200 {"name":"made"}`}, []string{"PUT /base/x"}, "made"},
		{
			"POST, location", post,
			[]string{start(202, "Location"), `202 `, `200 {"name":"made"}`},
			[]string{"POST /base/x", "GET /op", "GET /op"},
			"made",
		},
		{
			"POST, operation without a result", post,
			[]string{start(202, "Azure-AsyncOperation"), done},
			[]string{"POST /base/x", "GET /op"},
			"",
		},
		{
			"POST, made and where", post,
			[]string{`201+Location {"name":"made"}`},
			[]string{"POST /base/x"},
			"made",
		},
		{"POST, nothing to say", post, []string{`204 `}, []string{"POST /base/x"}, ""},
		{
			"PATCH, operation", patch,
			[]string{start(202, "Azure-AsyncOperation"), pending, done, `200 {"name":"made"}`},
			[]string{"PATCH /base/x", "GET /op", "GET /op", "GET /base/x"},
			"made",
		},
		{
			"DELETE, location", remove,
			[]string{start(202, "Location"), `202 `, `204 `},
			[]string{"DELETE /base/x", "GET /op", "GET /op"},
			"",
		},
		{
			"a poll is throttled", put,
			[]string{start(202, "Azure-AsyncOperation"), `429 `, `503 `, done, `200 {"name":"made"}`},
			[]string{"PUT /base/x", "GET /op", "GET /op", "GET /op", "GET /base/x"},
			"made",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			client, _ := serve(t, play(&got, c.answers))
			var out thing
			if err := c.do(t.Context(), client, &out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || out.Name != c.out {
				t.Errorf("result %q, want %q; requests (-want +got):\n%s", out.Name, c.out, diff)
			}
		})
	}
}

// play answers one request after the other, and says what they were.
func play(got *[]string, answers []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*got = append(*got, r.Method+" "+r.URL.Path)
		if len(*got) > len(answers) {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		head, rest, _ := strings.Cut(answers[len(*got)-1], " ")
		code, name, both := strings.Cut(head, "+")
		if !both && !strings.HasPrefix(rest, "{") {
			name = rest
		}
		if name != "" {
			w.Header().Set(name, "https://"+r.Host+"/op?t=token")
		}
		var status int
		_, _ = fmt.Sscan(code, &status)
		w.WriteHeader(status)
		if strings.HasPrefix(rest, "{") {
			_, _ = io.WriteString(w, rest)
		}
	}
}

func TestOperationThatFails(t *testing.T) {
	t.Parallel()
	var got []string
	client, _ := serve(t, play(&got, []string{
		"202 Azure-AsyncOperation",
		`200 {"status":"Failed","error":{"code":"Conflict","message":"there is one"}}`,
	}))
	err := client.Put(t.Context(), "/x", thing{}, nil)
	var refused *rest.Error
	if !errors.As(err, &refused) || refused.Code != "Conflict" || refused.Message != "there is one" || refused.Temporary() {
		t.Errorf("error is %v", err)
	}
}

// TestPollingHonoursRetryAfter would last an hour if it did not.
func TestPollingHonoursRetryAfter(t *testing.T) {
	t.Parallel()
	_, server := serve(t, nil)
	polls := 0
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "1")
		if r.Method == http.MethodPut {
			w.Header().Set("Azure-AsyncOperation", "https://"+r.Host+"/op")
			w.WriteHeader(http.StatusAccepted)
			return
		}
		if polls++; polls < 2 {
			_, _ = io.WriteString(w, `{"status":"InProgress"}`)
			return
		}
		_, _ = io.WriteString(w, `{"status":"Succeeded"}`)
	})
	slow, err := azure.New(server.URL, scope, credential{t}, azure.Config{Transport: server.Client().Transport, PollEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := slow.Put(t.Context(), "/x", thing{}, nil); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d < 2*time.Second || d > time.Minute {
		t.Errorf("it lasted %s, want two seconds", d)
	}
}

func TestPollingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			w.Header().Set("Azure-AsyncOperation", "https://"+r.Host+"/op")
			w.WriteHeader(http.StatusAccepted)
			return
		}
		cancel()
		_, _ = io.WriteString(w, `{"status":"InProgress"}`)
	})
	if err := client.Put(ctx, "/x", thing{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}
