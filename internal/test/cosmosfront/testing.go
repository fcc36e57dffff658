// SPDX-License-Identifier: Apache-2.0

package cosmosfront

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// Variable is the environment variable that, set to 1, makes a test fail instead of
// being skipped if the front is not available.
const Variable = "ROSTER_REQUIRE_COSMOS"

// Start starts a front for one test. It skips or fails the test if the front is not
// available; see Variable.
func Start(t testing.TB) *Front {
	t.Helper()
	f, err := Launch(t.Context())
	check(t, err)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		report(t, f)
	})
	return f
}

// Shared is a front for all tests of a package. The first test that needs it starts it,
// and it ends with the process. The zero value is ready; keep one in a package variable
// of the tests.
type Shared struct {
	mu    sync.Mutex // guards the rest
	front *Front
	err   error
}

// Front returns the front. It skips or fails the test if the front is not available;
// see Variable.
func (s *Shared) Front(t testing.TB) *Front {
	t.Helper()
	s.mu.Lock()
	if s.front == nil && s.err == nil {
		// Not the test's context: the front outlives this test.
		s.front, s.err = Launch(context.WithoutCancel(t.Context()))
	}
	front, err := s.front, s.err
	s.mu.Unlock()
	check(t, err)
	t.Cleanup(func() { report(t, front) })
	return front
}

// Database creates a database for one test, and returns its name.
func (f *Front) Database(t testing.TB, containers ...string) string {
	t.Helper()
	name := fmt.Sprintf("test-%d", f.made.Add(1))
	f.Provision(t, name, containers...)
	return name
}

// Provision creates a database and containers with the partition key /pk, if they do
// not exist.
func (f *Front) Provision(t testing.TB, database string, containers ...string) {
	t.Helper()
	if err := f.provision(context.WithoutCancel(t.Context()), database, containers...); err != nil {
		t.Fatal(err)
	}
}

// Order makes requests fail. The faults of a database occur in the order of the calls.
func (f *Front) Order(t testing.TB, fault Fault) {
	t.Helper()
	if err := f.order(context.WithoutCancel(t.Context()), fault); err != nil {
		t.Fatal(err)
	}
}

// Dump returns all documents of a database, by container, partition and id. It can be
// called in a Cleanup, after the end of the test's context.
func (f *Front) Dump(t testing.TB, database string) []Document {
	t.Helper()
	documents, err := f.documents(context.WithoutCancel(t.Context()), database)
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrUnavailable) && os.Getenv(Variable) != "1":
		t.Skip(err, "("+Variable+"=1 makes this a failure)")
	default:
		t.Fatal(err)
	}
}

func report(t testing.TB, f *Front) {
	t.Helper()
	if talk := f.process.stderr.String(); t.Failed() && talk != "" {
		t.Logf("the front said:\n%s", talk)
	}
}
