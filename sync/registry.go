// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/store"
)

// writeRegistry adds the plan's new domains, its commit and its changes to the registry
// document, with an event, before any registration is written. So later runs know every
// container that was ever written to, which commit is the newest, and what guardrails have
// to count, even if this run is cut.
func (w *writer) writeRegistry(ctx context.Context) error {
	checked, counted := w.state.stored.Commit, w.state.stored.Recent
	for range w.config.Attempts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if now := w.state.stored.Commit; now != checked && now != w.config.Record {
			return fmt.Errorf("%w: another run synced commit %s meanwhile; run again", ErrStale, now)
		}
		if err := w.state.ownContainers(w.plan.Domains); err != nil {
			return err // another run was faster
		}
		if refused := w.refusedSince(counted); refused != "" {
			return fmt.Errorf("%w: with what another run changed meanwhile, %s; plan again", ErrRefused, refused)
		}
		next := w.nextRegistry()
		if w.state.stored.ETag != "" && same(next, w.state.stored) {
			return nil
		}
		err := w.commitRegistry(context.WithoutCancel(ctx), next)
		switch {
		case err == nil:
			w.result.Commits++
			w.result.Events++
			return nil
		case !errors.Is(err, store.ErrConflict):
			return fmt.Errorf("write the registry document: %w", err)
		case w.config.Strict:
			return fmt.Errorf("%w: another run changed the registry document; plan again", ErrStale)
		}
		w.result.Conflicts++
		if err := w.state.readRegistry(ctx, w.store, w.plan.Registry); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: the registry document was not written in %d attempts; run again when other runs have ended",
		ErrContention, w.config.Attempts)
}

// refusedSince returns what guardrails object to because other runs changed more since the
// plan was made, "" for nothing.
func (w *writer) refusedSince(counted []guardrail.Recent) string {
	if guardrail.Equal(counted, w.state.stored.Recent) {
		return ""
	}
	refusals := func(recent []guardrail.Recent) []guardrail.Refusal {
		p := *w.plan
		p.Refuse(w.config.Guardrails, w.state.registrations, guardrail.Since(recent, w.config.Now()), w.config.Allowed)
		return p.Refusals
	}
	before := refusals(counted)
	for _, r := range refusals(w.state.stored.Recent) {
		if !slices.Contains(before, r) {
			return r.Message
		}
	}
	return ""
}

func same(a, b ledger.Registry) bool {
	return maps.Equal(a.Domains, b.Domains) && a.Commit == b.Commit && guardrail.Equal(a.Recent, b.Recent)
}

// nextRegistry returns the stored registry document with the plan's domains added, and
// with the changes that later runs have to count beside their own.
func (w *writer) nextRegistry() ledger.Registry {
	next := ledger.Registry{
		Name: w.plan.Registry, Domains: map[string]string{}, Commit: w.state.stored.Commit, Rollback: w.state.stored.Rollback,
		Recent: w.config.Guardrails.Remember(w.state.stored.Recent, w.plan.Guarded(), w.config.Allowed, w.config.Now()),
	}
	if w.config.Record != "" && w.config.Record != next.Commit && !w.plan.Empty() {
		next.Commit, next.Rollback = w.config.Record, w.config.Rollback
	}
	maps.Copy(next.Domains, w.state.stored.Domains)
	for _, d := range w.plan.Domains {
		next.Domains[d.Name] = d.Container
	}
	return next
}

func (w *writer) commitRegistry(ctx context.Context, next ledger.Registry) error {
	g := group{container: ledger.SystemContainer, partition: ledger.SystemPartition, domain: ledger.SystemContainer}
	chain, err := ledger.Open(ctx, w.store, g.container, g.partition)
	if err != nil {
		return err
	}
	doc, err := next.Document()
	if err != nil {
		return err
	}
	event := w.newEvent(g.domain, g.partition, audit.RegistryUpdated)
	event.After = doc.Body
	chain.Add(event)
	_, err = chain.Commit(ctx, w.store, []store.Operation{{Document: doc, IfMatch: w.state.stored.ETag}})
	return err
}

// StaleInputs returns a phrase for each input that differs between a saved plan
// and a fresh one.
func StaleInputs(saved, fresh *plan.Plan) []string {
	var stale []string
	for _, input := range []struct{ name, planned, now string }{
		{"commit", saved.Inputs.Commit, fresh.Inputs.Commit},
		{"manifests", saved.Inputs.Manifest, fresh.Inputs.Manifest},
		{"policy", saved.Inputs.Policy, fresh.Inputs.Policy},
		{"store", saved.Inputs.Store, fresh.Inputs.Store},
		{"registry", saved.Registry, fresh.Registry},
	} {
		if input.planned != input.now {
			stale = append(stale, fmt.Sprintf("%s (planned %s, now %s)", input.name, short(input.planned), short(input.now)))
		}
	}
	return stale
}

// short returns the part of a digest that is enough to compare by eye.
func short(digest string) string {
	const length = len("sha256:") + 12
	if digest == "" {
		return "none"
	}
	return digest[:min(len(digest), length)]
}
