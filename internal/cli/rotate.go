// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/rotate"
)

func newRotate(env *Env) *cobra.Command {
	formats := report.Rotation().Formats()
	var flags planFlags
	var dry bool
	var now nowFlags
	c := &cobra.Command{
		Use:   "rotate [dir]",
		Short: "Renew the credentials that are due",
		Long: `Rotate renews every due credential of the registry in dir: it creates a new one,
proves it, delivers it to every sink, and revokes the old one after the overlap.
Each state has its audit event, and an interrupted run continues where it stopped.
After five failures in a row a credential is held until roster rotate release.
With --now it renews what an owner or a node has, due or not.`,
		Example: `  roster rotate
  roster rotate --dry-run
  roster rotate --now --owner group:checkout-team --reason leak --dry-run
  roster rotate --now --owner group:checkout-team --reason leak --confirm 3
  roster rotate status --format json`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(flags.format, formats); err != nil {
					return err
				}
				return rotateRun{flags, now, dry}.run(ctx, s)
			})
		},
	}
	flags.add(c, formats)
	now.add(c)
	addBranch(c, env)
	c.Flags().BoolVar(&dry, "dry-run", false, "show requests, permissions and blockers without a change; exit code 1 if anything is due")
	c.AddCommand(newRotateStatus(env), newRotateHold(env), newRotateRelease(env), newRotateAck(env), newRotateResume(env), newRotateSweep(env), newRotateKey(env))
	return c
}

// nowFlags request a renewal, due or not.
type nowFlags struct {
	now         bool
	owner, node string
	reason      string
	confirm     int
}

func (f *nowFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.now, "now", false, "renew what --owner or --node has, due or not")
	flags.StringVar(&f.owner, "owner", "", "with --now: owner of the credentials, for example group:checkout-team")
	flags.StringVar(&f.node, "node", "", "with --now: node of the credentials, and everything below it, for example orders/checkout")
	flags.StringVar(&f.reason, "reason", string(rotate.Manual), "with --now: reason, manual or leak; leak gives the old credentials no overlap")
	flags.IntVar(&f.confirm, "confirm", 0, "with --now: number of the credentials to renew")
}

// check refuses flags without a meaning.
func (f *nowFlags) check() error {
	switch {
	case !f.now && (f.owner != "" || f.node != "" || f.confirm != 0):
		return usage("--owner, --node and --confirm need --now")
	case f.now && (f.owner == "") == (f.node == ""):
		return usage("--now needs either --owner or --node")
	case f.reason != string(rotate.Manual) && f.reason != string(rotate.Leak):
		return usage("--reason %q is unknown; allowed: %s, %s", f.reason, rotate.Leak, rotate.Manual)
	}
	return nil
}

// choose returns the chosen targets and the reason for their renewal.
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
		return nil, "", usage("no renewable credential belongs to %s", cmp.Or(f.owner, f.node))
	}
	return list, rotate.Reason(f.reason), nil
}

// confirmed lists the chosen credentials unless their number was given.
func (f *nowFlags) confirmed(s *session, list []rotate.Target) error {
	if !f.now || f.confirm == len(list) {
		return nil
	}
	for _, t := range list {
		s.say("%s %s, %s, owned by %s", t.Node, t.Name, t.Type, t.Owner)
	}
	s.say("to renew these credentials now: --confirm %d", len(list))
	return errFindings
}

// rotateRun are the flags of a rotation.
type rotateRun struct {
	planFlags
	nowFlags
	dry bool
}

// run renews the chosen credentials. It refuses a pull request, which could name a sink
// of an attacker.
func (f rotateRun) run(ctx context.Context, s *session) error {
	if err := refuseProposed(s.Env, "rotate"); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	r, err := s.openRotations(ctx, f.planFlags, f.dry)
	if err != nil {
		return err
	}
	targets, reason, err := f.choose(r.targets)
	if err != nil {
		return err
	}
	if f.dry {
		return r.preview(ctx, targets, reason)
	}
	if err := f.confirmed(s, targets); err != nil {
		return err
	}
	return r.renew(ctx, targets, reason)
}

// renew renews credentials.
func (r *rotations) renew(ctx context.Context, targets []rotate.Target, reason rotate.Reason) error {
	result, err := rotate.RunAll(ctx, r.name(), targets, reason, r.config)
	if reportErr := show(r.session, report.Rotation(), result); err == nil {
		err = reportErr
	}
	if err == nil && r.forCI() {
		err = r.tellRotated(ctx, result)
	}
	if err != nil {
		return err
	}
	switch failed, held := result.Failed(); {
	case failed > 0:
		return errFailedRotations
	case reason == rotate.Leak && rotated(result) < len(result.Credentials):
		r.say("not all leaked credentials are revoked yet; run it again")
		return errFindings
	case held > 0:
		r.say("a held credential is renewed again after roster rotate release NODE NAME")
		return errFindings
	}
	return nil
}

// preview shows what a run would do.
func (r *rotations) preview(ctx context.Context, targets []rotate.Target, reason rotate.Reason) error {
	p, err := rotate.Preview(ctx, r.name(), targets, reason, r.config)
	if err != nil {
		return err
	}
	if err := show(r.session, report.RotationPlan(), p); err != nil {
		return err
	}
	if r.forCI() {
		if err := r.summarise(func(w io.Writer) error { return report.MarkdownRotationPlan(w, p, mostSummary) }); err != nil {
			return err
		}
	}
	if len(p.Credentials) > 0 {
		return errFindings
	}
	return nil
}

// rotated counts the rotations that are complete.
func rotated(r *rotate.Result) int {
	n := 0
	for _, l := range r.Credentials {
		if l.Rotated {
			n++
		}
	}
	return n
}

// tellRotated gives what a run did, and the status of every credential after it,
// to the CI system.
func (r *rotations) tellRotated(ctx context.Context, result *rotate.Result) error {
	var page strings.Builder
	if err := report.MarkdownRotation(&page, result, mostSummary); err != nil {
		return err
	}
	status, err := r.status(ctx)
	if err != nil {
		return err
	}
	page.WriteString("\n")
	if err := report.MarkdownStanding(&page, status, mostSummary-page.Len()); err != nil {
		return err
	}
	sink := r.sink()
	if err := sink.Summary(page.String()); err != nil {
		return err
	}
	failed, held := result.Failed()
	for name, n := range map[string]int{"rotated": rotated(result), "held": held, "failed": failed} {
		if err := sink.Output(name, strconv.Itoa(n)); err != nil {
			return err
		}
	}
	return nil
}

// errFailedRotations ends a run with failed rotations.
var errFailedRotations = errors.New("failed rotations; roster rotate status shows each of them, and the next run continues")
