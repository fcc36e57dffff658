// SPDX-License-Identifier: Apache-2.0

package azure_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/cloud/rest"
)

func TestErrorsAreRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	cases := []struct {
		name, header, body string
		status             int
		want               rest.Error
	}{
		{
			"Resource Manager", "x-ms-request-id", `{"error":{"code":"AuthorizationFailed","message":"no right"}}`, 403,
			rest.Error{Code: "AuthorizationFailed", Message: "no right", RequestID: "id-1"},
		},
		{"Cosmos DB", "x-ms-request-id", `{"code":"NotFound","message":"nothing"}`, 404, rest.Error{Code: "NotFound", Message: "nothing", RequestID: "id-1"}},
		{
			"Graph", "request-id", `{"error":{"code":"Request_BadRequest","message":"bad","innerError":{"x":1}}}`, 400,
			rest.Error{Code: "Request_BadRequest", Message: "bad", RequestID: "id-1"},
		},
		{"a proxy's page", "x", "<html>Bad Gateway</html>", 409, rest.Error{}},
		{"nothing", "x", "", 409, rest.Error{}},
		{"a list", "x", `[1,2]`, 409, rest.Error{}},
		{
			"hostile words", "x", `{"code":"a\nb","message":"x\n::error::y\u001b[31m\u202ez \u0000"}`, 409,
			rest.Error{Code: "a b", Message: "x ::error::y [31m z"},
		},
		{"long words", "x", `{"code":"Long","message":"` + long[:30000] + `"}`, 409, rest.Error{Code: "Long", Message: long[:1024] + "..."}},
		{"too much", "x", `{"code":"Long","message":"` + long + `"}`, 409, rest.Error{}}, // cut off, so no JSON
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(c.header, "id-1")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			err := client.Get(t.Context(), "/x", url.Values{"sig": {"secret"}}, nil)
			var got *rest.Error
			if !errors.As(err, &got) {
				t.Fatalf("error is %T: %v", err, err)
			}
			c.want.Method, c.want.Status = "GET", c.status
			if diff := cmp.Diff(c.want, *got, cmpopts.IgnoreFields(rest.Error{}, "URL")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.HasSuffix(got.URL, "/base/x") || strings.ContainsAny(err.Error(), "\n\r\x1b\u202e") || strings.Contains(err.Error(), "secret") {
				t.Errorf("error is %q", err)
			}
		})
	}
}

// TestCutsAreTold without the query of the URL, which net/http would tell.
func TestCutsAreTold(t *testing.T) {
	t.Parallel()
	client, server := serve(t, nil)
	server.Close()
	err := client.Get(t.Context(), "/x", url.Values{"sig": {"secret"}}, nil)
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "GET "+server.URL+"/base/x: ") {
		t.Errorf("error is %v", err)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no JSON":  "<html>",
		"too long": `{"name":"` + strings.Repeat("x", 9<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
			var out thing
			if err := client.Get(t.Context(), "/x", nil, &out); err == nil {
				t.Error("no error")
			}
			if _, err := azure.List[thing](t.Context(), client, "/x", nil); err == nil {
				t.Error("no error for a list")
			}
			if err := client.Put(t.Context(), "/x", thing{}, &out); err == nil {
				t.Error("no error for a PUT")
			}
		})
	}
}
