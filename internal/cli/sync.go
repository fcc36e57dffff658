// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/sync"
)

func newSync(env *Env) *cobra.Command {
	formats := []string{"text", "json", "github", "azure"}
	var flags planFlags
	var saved string
	var take takeFlags
	c := &cobra.Command{
		Use:   "sync [dir]",
		Short: "Make the store equal to the registry",
		Long: `Sync writes to the store what roster plan shows: for every app one atomic commit
of its registrations and their audit events. It can be stopped and run again at
any time; what is written stays written and the next run goes on from there.`,
		Example: `  roster sync
  roster sync examples/shop --plan shop.plan
  roster sync --allow updates=162`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			return runSync(c.Context(), env, folder(args), syncRun{flags, take, format, saved})
		},
	}
	flags.add(c, formats...)
	take.add(c, "snapshot")
	c.Flags().StringVar(&saved, "plan", "", "saved plan to apply; refused when anything moved since")
	return c
}

// syncRun is what a sync was asked for with.
type syncRun struct {
	planFlags
	take          takeFlags
	format, saved string
}

func runSync(ctx context.Context, env *Env, dir string, r syncRun) (err error) {
	if err := refuseProposed(env, "sync"); err != nil {
		return err
	}
	if err := r.take.check("snapshot"); err != nil {
		return err
	}
	var bound *plan.Plan
	if r.saved != "" {
		if bound, err = loadPlan(r.saved); err != nil {
			return err
		}
	}
	o, err := open(ctx, env, dir, r.registryFlags)
	if err != nil {
		return err
	}
	if err := o.demand(env); err != nil {
		return err
	}
	spec, err := storeSpec(env, r.store, o.dir, o.registry.Root)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, env, spec, false)
	if err != nil {
		return err
	}
	defer closeInto(st, &err)
	if err := r.apply(ctx, env, o, st, spec, bound); err != nil || r.take.file == "" {
		return err
	}
	return takeSnapshot(ctx, env, st, o.registry.Root, r.take)
}

// apply plans anew, holds the plan against a saved one if there is such, and
// makes it so.
func (r *syncRun) apply(ctx context.Context, env *Env, o *opened, st wire.Store, spec string, bound *plan.Plan) error {
	desired, err := sync.DesiredOf(o.registry, commitOf(env, r.commit))
	if err != nil {
		return err
	}
	state, p, err := planOn(ctx, st, desired, r.allow)
	if err != nil {
		return err
	}
	if bound != nil {
		if err := stillValid(bound, p); err != nil {
			return err
		}
	}
	if len(p.Refusals) > 0 {
		return refuse(env, r.format, p)
	}
	if err := provisioned(st, spec); err != nil {
		return err
	}
	run, err := syncConfig(env, bound != nil, len(p.Changes))
	if err != nil {
		return err
	}
	result, err := sync.Apply(ctx, st, p, state, run)
	if reportErr := report.Sync(env.Stdout, r.format, result, report.TextOptions{Colour: colour(env)}); err == nil {
		err = reportErr
	}
	if forCI(env, r.format) {
		err = cmp.Or(err, tellSync(env, result))
	}
	return explainStop(err, result)
}

// tellSync gives what a sync did to the CI system.
func tellSync(env *Env, result *sync.Result) error {
	var page strings.Builder
	if err := report.MarkdownSync(&page, result); err != nil {
		return err
	}
	sink := ci.NewSink(env.Getenv, env.Stdout, env.Random)
	if err := sink.Summary(page.String()); err != nil {
		return err
	}
	return sink.Output("written", strconv.Itoa(result.Written()))
}

// stillValid compares a saved plan with the one that is true now.
func stillValid(saved, now *plan.Plan) error {
	if moved := sync.StaleInputs(saved, now); len(moved) > 0 {
		return fmt.Errorf("%w: since it was made these moved: %s; plan again", sync.ErrStale, strings.Join(moved, ", "))
	}
	if saved.Digest != now.Digest {
		return fmt.Errorf("%w: another version of roster plans other changes from the same inputs; plan again", sync.ErrStale)
	}
	return nil
}

func refuse(env *Env, format string, p *plan.Plan) error {
	if err := report.Plan(env.Stdout, format, p, report.TextOptions{Colour: colour(env)}); err != nil {
		return err
	}
	return errObjections
}

// explainStop says what a run that ended early leaves behind.
func explainStop(err error, result *sync.Result) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("stopped after %d of %d changes, each written whole; run roster sync again to go on: %w",
			result.Written()+result.Overtaken, result.Written()+result.Overtaken+result.Remaining, err)
	}
	return err
}

func syncConfig(env *Env, strict bool, total int) (sync.Config, error) {
	actor, source := ci.Context(env.Getenv)
	operation, err := operationID(env, source)
	return sync.Config{
		Actor: actor, Source: source,
		Tool:      audit.Tool{Version: env.version().Version},
		Operation: operation,
		Now:       env.Now,
		Strict:    strict,
		Progress:  progress(env, total),
	}, err
}

// operationID names this run: the CI run that it belongs to, and a random part
// that no other run has.
func operationID(env *Env, source audit.Source) (string, error) {
	var random [16]byte // as many bits as a UUID has
	if _, err := io.ReadFull(env.Random, random[:]); err != nil {
		return "", fmt.Errorf("draw an operation id: %w", err)
	}
	id := hex.EncodeToString(random[:])
	if source.RunID != "" {
		id = source.RunID + "." + source.RunAttempt + "-" + id
	}
	return id, nil
}

// progress shows how far a long run is: one line that is rewritten on a
// terminal, a line for every tenth elsewhere, nothing for a short run.
func progress(env *Env, total int) func(sync.Progress) {
	const worthShowing = 200
	if total < worthShowing {
		return nil
	}
	shown := 0
	return func(p sync.Progress) {
		switch {
		case env.Terminal:
			end := ""
			if p.Done == p.Total {
				end = "\n"
			}
			_, _ = fmt.Fprintf(env.Stderr, "\rroster: %d of %d written%s", p.Done, p.Total, end)
		case p.Done*10/p.Total > shown:
			shown = p.Done * 10 / p.Total
			env.say("%d of %d written", p.Done, p.Total)
		}
	}
}
