// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/rotate"
)

func newRotateStatus(env *Env) *cobra.Command {
	formats := []string{"text", "json", "github", "azure"}
	var flags planFlags
	var ask bool
	c := &cobra.Command{
		Use:   "status [dir]",
		Short: "Where does every credential stand?",
		Long: `Status shows every credential that is renewed: how old it is and when it ends,
whether it is due, how far its rotation is, what that waits for and who works at it,
which consumers have not acknowledged the new one, what is held and why, and how it
could be done without. Nothing is changed and no provider is asked.

With --ask the providers are asked what they have, and keys of roster's that no
rotation needs any more are shown; roster rotate sweep ends them. So are credentials
on record that no manifest renews any more.`,
		Example: `  roster rotate status
  roster rotate status --ask
  roster rotate status --format json`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			return rotateStatus(c.Context(), env, folder(args), flags, format, ask)
		},
	}
	flags.add(c, formats...)
	c.Flags().BoolVar(&ask, "ask", false, "ask the providers as well what they have, and look for what no manifest renews")
	return c
}

func rotateStatus(ctx context.Context, env *Env, dir string, flags planFlags, format string, ask bool) (err error) {
	if ask {
		if err := refuseProposed(env, "rotate status --ask"); err != nil {
			return err
		}
	}
	r, err := openRotations(ctx, env, dir, flags, true)
	if err != nil {
		return err
	}
	defer closeInto(r.store, &err)
	status, err := rotate.ReadStatus(ctx, r.opened.registry.Root.Meta.Name.Value, r.targets, r.store, env.Now())
	if err != nil {
		return err
	}
	if ask {
		status.Inspect(ctx, r.targets, r.config)
		if err := status.AddUndeclared(ctx, r.containers, r.targets, r.store); err != nil {
			return err
		}
	}
	if err := report.Standing(env.Stdout, format, status, report.TextOptions{Colour: colour(env)}); err != nil {
		return err
	}
	if forCI(env, format) {
		return tellStanding(env, status)
	}
	return nil
}

// tellStanding gives where everything stands to the CI system.
func tellStanding(env *Env, status *rotate.Status) error {
	var page strings.Builder
	if err := report.MarkdownStanding(&page, status, mostSummary); err != nil {
		return err
	}
	return ci.NewSink(env.Getenv, env.Stdout, env.Random).Summary(page.String())
}

func newRotateSweep(env *Env) *cobra.Command {
	var flags planFlags
	var confirm int
	c := &cobra.Command{
		Use:   "sweep [dir]",
		Short: "End keys of roster's that no rotation needs any more",
		Long: `Sweep asks every provider what it has, and ends the keys that roster made, that
are neither live nor in their overlap, and that no rotation needs: what a run left
that was cut and whose records were lost. Keys that roster did not make, or knows
nothing of, are never touched. A credential that is being renewed is left alone: its
rotation ends what it made itself.

Without --confirm it only lists them; --confirm has to give their number.`,
		Example: `  roster rotate sweep
  roster rotate sweep --confirm 2`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return rotateSweep(c.Context(), env, folder(args), flags, confirm)
		},
	}
	addMarkFlags(c, &flags)
	c.Flags().IntVar(&confirm, "confirm", 0, "how many keys that are")
	return c
}

func rotateSweep(ctx context.Context, env *Env, dir string, flags planFlags, confirm int) (err error) {
	if err := refuseProposed(env, "rotate sweep"); err != nil {
		return err
	}
	r, err := openRotations(ctx, env, dir, flags, false)
	if err != nil {
		return err
	}
	defer closeInto(r.store, &err)
	found, unasked := r.orphans(ctx, env)
	switch {
	case found == 0 && unasked == 0:
		env.say("nothing is left over")
		return nil
	case found == 0:
		return errUnasked
	case confirm != found:
		env.say("to end them: --confirm %d", found)
		return errObjections
	}
	for _, t := range r.targets {
		keys, err := rotate.Sweep(ctx, t, r.config)
		for _, key := range keys {
			env.say("%s: %s is ended", t, key)
		}
		if err != nil {
			env.say("%s: %v", t, err)
			unasked++
		}
	}
	if unasked > 0 {
		return errUnasked
	}
	return nil
}

// errUnasked ends a sweep of which not every provider did what it was asked.
var errUnasked = errors.New("not every provider could be asked; what is said above is in the way")

// orphans says what is left over, and how many keys that are, and of how many
// credentials nobody knows.
func (r *rotations) orphans(ctx context.Context, env *Env) (found, unasked int) {
	for _, t := range r.targets {
		h, err := rotate.Inspect(ctx, t, r.config)
		if err != nil {
			env.say("%s: %v", t, err)
			unasked++
			continue
		}
		for _, key := range h.Orphans {
			env.say("%s: %s is left over", t, key)
		}
		found += len(h.Orphans)
	}
	return found, unasked
}
