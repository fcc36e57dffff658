// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"

	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/sync"
)

const writers = 16

// TestWriters has 16 processes sync one registry to one database at once: first all the
// same revision, which is written once, then each a different revision of the same apps,
// of which the last one wins. Both the documents and audit verify show that no update is
// lost and no chain has a gap. Each process reports exactly what it did.
func TestWriters(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, "orders", "payments")
	s.env = s.AKSEnv(t) // no CI system, so the revisions need no order
	same := small(t, false)
	first := together(t, s, func(int) string { return same }).mustHold(t, s)
	if first.created != 4 || first.updated != 0 || first.trail.events != 5 {
		t.Errorf("%d processes made %d registrations, %d updates and %d events", writers, first.created, first.updated, first.trail.events)
	}
	s.must(t, 0, "5 events, 4 registrations", "audit", "verify")

	then := together(t, s, func(i int) string { return renamed(t, fmt.Sprintf("w%d", i)) }).mustHold(t, s)
	if then.trail.events != 5+then.updated || then.created != 0 {
		t.Errorf("%d updates, %d creations, %d events", then.updated, then.created, then.trail.events)
	}
	if then.conflicts == 0 {
		t.Error("the processes did not meet")
	}
	s.must(t, 0, "The trail is whole", "audit", "verify")
	t.Logf("one revision: %d conflicts, %d overtaken; %d revisions: %d updates, %d conflicts; %d events",
		first.conflicts, first.overtaken, writers, then.updated, then.conflicts, then.trail.events)
}

// TestWritersUnderFaults is the same while one batch in eight fails. Lost outcomes are
// looked up, so all processes succeed, and each reports exactly what it did.
func TestWritersUnderFaults(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, "orders", "payments")
	s.env = s.AKSEnv(t)
	faults := &weather{seed: 1, oneIn: 8}
	s.OnRequest(faults.strike)
	same := small(t, false)
	first := together(t, s, func(int) string { return same }).mustHold(t, s)
	then := together(t, s, func(i int) string { return renamed(t, fmt.Sprintf("w%d", i)) }).mustHold(t, s)
	s.OnRequest(nil)
	if first.created != 4 || then.trail.events != 5+then.updated {
		t.Errorf("%d creations, %d updates, %d events", first.created, then.updated, then.trail.events)
	}
	s.must(t, 0, "The trail is whole", "audit", "verify")
	faults.mustHaveStruck(t)
	t.Logf("%d faults; %d updates, %d conflicts", faults.struck.Load(), then.updated, first.conflicts+then.conflicts)
}

// renamed writes the small registry with another version of each app.
func renamed(t *testing.T, version string) string {
	t.Helper()
	dir := small(t, false)
	for _, app := range []string{"one.yaml", "two.yaml", "end.yaml"} {
		path := filepath.Join(dir, "apps", app)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte("version: v1"), []byte("version: "+version)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// meeting is the reports of concurrent processes, and the resulting state.
type meeting struct {
	results                                []sync.Result
	created, updated, conflicts, overtaken int
	trail                                  *trail
}

// mustHold compares the reports with the state.
func (m *meeting) mustHold(t *testing.T, s *site) *meeting {
	t.Helper()
	var err error
	if m.trail, err = readTrail(s.front.Dump(t, s.database)); err != nil {
		t.Fatal(err)
	}
	for _, r := range m.results {
		if wrote := m.trail.changes[r.Operation]; r.Written() != wrote || r.Remaining != 0 {
			t.Errorf("a process that wrote %d changes says %+v", wrote, r)
		}
		m.created += r.Created
		m.updated += r.Updated
		m.conflicts += r.Conflicts
		m.overtaken += r.Overtaken
	}
	return m
}

// together runs a sync in 16 concurrent processes, each of which must succeed.
func together(t *testing.T, s *site, dir func(i int) string) *meeting {
	t.Helper()
	dirs := make([]string, writers)
	for i := range dirs {
		dirs[i] = dir(i)
	}
	p := &point{t: t, runs: new(atomic.Int64)}
	results, err := parallel.Map(t.Context(), writers, writers, func(_ context.Context, i int) (sync.Result, error) {
		o := p.run(s, "sync", dirs[i], "--format", "json")
		if o.code != 0 {
			return sync.Result{}, errors.New(o.String())
		}
		return said(o)
	})
	if err != nil {
		t.Fatal(err)
	}
	return &meeting{results: results}
}
