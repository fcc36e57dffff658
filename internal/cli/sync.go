// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/sync"
)

func newSync(env *Env) *cobra.Command {
	formats := report.Sync().Formats()
	var flags planFlags
	var saved, rollback string
	var take takeFlags
	c := &cobra.Command{
		Use:   "sync [dir]",
		Short: "Write the registry to the store, each change with its audit event",
		Long: `Sync writes to the store what roster plan shows: for every app one atomic commit of
its registrations and their audit events. It is idempotent. An interrupted sync keeps
what it wrote, and the next one continues.`,
		Example: `  roster sync
  roster sync examples/shop --plan shop.plan
  roster sync --allow updates=162`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(flags.format, formats); err != nil {
					return err
				}
				return syncRun{flags, take, saved, rollback}.run(ctx, s)
			})
		},
	}
	flags.add(c, formats)
	take.add(c, "snapshot")
	addBranch(c, env)
	c.Flags().StringVar(&saved, "plan", "", "saved plan to apply; refused if its inputs have changed")
	c.Flags().StringVar(&rollback, "rollback", "", "commit to go back to, if it is older than the one that was synced last")
	return c
}

// syncRun are the flags of a sync.
type syncRun struct {
	planFlags
	take     takeFlags
	saved    string
	rollback string
}

func (r syncRun) run(ctx context.Context, s *session) (err error) {
	if err := refuseProposed(s.Env, "sync"); err != nil {
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
	if err := s.loadValid(ctx, r.registryFlags); err != nil {
		return err
	}
	if err := s.demandMerged(ctx); err != nil {
		return err
	}
	if err := s.openStore(ctx, r.store, toWrite); err != nil {
		return err
	}
	if err := r.apply(ctx, s, bound); err != nil || r.take.file == "" {
		return err
	}
	return takeSnapshot(ctx, s, r.take)
}

// apply plans again, compares the plan with a saved one if there is one, and
// carries it out.
func (r syncRun) apply(ctx context.Context, s *session, bound *plan.Plan) error {
	state, p, err := s.plan(ctx, r.planFlags)
	if err != nil {
		return err
	}
	if err := s.demandNewer(ctx, state.Commit(), p.Inputs.Commit, r.rollback); err != nil {
		return err
	}
	if bound != nil {
		if err := stillValid(bound, p); err != nil {
			return err
		}
	}
	if len(p.Refusals) > 0 {
		return refuse(s, p)
	}
	if err := s.provisioned(); err != nil {
		return err
	}
	event, err := s.event()
	if err != nil {
		return err
	}
	result, err := sync.Apply(ctx, s.store, p, state, sync.Config{
		Actor: event.Actor, Source: event.Source, Tool: event.Tool, Operation: event.Operation,
		Now: s.Now, Strict: bound != nil, Record: recordable(p.Inputs.Commit), Rollback: r.rollback != "", Guardrails: guardrail.Of(s.registry.Root), Allowed: r.allow, Progress: progress(s.Env, len(p.Changes)), Usage: s.store.Usage,
	})
	if reportErr := show(s, report.Sync(), result); err == nil {
		err = reportErr
	}
	if s.forCI() {
		err = cmp.Or(err, tellSync(s, result))
	}
	return explainStop(err, result)
}

// tellSync gives what a sync did to the CI system.
func tellSync(s *session, result *sync.Result) error {
	if err := s.summarise(func(w io.Writer) error { return report.MarkdownSync(w, result) }); err != nil {
		return err
	}
	return s.sink().Output("written", strconv.Itoa(result.Written()))
}

// stillValid compares a saved plan with a new one.
func stillValid(saved, now *plan.Plan) error {
	if moved := sync.StaleInputs(saved, now); len(moved) > 0 {
		return fmt.Errorf("%w: changed since then: %s; plan again", sync.ErrStale, strings.Join(moved, ", "))
	}
	if saved.Digest != now.Digest {
		return fmt.Errorf("%w: another version of roster made it; plan again", sync.ErrStale)
	}
	return nil
}

// refuse shows the plan that the guardrails refuse.
func refuse(s *session, p *plan.Plan) error {
	if err := show(s, report.Plan(), p); err != nil {
		return err
	}
	return errFindings
}

// explainStop says what an interrupted run has written.
func explainStop(err error, result *sync.Result) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted after %d of %d changes; run roster sync again to continue: %w",
			result.Written()+result.Overtaken, result.Written()+result.Overtaken+result.Remaining, err)
	}
	return err
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
