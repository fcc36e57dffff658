// SPDX-License-Identifier: Apache-2.0

// Package contracttest imitates vendors' services in tests. Start with NewARM,
// NewGraph, NewOkta, NewSecrets or NewVault, which return an http.Handler for any TLS
// server.
//
// It checks the requests of a client and its own answers against the vendor's OpenAPI
// description, so a test fails if either differs from the real service. Authorization,
// throttling and long-running operations, which descriptions do not cover, follow the
// vendor's documentation; a comment names the page. Only tests import the package.
package contracttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Variable is the environment variable with the folder of the descriptions.
const Variable = "ROSTER_SPECS"

// contract wraps a handler and refuses requests that violate the description.
type contract struct {
	t       testing.TB
	file    string
	router  routers.Router
	options *openapi3filter.Options
	handler http.Handler
}

// New returns a handler that checks each request, and each answer of the handler
// behind it, against a description. A violation is answered with 400 and fails the
// test. New skips the test if Variable is not set, and fails it if Variable names a
// folder without that description.
func New(t testing.TB, file string, handler http.Handler) http.Handler {
	t.Helper()
	folder := os.Getenv(Variable)
	if folder == "" {
		t.Skipf("%s is not set: the test needs the description %s", Variable, file)
	}
	loaded, _ := descriptions.LoadOrStore(filepath.Join(folder, file), sync.OnceValues(func() (routers.Router, error) {
		return load(filepath.Join(folder, file))
	}))
	router, err := loaded.(func() (routers.Router, error))()
	if err != nil {
		t.Fatalf("%s is set, but: %v", Variable, err)
	}
	// Valid GUIDs of Microsoft have versions that RFC 4122 does not allow.
	guid := openapi3.NewRegexpFormatValidator(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	return &contract{
		t: t, file: file, router: router, handler: handler,
		options: &openapi3filter.Options{
			MultiError:                        true,
			RejectWhenRequestBodyNotSpecified: true,
			AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc, // the handler does that
			SkipSettingDefaults:               true,
			SchemaValidationOptions:           []openapi3.SchemaValidationOption{openapi3.WithStringFormatValidator("uuid", guid)},
		},
	}
}

// descriptions caches the loaded descriptions: loading one takes tens of milliseconds,
// and a package has many tests.
var descriptions sync.Map //nolint:gochecknoglobals // a cache of tests, of files that do not change

func load(file string) (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: "/"}} // wherever the test serves it
	return gorillamux.NewRouter(doc)
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	input, err := c.request(r)
	if err != nil {
		c.t.Errorf("%s %s is against %s: %v", r.Method, r.URL, c.file, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, r)
	if err := c.answer(r, input, recorder); err != nil {
		c.t.Errorf("the answer to %s %s is against %s: %v", r.Method, r.URL, c.file, err)
	}
	copyAnswer(w, recorder)
}

func copyAnswer(w http.ResponseWriter, from *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), from.Header())
	w.WriteHeader(from.Code)
	_, _ = w.Write(from.Body.Bytes()) // a client that is gone is the test's own doing
}

// request checks a request against the description.
func (c *contract) request(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return nil, err
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: c.options}
	if err := undeclared(route, r.URL.Query()); err != nil {
		return nil, err
	}
	return input, openapi3filter.ValidateRequest(r.Context(), input)
}

// undeclared refuses query parameters that the operation does not have; a misspelt one
// would otherwise be ignored.
func undeclared(route *routers.Route, query url.Values) error {
	var errs []error
	for name := range query {
		declared := name == "$skiptoken" // from the service's links to further pages
		for _, list := range []openapi3.Parameters{route.Operation.Parameters, route.PathItem.Parameters} {
			declared = declared || list.GetByInAndName(openapi3.ParameterInQuery, name) != nil
		}
		if !declared {
			errs = append(errs, fmt.Errorf("no parameter %q in the query", name))
		}
	}
	return errors.Join(errs...)
}

// answer checks an answer against the description. Error answers may be missing there,
// because Microsoft's descriptions list few.
func (c *contract) answer(r *http.Request, input *openapi3filter.RequestValidationInput, a *httptest.ResponseRecorder) error {
	options := *c.options
	options.IncludeResponseStatus = a.Code < http.StatusBadRequest
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.Code, Header: a.Header(),
		Body: io.NopCloser(bytes.NewReader(a.Body.Bytes())), Options: &options,
	})
}

// reply answers with JSON.
func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text(body)) // a client that is gone is the test's own doing
}

// text returns a value as JSON. The value must consist of objects, lists, numbers and
// strings.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("encode " + err.Error())
	}
	return string(b)
}

// object is a JSON object.
type object = map[string]any

// read reads the body of a request, which the contract has found to be JSON.
func read(r *http.Request, into any) error {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		return fmt.Errorf("decode body: %w", err)
	}
	return nil
}

// bearer reports whether a request has a token.
func bearer(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && token != ""
}
