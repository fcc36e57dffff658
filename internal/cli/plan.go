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
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/snapshot"
	"github.com/appofapps/roster/sync"
	"github.com/appofapps/roster/validate"
)

// planFlags are the flags that plan and sync share.
type planFlags struct {
	registryFlags
	store  string
	commit string
}

func (f *planFlags) add(c *cobra.Command, formats ...string) {
	f.registryFlags.add(c, formats...)
	addStoreFlag(c, &f.store)
	c.Flags().StringVar(&f.commit, "commit", "", "revision that the manifests came from, recorded in the plan (default: GITHUB_SHA and its like)")
}

func newPlan(env *Env) *cobra.Command {
	formats := []string{"text", "json", "github", "azure"}
	var flags planFlags
	var snapshot snapshotFlags
	var out string
	c := &cobra.Command{
		Use:   "plan [dir]",
		Short: "What would change in the store?",
		Long: `Plan compares the registry in dir with the store and shows every registration
that would be created, updated or deleted, and what access each change adds or
removes. Nothing is written. With --out the plan is saved; roster sync --plan
applies it only while manifests, policy and store are what they were. With
--base it first holds the manifests against a git revision, as validate does.`,
		Example: `  roster plan
  roster plan examples/shop --out shop.plan
  roster plan --allow deletes=9`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			return runPlan(c.Context(), env, folder(args), planRun{flags, snapshot, format, out})
		},
	}
	flags.add(c, formats...)
	flags.addBase(c)
	snapshot.addSnapshot(c)
	c.Flags().StringVar(&out, "out", "", "file to save the plan in")
	return c
}

// planRun is what a plan was asked for with.
type planRun struct {
	planFlags
	snapshotFlags
	format, out string
}

func runPlan(ctx context.Context, env *Env, dir string, r planRun) error {
	o, err := open(ctx, env, dir, r.registryFlags)
	if err != nil {
		return err
	}
	if rules, _ := validate.Open(o.result.Findings, o.allow); len(rules) > 0 && forCI(env, r.format) {
		return cmp.Or(o.answer(ctx, env, r.format, o.textOptions(env)), errObjections)
	}
	if err := o.demand(env); err != nil {
		return err
	}
	if v := o.result.Verdict; v != nil {
		env.say("%s", report.VerdictLine(v))
	}
	p, cost, err := r.plan(ctx, env, o)
	if err != nil {
		return err
	}
	if r.out != "" {
		if err := savePlan(r.out, p); err != nil {
			return err
		}
		env.say("plan saved; apply it with roster sync --plan %s", r.out)
	}
	if err := report.Plan(env.Stdout, r.format, p, report.TextOptions{Colour: colour(env)}); err != nil {
		return err
	}
	if forCI(env, r.format) {
		if err := o.tellPlan(ctx, env, p, cost); err != nil {
			return err
		}
	}
	if len(p.Refusals) > 0 {
		return errObjections
	}
	return nil
}

// tellPlan gives a plan, and what was found before it, to the CI system.
func (o *opened) tellPlan(ctx context.Context, env *Env, p *plan.Plan, cost *store.Usage) error {
	review, err := o.review(env, p)
	if err != nil {
		return err
	}
	review.Cost = cost
	return tell(ctx, env, o, review, o.textOptions(env))
}

// plan plans without writing, and returns what that cost, if anything.
func (r *planRun) plan(ctx context.Context, env *Env, o *opened) (p *plan.Plan, cost *store.Usage, err error) {
	st, err := r.open(ctx, env, o)
	if err != nil {
		return nil, nil, err
	}
	defer closeInto(st, &err)
	desired, err := sync.DesiredOf(o.registry, commitOf(env, r.commit))
	if err != nil {
		return nil, nil, err
	}
	if _, p, err = planOn(ctx, st, desired, r.allow); err != nil {
		return nil, nil, err
	}
	return p, sayStore(env, st), nil
}

// open returns what is planned from: a snapshot, or the store.
func (r *planRun) open(ctx context.Context, env *Env, o *opened) (wire.Store, error) {
	if r.snapshot != "" {
		return r.storeOf(env, o)
	}
	spec, err := storeSpec(env, r.store, o.dir, o.registry.Root)
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, env, spec, true)
	if errors.Is(err, wire.ErrNoStore) {
		return wire.KeepOpen(snapshot.Empty()), nil
	}
	return st, err
}

func planOn(ctx context.Context, st wire.Store, desired sync.Desired, allow []string) (*sync.State, *plan.Plan, error) {
	state, err := sync.Read(ctx, st, desired, runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, nil, err
	}
	p, err := sync.Plan(state, desired, allow)
	return state, p, err
}

// commitOf returns the revision that the manifests came from: what the user
// said, or what the CI system says.
func commitOf(env *Env, flag string) string {
	if flag != "" {
		return flag
	}
	for _, name := range []string{"GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA"} {
		if sha := env.Getenv(name); sha != "" {
			return sha
		}
	}
	return ""
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

// maxPlanFile is more than a plan of the largest registry takes.
const maxPlanFile = 256 << 20

// loadPlan reads a saved plan and makes sure that it is what was saved.
func loadPlan(path string) (*plan.Plan, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usage("there is no plan %s; make one with roster plan --out %s", path, path)
	}
	if info.Size() > maxPlanFile {
		return nil, usage("%s is too large for a plan", path)
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
