// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/cloudtest"

	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/sync"
)

// mode is a way in which one request fails.
type mode struct {
	name  string
	kills bool // the process does not outlive it
	fault cloudtest.Fault
}

// modes are those of a network and of Cosmos DB: before a request is served, or
// after it was and its answer is lost.
func modes() []mode {
	return []mode{
		{"kill before", true, cloudtest.Fault{Cut: true}},
		{"kill after", true, cloudtest.Fault{Cut: true, After: true}},
		{"cut before", false, cloudtest.Fault{Cut: true}},
		{"cut after", false, cloudtest.Fault{Cut: true, After: true}},
		{"408 before", false, cloudtest.Fault{Status: 408}},
		{"408 after", false, cloudtest.Fault{Status: 408, After: true}},
		{"429", false, cloudtest.Fault{Status: 429, RetryAfter: 5 * time.Millisecond}},
		{"449", false, cloudtest.Fault{Status: 449}},
		{"503 before", false, cloudtest.Fault{Status: 503}},
		{"503 after", false, cloudtest.Fault{Status: 503, After: true}},
		{"truncated", false, cloudtest.Fault{Truncate: true}},
	}
}

// small writes a registry of two domains in one of two revisions, of which the
// second creates, updates and deletes.
func small(t *testing.T, second bool) string {
	t.Helper()
	const envelope = "apiVersion: roster/v1\nkind: %s\nmetadata: {name: %s}\nspec: {%s}\n"
	checkout, last := "v1", "carts"
	if second {
		checkout, last = "v2", "ledger"
	}
	files := map[string]string{
		"roster.yaml":   fmt.Sprintf(envelope, "Root", "acme", `include: ["domains/*.yaml", "apps/*.yaml"], guardrails: {update: 100%, delete: 100%}`),
		"apps/one.yaml": fmt.Sprintf(envelope, "App", "checkout", `domain: orders, owner: "group:o", scopes: [], environments: {prod: {version: `+checkout+`}, staging: {version: v1}}`),
		"apps/two.yaml": fmt.Sprintf(envelope, "App", "charges", `domain: payments, owner: "group:p", version: v1, scopes: []`),
		"apps/end.yaml": fmt.Sprintf(envelope, "App", last, `domain: payments, owner: "group:p", version: v1, scopes: []`),
	}
	for _, domain := range []string{"orders", "payments"} {
		files["domains/"+domain+".yaml"] = fmt.Sprintf(envelope, "Domain", domain, `owner: "group:d"`)
	}
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// registered is what each revision of small registers, by partition: what one
// batch writes, of which there may never be a part.
func registered(second bool) map[string]map[string]string {
	all := map[string]map[string]string{
		"orders/checkout":  {"orders/checkout@prod": "v1", "orders/checkout@staging": "v1"},
		"payments/charges": {"payments/charges": "v1"},
		"payments/carts":   {"payments/carts": "v1"},
	}
	if second {
		all["orders/checkout"]["orders/checkout@prod"] = "v2"
		all["payments/carts"] = map[string]string{} // removed: a tombstone
		all["payments/ledger"] = map[string]string{"payments/ledger": "v1"}
	}
	return all
}

// scenario is an interrupted sync, and the expected final state.
type scenario struct {
	name        string
	before, dir string                       // registries: "" for an empty store, and the one that is synced
	from, to    map[string]map[string]string // what is registered before and after it
	events      int
	minPoints   int // recorded: the sweep may not shrink
}

// TestFaults makes every request of a sync fail in every way. After each, the trail is
// intact, every registration has its event and the reverse, the command's report is
// true, the next run converges, and the one after it writes nothing.
func TestFaults(t *testing.T) {
	first := small(t, false)
	commitAll(t, first)
	second := become(t, copyOf(t, first), small(t, true)) // a later commit of the same repository
	commitAll(t, second)
	var runs, violations atomic.Int64
	points := 0
	for _, c := range []scenario{
		{"first sync", "", first, nil, registered(false), 5, 16 * 11},
		{"second sync", first, second, registered(false), registered(true), 9, 16 * 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			clean := &point{t: t, scenario: c, runs: &runs}
			requests, batches := clean.measure()
			all := pointsOf(requests, testing.Short())
			if !testing.Short() && len(all) < c.minPoints {
				t.Errorf("%d points, want at least %d: the sweep shrank", len(all), c.minPoints)
			}
			seen := map[int]bool{}
			for _, at := range all {
				seen[at[1]] = true
			}
			if len(seen) != len(modes()) {
				t.Errorf("only %d modes of %d are among the points", len(seen), len(modes()))
			}
			_, err := parallel.Map(t.Context(), 16, len(all), func(_ context.Context, i int) (int, error) {
				p := &point{t: t, scenario: c, runs: &runs, request: all[i][0], mode: modes()[all[i][1]], batches: batches}
				if err := p.check(); err != nil {
					violations.Add(1)
					t.Errorf("%s at request %d of %d: %v", p.mode.name, p.request, requests, err)
				}
				return 0, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			points += len(all)
			t.Logf("%d requests, %d points", requests, len(all))
		})
	}
	t.Logf("%d points, %d runs, %d violations", points, runs.Load(), violations.Load())
}

// pointsOf lists requests with modes; a sample of them in short mode.
func pointsOf(requests int, sample bool) (all [][2]int) {
	for n := 1; n <= requests; n++ {
		for m := range modes() {
			if !sample || (n*len(modes())+m)%7 == 0 {
				all = append(all, [2]int{n, m})
			}
		}
	}
	return all
}

// point is one request that fails in one way.
type point struct {
	t *testing.T
	scenario
	runs    *atomic.Int64
	request int
	mode    mode
	batches int // of a clean run
}

// prepare creates a site with the initial state of the scenario.
func (p *point) prepare() (*site, error) {
	s := newSite(p.t, cloudtest.Config{}, "orders", "payments")
	if p.before == "" {
		return s, nil
	}
	if o := p.run(s, "sync", p.before); o.code != 0 {
		return s, fmt.Errorf("prepare: %s", o)
	}
	return s, nil
}

// measure counts the requests and the batches of a run without a fault.
func (p *point) measure() (requests, batches int) {
	s, err := p.prepare()
	if err != nil {
		p.t.Fatal(err)
	}
	before := len(s.Log())
	if o := p.run(s, "sync", p.dir); o.code != 0 {
		p.t.Fatal(o)
	}
	log, kinds := s.since(before)
	p.t.Logf("a clean run: %s", tally(kinds))
	return len(log), kinds[cloudtest.KindBatch]
}

// run runs the binary once, and checks that it shows no token.
func (p *point) run(s *site, args ...string) outcome {
	return p.watch(s, s.command(p.t.Context(), args...), make(chan *os.Process, 1))
}

// watch sends the process to the channel when it has started, so that it can be killed.
func (p *point) watch(s *site, cmd *exec.Cmd, started chan<- *os.Process) outcome {
	p.runs.Add(1)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Start()
	if err == nil {
		started <- cmd.Process
		err = cmd.Wait()
	}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return outcome{stderr: err.Error(), code: -2}
	}
	o := outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()} // -1: killed
	s.leaks(p.t, o)
	return o
}

// check triggers the fault, and checks the state after it and after the next runs.
func (p *point) check() error {
	s, err := p.prepare()
	if err != nil {
		return err
	}
	start := len(s.Log())
	cmd, started := s.command(p.t.Context(), "sync", p.dir, "--format", "json"), make(chan *os.Process, 1)
	s.OnRequest(func(e cloudtest.Exchange) cloudtest.Fault {
		if e.N != start+p.request {
			return cloudtest.Fault{}
		}
		fault := p.mode.fault
		if p.mode.kills {
			fault.Do = func() { _ = (<-started).Kill() }
		}
		return fault
	})
	o := p.watch(s, cmd, started)
	s.OnRequest(nil)
	if err := p.truthful(o); err != nil {
		return err
	}
	if err := p.whole(s, o); err != nil {
		return fmt.Errorf("right after it (%s): %w", o, err)
	}
	return p.converges(s, o, start)
}

// truthful checks the command's end: a failure names in one line the operation and its
// cause.
func (p *point) truthful(o outcome) error {
	switch {
	case p.mode.kills && o.code == -1, !p.mode.kills && o.code == 0:
		return nil
	case p.mode.kills || o.code != 3 || !strings.HasPrefix(o.talk(), "roster: ") || strings.Count(o.talk(), "\n") != 1 || strings.Contains(o.stderr, "panic"):
		return fmt.Errorf("the command ended with %s", o)
	}
	return nil
}

// whole checks that the stored documents agree with each other and with the command's
// report. An empty store has no trail yet. Each app is in its old or its new state.
func (p *point) whole(s *site, o outcome) error {
	docs := s.front.Dump(p.t, s.database)
	if len(docs) == 0 {
		return nil
	}
	if o := p.run(s, "audit", "verify"); o.code != 0 {
		return fmt.Errorf("the trail: %s", o)
	}
	is, err := readTrail(docs)
	if err != nil {
		return err
	}
	for at, nodes := range is.registered {
		if at != "roster/root" && !maps.Equal(nodes, p.from[at]) && !maps.Equal(nodes, p.to[at]) {
			return fmt.Errorf("of %s there is a part: %v", at, nodes)
		}
	}
	if o.stdout == "" || strings.Contains(o.stdout, `"kind": "Failure"`) {
		return nil // it ended before it wrote anything that it could tell of
	}
	r, err := said(o)
	if err != nil {
		return err
	}
	if r.Written() != is.changes[r.Operation] || (o.code == 0) != (r.Remaining == 0) {
		return fmt.Errorf("it wrote %d changes, and says %s", is.changes[r.Operation], o)
	}
	return nil
}

// said parses the output of roster sync --format json.
func said(o outcome) (r sync.Result, err error) {
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil {
		return r, fmt.Errorf("read the result: %w: %s", err, o)
	}
	return r, nil
}

// converges runs the command again until it writes nothing: in the first run if the
// interrupted run reported success.
func (p *point) converges(s *site, cut outcome, start int) error {
	for again := range 2 {
		o := p.run(s, "sync", p.dir, "--format", "json")
		if o.code != 0 {
			return fmt.Errorf("running again: %s", o)
		}
		r, err := said(o)
		if err != nil {
			return err
		}
		if (again == 1 || cut.code == 0) && r.Commits != 0 {
			return fmt.Errorf("run %d after it wrote %d commits; the cut one ended with %d", again+1, r.Commits, cut.code)
		}
	}
	want := fmt.Sprintf("%d events, 4 registrations", p.events)
	if o := p.run(s, "audit", "verify"); o.code != 0 || !strings.Contains(o.stdout, want) {
		return fmt.Errorf("in the end want %s, got %s", want, o)
	}
	is, err := readTrail(s.front.Dump(p.t, s.database))
	if err != nil {
		return err
	}
	delete(is.registered, "roster/root")
	if is.events != p.events || !reflect.DeepEqual(is.registered, p.to) {
		return fmt.Errorf("in the end there are %d events and %v", is.events, is.registered)
	}
	return p.bounded(s, start)
}

// bounded checks the hosts and the number of the requests.
func (p *point) bounded(s *site, start int) error {
	log, _ := s.since(start)
	if !log[p.request-1].Faulted { // noted by now; when a process died of it, not at once
		return errors.New("the fault never fired")
	}
	written := 0
	for _, e := range log {
		if !slices.Contains(hosts(), e.Host) {
			return fmt.Errorf("a request to %s", e.Host)
		}
		if e.Kind == cloudtest.KindBatch && !slices.ContainsFunc(e.Operations, func(o cloudtest.Operation) bool { return o.Action == "items/read" }) {
			written++
		}
	}
	if written > p.batches+2 { // the one that went wrong, again and in another run
		return fmt.Errorf("%d batches, a clean run has %d", written, p.batches)
	}
	return nil
}

// hosts are the issuer's, Entra's, and the account's two: its own and that of its
// region.
func hosts() []string {
	return []string{"pipelines.actions.githubusercontent.com", "login.microsoftonline.com", "acme.documents.azure.com", "acme-westeurope.documents.azure.com"}
}
