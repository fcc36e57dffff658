// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/rotate"
)

func newRotate(env *Env) *cobra.Command {
	formats := []string{"text", "json", "github", "azure"}
	var flags planFlags
	var dry bool
	var now nowFlags
	c := &cobra.Command{
		Use:   "rotate [dir]",
		Short: "Renew the credentials that are due",
		Long: `Rotate renews every credential of the registry in dir that says how often, when
it is due: it makes a new one, keeps it beside the old one, uses it for real,
delivers it to every sink, gives the old one its overlap, and ends it. Every state
is on record with an audit event. A run can be cut at any time; the next one goes
on. After five failures in a row a credential is held until somebody releases it.

With --dry-run it says what it would do: which requests it would make, which
permissions that takes, and what stands in the way. It reads what providers and
sinks have, and changes nothing; the exit code is 1 if anything is due.

With --now it renews what an owner or a node has, due or not; --confirm has to
give their number. For --reason leak the old ones are ended as soon as every sink
serves the new ones.`,
		Example: `  roster rotate
  roster rotate --dry-run
  roster rotate --now --owner group:checkout-team --reason leak --dry-run
  roster rotate --now --owner group:checkout-team --reason leak --confirm 3
  roster rotate status --format json`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			do := now.run
			if dry {
				do = planRotate
			}
			return rotateChosen(c.Context(), env, folder(args), flags, now, dry, format, do)
		},
	}
	flags.add(c, formats...)
	now.add(c)
	c.Flags().BoolVar(&dry, "dry-run", false, "only say what would be done; exit code 1 if anything would")
	c.AddCommand(newRotateStatus(env), newRotateHold(env), newRotateRelease(env), newRotateAck(env), newRotateResume(env), newRotateSweep(env), newRotateKey(env))
	return c
}

// nowFlags ask for a renewal that is not due.
type nowFlags struct {
	now         bool
	owner, node string
	reason      string
	confirm     int
}

func (f *nowFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.now, "now", false, "renew what --owner or --node has, due or not")
	flags.StringVar(&f.owner, "owner", "", "with --now: owner, as group:checkout-team")
	flags.StringVar(&f.node, "node", "", "with --now: node, and what is below it, as orders/checkout")
	flags.StringVar(&f.reason, "reason", string(rotate.Manual), "with --now: manual, or leak to give the old ones no overlap")
	flags.IntVar(&f.confirm, "confirm", 0, "with --now: how many credentials that are")
}

// check refuses flags that mean nothing.
func (f *nowFlags) check() error {
	switch {
	case !f.now && (f.owner != "" || f.node != "" || f.confirm != 0):
		return usage("--owner, --node and --confirm say what --now renews")
	case f.now && (f.owner == "") == (f.node == ""):
		return usage("--now needs either --owner or --node")
	case f.reason != string(rotate.Manual) && f.reason != string(rotate.Leak):
		return usage("--reason %q is not known; allowed: %s, %s", f.reason, rotate.Leak, rotate.Manual)
	}
	return nil
}

// choose returns the targets that are meant, and why they are renewed.
func (f *nowFlags) choose(all []rotate.Target) ([]rotate.Target, rotate.Reason, error) {
	if !f.now {
		return all, rotate.Scheduled, nil
	}
	var list []rotate.Target
	for _, t := range all {
		below := t.Node == f.node || strings.HasPrefix(t.Node, f.node+"/") || strings.HasPrefix(t.Node, f.node+"@")
		if f.owner != "" && t.Owner == f.owner || f.node != "" && below {
			list = append(list, t)
		}
	}
	if len(list) == 0 {
		return nil, "", usage("nothing that is renewed belongs to %s", cmp.Or(f.owner, f.node))
	}
	return list, rotate.Reason(f.reason), nil
}

// confirmed says what is meant unless its number is given.
func (f *nowFlags) confirmed(env *Env, list []rotate.Target) error {
	if !f.now || f.confirm == len(list) {
		return nil
	}
	for _, t := range list {
		env.say("%s %s, %s, owned by %s", t.Node, t.Name, t.Type, t.Owner)
	}
	env.say("to renew them now: --confirm %d", len(list))
	return errObjections
}

// rotations is a registry's credentials and what renews them.
type rotations struct {
	opened     *opened
	store      wire.Store
	containers []string // of the domains, sorted
	targets    []rotate.Target
	config     rotate.Config
}

// openRotations reads the registry and opens its store.
func openRotations(ctx context.Context, env *Env, dir string, flags planFlags, readOnly bool) (*rotations, error) {
	o, err := open(ctx, env, dir, flags.registryFlags)
	if err != nil {
		return nil, err
	}
	if err := o.demand(env); err != nil {
		return nil, err
	}
	containers := map[string]string{}
	for _, d := range o.registry.Domains {
		containers[d.Meta.Name.Value] = d.Container()
	}
	targets, err := rotate.Targets(wire.Systems(), registration.All(o.registry), containers, o.registry.Providers)
	if err != nil {
		return nil, err
	}
	spec, err := storeSpec(env, flags.store, o.dir, o.registry.Root)
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, env, spec, readOnly)
	if err != nil {
		return nil, err
	}
	actor, source := ci.Context(env.Getenv)
	operation, err := operationID(env, source)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	event := audit.Event{
		Actor: actor, Source: source, Tool: audit.Tool{Version: env.version().Version}, Operation: operation,
		Manifest: o.registry.Digest(), Policy: o.registry.PolicyDigest(),
	}
	w := &wire.Rotations{Store: st, Folder: o.dir, World: env.world(), Event: event}
	return &rotations{opened: o, store: st, containers: slices.Compact(slices.Sorted(maps.Values(containers))), targets: targets, config: rotate.Config{
		Store: st, Source: w.Source, Sink: w.Sink, Now: env.Now, Sleep: retry.Sleep, Random: env.Random, Holder: operation, Event: event,
		Started: func(t rotate.Target, s rotate.State) {
			if env.Terminal {
				env.say("%s %s: %s", t.Node, t.Name, s)
			}
		},
	}}, nil
}

// rotateAs is what rotate does with the credentials that are meant.
type rotateAs func(ctx context.Context, env *Env, r *rotations, targets []rotate.Target, reason rotate.Reason, format string) error

// rotateChosen opens what is renewed, and chooses what is meant. What a pull request
// proposes is not asked of anybody: it could name whom to show a token to.
func rotateChosen(ctx context.Context, env *Env, dir string, flags planFlags, now nowFlags, readOnly bool, format string, do rotateAs) (err error) {
	if err := refuseProposed(env, "rotate"); err != nil {
		return err
	}
	if err := now.check(); err != nil {
		return err
	}
	r, err := openRotations(ctx, env, dir, flags, readOnly)
	if err != nil {
		return err
	}
	defer closeInto(r.store, &err)
	targets, reason, err := now.choose(r.targets)
	if err != nil {
		return err
	}
	return do(ctx, env, r, targets, reason, format)
}

// run renews credentials.
func (f *nowFlags) run(ctx context.Context, env *Env, r *rotations, targets []rotate.Target, reason rotate.Reason, format string) error {
	if err := f.confirmed(env, targets); err != nil {
		return err
	}
	result, err := rotate.RunAll(ctx, r.opened.registry.Root.Meta.Name.Value, targets, reason, r.config)
	if reportErr := report.Rotation(env.Stdout, format, result, report.TextOptions{Colour: colour(env)}); err == nil {
		err = reportErr
	}
	if err == nil && forCI(env, format) {
		err = r.tell(ctx, env, result)
	}
	if err != nil {
		return err
	}
	switch failed, held := result.Failed(); {
	case failed > 0:
		return errFailedRotations
	case reason == rotate.Leak && !allRotated(result):
		env.say("not all of what leaked is ended yet; run it again")
		return errObjections
	case held > 0:
		env.say("what is held goes on after roster rotate release NODE NAME")
		return errObjections
	}
	return nil
}

// planRotate says what a run would do.
func planRotate(ctx context.Context, env *Env, r *rotations, targets []rotate.Target, reason rotate.Reason, format string) error {
	p, err := rotate.Preview(ctx, r.opened.registry.Root.Meta.Name.Value, targets, reason, r.config)
	if err != nil {
		return err
	}
	if err := report.RotationPlan(env.Stdout, format, p, report.TextOptions{Colour: colour(env)}); err != nil {
		return err
	}
	if forCI(env, format) {
		var page strings.Builder
		if err := report.MarkdownRotationPlan(&page, p, mostSummary); err != nil {
			return err
		}
		if err := ci.NewSink(env.Getenv, env.Stdout, env.Random).Summary(page.String()); err != nil {
			return err
		}
	}
	if len(p.Credentials) > 0 {
		return errObjections
	}
	return nil
}

// allRotated reports whether every rotation got to its end.
func allRotated(r *rotate.Result) bool {
	for _, l := range r.Credentials {
		if !l.Rotated {
			return false
		}
	}
	return true
}

// tell gives what a run did, and where everything stands now, to the CI system.
func (r *rotations) tell(ctx context.Context, env *Env, result *rotate.Result) error {
	var page strings.Builder
	if err := report.MarkdownRotation(&page, result, mostSummary); err != nil {
		return err
	}
	status, err := rotate.ReadStatus(ctx, result.Registry, r.targets, r.store, env.Now())
	if err != nil {
		return err
	}
	page.WriteString("\n")
	if err := report.MarkdownStanding(&page, status, mostSummary-page.Len()); err != nil {
		return err
	}
	sink := ci.NewSink(env.Getenv, env.Stdout, env.Random)
	if err := sink.Summary(page.String()); err != nil {
		return err
	}
	rotated := 0
	for _, l := range result.Credentials {
		if l.Rotated {
			rotated++
		}
	}
	failed, held := result.Failed()
	for name, n := range map[string]int{"rotated": rotated, "held": held, "failed": failed} {
		if err := sink.Output(name, strconv.Itoa(n)); err != nil {
			return err
		}
	}
	return nil
}

// errFailedRotations ends a run of which not every credential could be carried on.
var errFailedRotations = errors.New("not every credential could be carried on; roster rotate status says where each stands, and running again goes on")
