// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/cloudtest"
	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/store"
)

// mode is a way in which one request goes wrong.
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

// scenario is a sync that is cut, and what must be there in the end.
type scenario struct {
	name          string
	before, dir   string // registries: "" for an empty store, and the one that is synced
	events        int
	registrations int
	minPoints     int // recorded: the sweep may not shrink
}

// TestFaults lets every request of a sync go wrong in every way. After each the
// trail is whole, no registration is without its event nor the other way round,
// the command told the truth, running again converges, and then writes nothing.
func TestFaults(t *testing.T) {
	first, second := small(t, false), small(t, true)
	var runs atomic.Int64
	points := 0
	for _, c := range []scenario{
		{"first sync", "", first, 5, 4, 16 * 11},
		{"second sync", first, second, 8, 4, 16 * 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			clean := &point{t: t, scenario: c, runs: &runs}
			requests, batches := clean.measure()
			all := pointsOf(requests, testing.Short())
			if !testing.Short() && len(all) < c.minPoints {
				t.Errorf("%d points, %d are on record: the sweep shrank", len(all), c.minPoints)
			}
			fired := make([]atomic.Int64, len(modes()))
			_, err := parallel.Map(t.Context(), 16, len(all), func(_ context.Context, i int) (int, error) {
				p := &point{t: t, scenario: c, runs: &runs, request: all[i][0], mode: modes()[all[i][1]], batches: batches}
				if err := p.check(&fired[all[i][1]]); err != nil {
					t.Errorf("%s at request %d of %d: %v", p.mode.name, p.request, requests, err)
				}
				return 0, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range fired {
				if fired[i].Load() == 0 {
					t.Errorf("mode %q never fired", modes()[i].name)
				}
			}
			points += len(all)
			t.Logf("%d requests, %d points", requests, len(all))
		})
	}
	t.Logf("%d points, %d runs", points, runs.Load())
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

// point is one request that goes wrong in one way.
type point struct {
	t *testing.T
	scenario
	runs    *atomic.Int64
	request int
	mode    mode
	batches int // of a clean run
}

// prepare makes a site that holds what the scenario begins with.
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
	return p.watch(s, s.command(p.t.Context(), args...))
}

func (p *point) watch(s *site, cmd *exec.Cmd) outcome {
	p.runs.Add(1)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{stderr: err.Error(), code: -2}
	}
	o := outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()} // -1: killed
	s.leaks(p.t, o)
	return o
}

// check lets the fault happen and looks at what is left, then and in the end.
func (p *point) check(fired *atomic.Int64) error {
	s, err := p.prepare()
	if err != nil {
		return err
	}
	start := len(s.Log())
	cmd := s.command(p.t.Context(), "sync", p.dir)
	s.OnRequest(func(e cloudtest.Exchange) cloudtest.Fault {
		if e.N != start+p.request {
			return cloudtest.Fault{}
		}
		fired.Add(1)
		fault := p.mode.fault
		if p.mode.kills {
			fault.Do = func() { _ = cmd.Process.Kill() }
		}
		return fault
	})
	o := p.watch(s, cmd)
	s.OnRequest(nil)
	if err := p.truthful(o); err != nil {
		return err
	}
	if err := p.whole(s, o); err != nil {
		return fmt.Errorf("right after it (%s): %w", o, err)
	}
	return p.converges(s, o, start)
}

// truthful looks at how the command ended.
func (p *point) truthful(o outcome) error {
	switch {
	case p.mode.kills && o.code == -1, o.code == 0:
		return nil
	case o.code != 3 || !strings.Contains(o.stderr, "roster: ") || strings.Contains(o.stderr, "panic"):
		return fmt.Errorf("the command ended with %s", o)
	}
	return nil
}

// whole holds what is stored against itself; an empty store has no trail yet.
func (p *point) whole(s *site, _ outcome) error {
	if len(s.front.Dump(p.t, s.database)) == 0 {
		return nil
	}
	if o := p.run(s, "audit", "verify"); o.code != 0 {
		return fmt.Errorf("the trail: %s", o)
	}
	return p.chains(s)
}

// converges runs the command again until it writes nothing: at once if the run
// that was cut said that all was done.
func (p *point) converges(s *site, cut outcome, start int) error {
	for again := range 2 {
		o := p.run(s, "sync", p.dir, "--format", "json")
		if o.code != 0 {
			return fmt.Errorf("running again: %s", o)
		}
		if r := result(p.t, o); (again == 1 || cut.code == 0) && r.Commits != 0 {
			return fmt.Errorf("run %d after it wrote %d commits; the cut one ended with %d", again+1, r.Commits, cut.code)
		}
	}
	want := fmt.Sprintf("%d events, %d registrations", p.events, p.registrations)
	if o := p.run(s, "audit", "verify"); o.code != 0 || !strings.Contains(o.stdout, want) {
		return fmt.Errorf("in the end want %s, got %s", want, o)
	}
	if err := p.chains(s); err != nil {
		return err
	}
	log, _ := s.since(start)
	written := 0
	for _, e := range log {
		if e.Kind == cloudtest.KindBatch && !slices.ContainsFunc(e.Operations, func(o cloudtest.Operation) bool { return o.Action == "items/read" }) {
			written++
		}
	}
	if written > p.batches+2 { // the one that went wrong, again and in another run
		return fmt.Errorf("%d batches, a clean run has %d", written, p.batches)
	}
	if foreign := s.Foreign(); len(foreign) > 0 {
		return fmt.Errorf("requests to %q", foreign)
	}
	return nil
}

// chains looks at the stored documents themselves: each chain is 1 to its head
// without a gap, the newest event of each node is what is registered, and nothing
// lies elsewhere.
func (p *point) chains(s *site) error {
	type stored struct {
		Type    string `json:"type"`
		Deleted bool   `json:"deleted"`
		Body    struct {
			Path string          `json:"path"`
			Seq  int64           `json:"seq"`
			Node string          `json:"node"`
			From json.RawMessage `json:"before"`
			To   json.RawMessage `json:"after"`
		} `json:"body"`
	}
	events, heads := map[string][]stored{}, map[string]int64{}
	newest, registered := map[string]bool{}, map[string]bool{}
	for _, d := range s.front.Dump(p.t, s.database) {
		var doc stored
		if err := json.Unmarshal(d.Body, &doc); err != nil {
			return fmt.Errorf("document %s: %w", d.ID, err)
		}
		place := d.Container + "/" + d.Partition
		if !slices.Contains([]string{"orders/checkout", "payments/charges", "payments/carts", "payments/ledger", "roster/root"}, place) {
			return fmt.Errorf("a document in %s", place)
		}
		switch store.Type(doc.Type) {
		case store.TypeEvent:
			events[place] = append(events[place], doc)
			if d.ID != store.EventID(int64(len(events[place]))) { // the dump is sorted
				return fmt.Errorf("%s has %s as event %d", place, d.ID, len(events[place]))
			}
			if doc.Body.Node != "" {
				newest[doc.Body.Node] = len(doc.Body.To) > 0
			}
		case store.TypeHead:
			heads[place] = doc.Body.Seq
		case store.TypeRegistration:
			registered[doc.Body.Path] = !doc.Deleted
		}
	}
	for place, list := range events {
		if heads[place] != int64(len(list)) {
			return fmt.Errorf("%s has %d events and its head is at %d", place, len(list), heads[place])
		}
	}
	if fmt.Sprint(newest) != fmt.Sprint(registered) { // maps print in the order of their keys
		return fmt.Errorf("events tell of %v, registered is %v", newest, registered)
	}
	return nil
}
