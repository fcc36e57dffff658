// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/store"
)

// record enters the plan's new domains into the registry's own document, with
// an event, before anything is registered in them: so no container is ever
// written to that a later run does not know of.
func (w *writer) record(ctx context.Context) error {
	for range w.config.Attempts {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := w.nextRecord()
		if w.state.stored.ETag != "" && maps.Equal(next.Domains, w.state.stored.Domains) {
			return nil
		}
		err := w.commitRecord(context.WithoutCancel(ctx), next)
		switch {
		case err == nil:
			w.result.Commits++
			w.result.Events++
			return nil
		case !errors.Is(err, store.ErrConflict):
			return fmt.Errorf("write the registry's record: %w", err)
		case w.config.Strict:
			return fmt.Errorf("%w: the registry's record was changed meanwhile; plan again", ErrStale)
		}
		w.result.Conflicts++
		if err := w.state.readRegistry(ctx, w.store, w.plan.Registry); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: the registry's record after %d attempts", ErrContention, w.config.Attempts)
}

// nextRecord is the stored record with the plan's domains added.
func (w *writer) nextRecord() ledger.Registry {
	next := ledger.Registry{Name: w.plan.Registry, Domains: map[string]string{}}
	maps.Copy(next.Domains, w.state.stored.Domains)
	for _, d := range w.plan.Domains {
		next.Domains[d.Name] = d.Container
	}
	return next
}

func (w *writer) commitRecord(ctx context.Context, next ledger.Registry) error {
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
	if err := chain.Add(event); err != nil {
		return err
	}
	_, err = chain.Commit(ctx, w.store, []store.Operation{{Document: doc, IfMatch: w.state.stored.ETag}})
	return err
}

// Moved names the inputs of a saved plan that are not what they were, in words.
func Moved(saved, fresh *plan.Plan) []string {
	var moved []string
	for _, input := range []struct{ name, was, is string }{
		{"commit", saved.Bound.Commit, fresh.Bound.Commit},
		{"manifests", saved.Bound.Manifest, fresh.Bound.Manifest},
		{"policy", saved.Bound.Policy, fresh.Bound.Policy},
		{"store", saved.Bound.Store, fresh.Bound.Store},
		{"registry", saved.Registry, fresh.Registry},
	} {
		if input.was != input.is {
			moved = append(moved, fmt.Sprintf("%s (planned %s, now %s)", input.name, short(input.was), short(input.is)))
		}
	}
	return moved
}

// short is a digest that a person can compare.
func short(digest string) string {
	const length = len("sha256:") + 12
	if digest == "" {
		return "none"
	}
	return digest[:min(len(digest), length)]
}
