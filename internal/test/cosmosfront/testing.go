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

// Variable names what, set to 1, makes a test fail instead of being
// skipped where the front is not available.
const Variable = "ROSTER_REQUIRE_COSMOS"

// Start starts a front that ends with the test. The test is skipped where the
// front is not available, and fails if Variable says so.
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

// Shared is a front for all tests of a package: the first one that needs it
// starts it, and it ends with the process. The zero value is ready; a test
// package keeps one in a variable of its own.
type Shared struct {
	mu    sync.Mutex // guards the rest
	front *Front
	err   error
}

// Front returns the front. The test is skipped where it is not available, and
// fails if Variable says so.
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

// Database makes a database that no other test has, and returns its name.
func (f *Front) Database(t testing.TB, containers ...string) string {
	t.Helper()
	name := fmt.Sprintf("test-%d", f.made.Add(1))
	f.Provision(t, name, containers...)
	return name
}

// Provision makes a database and containers, keyed by /pk, of those that are not
// there.
func (f *Front) Provision(t testing.TB, database string, containers ...string) {
	t.Helper()
	if err := f.provision(context.WithoutCancel(t.Context()), database, containers...); err != nil {
		t.Fatal(err)
	}
}

// Order has requests fail. Faults of a database come in the order they were
// given.
func (f *Front) Order(t testing.TB, fault Fault) {
	t.Helper()
	if err := f.order(context.WithoutCancel(t.Context()), fault); err != nil {
		t.Fatal(err)
	}
}

// Dump returns all documents of a database, by container, partition and id. Like
// the others it may be called from a Cleanup, when the test's context is over.
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
