// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// ErrRefused is returned for a plan with refusals.
var ErrRefused = errors.New("plan refused by a guardrail")

// ErrStale is returned when an input of a saved plan has changed since.
var ErrStale = errors.New("plan is stale")

// ErrContention is returned when other writers were faster in every attempt to
// write one app.
var ErrContention = errors.New("too many conflicts")

// Kind is the kind of a Result in JSON.
const Kind = "SyncResult"

// defaultAttempts limits the attempts to commit one app. With 16 writers on one
// head, a commit meets about six conflicts, so 50 attempts are enough for more
// writers than a company has pipelines.
const defaultAttempts = 50

// Limits of one commit. maxOperations leaves one for the head. maxBytes limits the sum of
// changeSize, and leaves a quarter of the commit for the other fields.
const (
	maxOperations = store.MaxOperations - 1
	maxBytes      = store.MaxCommit / 4 * 3
)

// Config says who applies a plan, and how.
type Config struct {
	Record   string // commit of the manifests to record; "" for none
	Rollback bool   // the commit is older than the recorded one, on purpose

	Guardrails guardrail.Limits // as of the plan: what later runs have to count
	Allowed    []string         // overrides that the plan was made with

	Actor     audit.Actor
	Source    audit.Source
	Tool      audit.Tool
	Operation string             // id of this run, the same in all of its events
	Now       func() time.Time   // the events' clock
	Attempts  int                // commits tried per group of changes; default 50
	Strict    bool               // for a saved plan: a conflict is ErrStale; nothing is planned again
	Progress  func(Progress)     // called after every commit; may be nil
	Usage     func() store.Usage // cost of the store's calls so far; nil if they are free
}

// Progress is the progress of a run, in changes.
type Progress struct {
	Done, Total int
}

// Result is the outcome of Apply.
type Result struct {
	APIVersion string `json:"apiVersion"` // manifest.APIVersion
	Kind       string `json:"kind"`       // Kind
	Registry   string `json:"registry"`
	Operation  string `json:"operation"`
	Plan       string `json:"plan"` // digest of the plan
	Created    int    `json:"created"`
	Updated    int    `json:"updated"`
	Deleted    int    `json:"deleted"`
	Overtaken  int    `json:"overtaken"` // planned changes that another run made first
	Remaining  int    `json:"remaining"` // planned changes that were not made
	Events     int    `json:"events"`    // written to the trail
	Commits    int    `json:"commits"`
	Conflicts  int    `json:"conflicts"` // commits planned again because another writer was faster

	Cost *store.Usage `json:"cost,omitempty"` // of the store, including reads; absent for a store without cost
}

// Written counts the registrations that were changed.
func (r *Result) Written() int { return r.Created + r.Updated + r.Deleted }

// Apply makes the store equal to the plan. It returns a result even with an error;
// the next run continues from there. Apply checks ctx between commits and always
// finishes a commit that it started.
//
// Errors: ErrRefused, ErrStale (Config.Strict only), ErrContention, the
// context's, or the store's.
func Apply(ctx context.Context, st store.Store, p *plan.Plan, state *State, config Config) (*Result, error) {
	result := &Result{
		APIVersion: manifest.APIVersion, Kind: Kind,
		Registry: p.Registry, Operation: config.Operation, Plan: p.Digest, Remaining: len(p.Changes),
	}
	if len(p.Refusals) > 0 {
		return result, ErrRefused
	}
	if config.Attempts == 0 {
		config.Attempts = defaultAttempts
	}
	w := &writer{store: st, plan: p, state: state, config: config, result: result}
	err := w.write(ctx)
	if config.Usage != nil {
		usage := config.Usage()
		result.Cost = &usage
	}
	return result, err
}

// write writes the registry document and then every group of changes.
func (w *writer) write(ctx context.Context) error {
	if err := w.writeRegistry(ctx); err != nil {
		return err
	}
	for _, g := range groups(w.plan) {
		if err := w.group(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// group is the changes of one partition that commit together.
type group struct {
	container, partition, domain string
	changes                      []plan.Change
	bytes                        int // changeSize of all
	operations                   int // operationsOf all
}

// groups splits a plan into commits: one per top-level app, or more for an app
// with more changes than fit in one commit.
func groups(p *plan.Plan) []group {
	containers := map[string]string{}
	for _, d := range p.Domains {
		containers[d.Name] = d.Container
	}
	var list []group
	at := map[[2]string]int{}
	for _, c := range p.Changes {
		size, operations := changeSize(c), operationsOf(c)
		subject := c.Subject()
		key := [2]string{subject.Domain, subject.Partition()}
		i, known := at[key]
		if !known || list[i].operations+operations > maxOperations || list[i].bytes+size > maxBytes {
			i = len(list)
			at[key] = i
			list = append(list, group{container: containers[subject.Domain], partition: key[1], domain: key[0]})
		}
		list[i].changes = append(list[i].changes, c)
		list[i].bytes += size
		list[i].operations += operations
	}
	return list
}

// changeSize returns the bytes that a change takes in a commit: the new
// registration, and the old and the new one in the event.
func changeSize(c plan.Change) int {
	size := 0
	if c.Before != nil {
		size += len(c.Before.Bytes())
	}
	if c.After != nil {
		size += 2 * len(c.After.Bytes())
	}
	return size
}

// writer is the state of one run.
type writer struct {
	store  store.Store
	plan   *plan.Plan
	state  *State
	config Config
	result *Result
}

// group commits one group of changes. After a conflict it plans the group again,
// until the group is written, another run has made the changes, or the attempts
// are used up.
func (w *writer) group(ctx context.Context, g group) error {
	planned := len(g.changes)
	for range w.config.Attempts {
		if err := ctx.Err(); err != nil {
			return err
		}
		// A signal to the process must not interrupt a commit.
		err := w.commitGroup(context.WithoutCancel(ctx), g)
		switch {
		case err == nil:
			w.count(g, planned)
			return nil
		case !errors.Is(err, store.ErrConflict):
			return fmt.Errorf("write app %s/%s: %w", g.domain, g.partition, err)
		case w.config.Strict:
			return fmt.Errorf("%w: another run changed app %s/%s; plan again", ErrStale, g.domain, g.partition)
		}
		w.result.Conflicts++
		if g.changes, err = w.replan(ctx, g); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: app %s/%s was not written in %d attempts; run again when other runs have ended",
		ErrContention, g.domain, g.partition, w.config.Attempts)
}

func (w *writer) count(g group, planned int) {
	for _, c := range g.changes {
		switch c.Action {
		case plan.Create:
			w.result.Created++
		case plan.Update:
			w.result.Updated++
		case plan.Delete:
			w.result.Deleted++
		}
	}
	if len(g.changes) > 0 {
		w.result.Commits++
		w.result.Events += len(g.changes)
	}
	w.result.Overtaken += max(planned-len(g.changes), 0)
	w.result.Remaining -= planned
	if w.config.Progress != nil && planned > 0 {
		total := len(w.plan.Changes)
		w.config.Progress(Progress{Done: total - w.result.Remaining, Total: total})
	}
}

// replan returns the changes of a group that its partition still needs, and notes
// the new etags.
func (w *writer) replan(ctx context.Context, g group) ([]plan.Change, error) {
	docs, err := w.store.List(ctx, g.container, g.partition, store.TypeRegistration)
	if err != nil {
		return nil, fmt.Errorf("read app %s/%s again: %w", g.domain, g.partition, err)
	}
	now := map[string]registration.Sealed{}
	for _, doc := range docs {
		at := place{g.container, g.partition, doc.ID}
		w.state.entries[at] = store.Entry{Partition: g.partition, ID: doc.ID, Digest: doc.Digest, ETag: doc.ETag, Deleted: doc.Deleted}
		if !doc.Deleted {
			if now[doc.ID], err = openRegistration(doc); err != nil {
				return nil, err
			}
		}
	}
	var changes []plan.Change
	for _, c := range g.changes {
		var before, after []registration.Sealed
		if r, present := now[c.Subject().DocumentID()]; present {
			before = append(before, r)
		}
		if c.After != nil {
			after = append(after, *c.After)
		}
		again, err := plan.Diff(before, after)
		if err != nil {
			return nil, err
		}
		changes = append(changes, again...)
	}
	return changes, nil
}

// commitGroup writes registrations, what ends the credentials of removed nodes, events
// and head atomically. Errors:
// store.ErrConflict, after which the caller plans again.
func (w *writer) commitGroup(ctx context.Context, g group) error {
	if len(g.changes) == 0 {
		return nil
	}
	var all []step
	for _, c := range g.changes {
		doc, err := registrationDocument(c)
		if err != nil {
			return err
		}
		revoked, err := w.revocations(ctx, g, c)
		if err != nil {
			return err
		}
		if revoked, err = w.endFirst(ctx, g, revoked); err != nil {
			return err
		}
		operation := store.Operation{Document: doc, IfMatch: w.state.entries[place{g.container, g.partition, doc.ID}].ETag}
		all = append(append(all, step{operation, w.event(g, c)}), revoked...)
	}
	if err := w.commit(ctx, g, all); err != nil {
		return err
	}
	w.result.Events += len(all) - len(g.changes)
	return nil
}

// commit writes steps of a group and their events atomically.
func (w *writer) commit(ctx context.Context, g group, steps []step) error {
	chain, err := ledger.Open(ctx, w.store, g.container, g.partition)
	if err != nil {
		return err
	}
	operations := make([]store.Operation, len(steps))
	for i, s := range steps {
		operations[i] = s.operation
		chain.Add(s.event)
	}
	_, err = chain.Commit(ctx, w.store, operations)
	return err
}
