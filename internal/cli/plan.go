// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/atomicfile"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/snapshot"
	"github.com/appofapps/roster/sync"
)

// planFlags are the flags that plan and sync share.
type planFlags struct {
	registryFlags
	store  string
	commit string
}

func (f *planFlags) add(c *cobra.Command, formats []string) {
	f.registryFlags.add(c, formats)
	addStoreFlag(c, &f.store)
	c.Flags().StringVar(&f.commit, "commit", "", "revision of the manifests, recorded in the plan (default: the commit of the CI run)")
}

func newPlan(env *Env) *cobra.Command {
	formats := report.Plan().Formats()
	var flags planFlags
	var snapshot snapshotFlags
	var out string
	c := &cobra.Command{
		Use:   "plan [dir]",
		Short: "Show what a sync would change in the store",
		Long: `Plan compares the registry in dir with the store. It shows every registration to
create, update or delete, and the access that each change adds or removes. It writes
nothing. With --out it saves the plan; roster sync --plan applies it only while
manifests, policy and store are unchanged.`,
		Example: `  roster plan
  roster plan examples/shop --out shop.plan
  roster plan --allow deletes=9`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(flags.format, formats); err != nil {
					return err
				}
				return planRun{flags, snapshot, out}.run(ctx, s)
			})
		},
	}
	flags.add(c, formats)
	flags.addBase(c)
	snapshot.addSnapshot(c)
	c.Flags().StringVar(&out, "out", "", "file to save the plan in, for example roster.plan (default: not saved)")
	return c
}

// planRun are the flags of a plan.
type planRun struct {
	planFlags
	snapshotFlags
	out string
}

func (r planRun) run(ctx context.Context, s *session) error {
	if err := s.load(ctx, r.registryFlags); err != nil {
		return err
	}
	if rules, _ := s.unaccepted(); len(rules) > 0 && s.forCI() {
		return cmp.Or(answer(ctx, s, s.textOptions()), errFindings)
	}
	if err := s.demand(); err != nil {
		return err
	}
	if v := s.result.Verdict; v != nil {
		s.say("%s", report.VerdictLine(v))
	}
	if err := r.open(ctx, s); err != nil {
		return err
	}
	_, p, err := s.plan(ctx, r.planFlags)
	if err != nil {
		return err
	}
	cost := s.sayStore()
	if r.out != "" {
		if err := savePlan(r.out, p); err != nil {
			return err
		}
		s.say("plan saved; apply it with roster sync --plan %s", r.out)
	}
	if err := show(s, report.Plan(), p); err != nil {
		return err
	}
	if s.forCI() {
		if err := tellPlan(ctx, s, p, cost); err != nil {
			return err
		}
	}
	if len(p.Refusals) > 0 {
		return errFindings
	}
	return nil
}

// open opens the snapshot or the store to plan from.
func (r planRun) open(ctx context.Context, s *session) error {
	if r.snapshot != "" {
		return s.openSnapshot(r.snapshotFlags)
	}
	err := s.openStore(ctx, r.store, toRead)
	if errors.Is(err, wire.ErrNoStore) {
		s.store = wire.Opened(snapshot.Empty())
		return nil
	}
	return err
}

// tellPlan gives the findings and the plan to the CI system.
func tellPlan(ctx context.Context, s *session, p *plan.Plan, cost *store.Usage) error {
	review, err := s.review(p)
	if err != nil {
		return err
	}
	review.Cost = cost
	return s.tell(ctx, review, s.textOptions())
}

// plan compares the registry with the open store. It writes nothing.
func (s *session) plan(ctx context.Context, flags planFlags) (*sync.State, *plan.Plan, error) {
	desired, err := sync.DesiredOf(s.registry, cmp.Or(flags.commit, ci.Commit(s.Getenv)))
	if err != nil {
		return nil, nil, err
	}
	state, err := sync.Read(ctx, s.store, desired, runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, nil, err
	}
	p, err := sync.Plan(state, desired, flags.allow, s.Now())
	return state, p, err
}

func savePlan(path string, p *plan.Plan) error {
	content, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	if err := atomicfile.Write(path, append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("save plan: %w", err)
	}
	return nil
}

// maxPlanFile is more than the plan of the largest registry.
const maxPlanFile = 256 << 20

// loadPlan reads a saved plan and verifies its digest.
func loadPlan(path string) (*plan.Plan, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usage("no plan %q; create one with roster plan --out %s", path, path)
	}
	if info.Size() > maxPlanFile {
		return nil, usage("%q is too large for a plan", path)
	}
	content, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	p, err := plan.Decode(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", sync.ErrStale, path, err)
	}
	return p, nil
}
