// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/rotate"
)

func newRotateSweep(env *Env) *cobra.Command {
	var flags planFlags
	var confirm int
	c := &cobra.Command{
		Use:   "sweep [dir]",
		Short: "Revoke keys that roster created and no longer needs",
		Long: `Sweep asks every provider for its keys. It revokes those that roster created, that are
neither live nor in their overlap, and that no rotation needs: the remains of
interrupted runs. It never touches other keys. Without --confirm it only lists them;
--confirm must state their number.`,
		Example: `  roster rotate sweep
  roster rotate sweep --confirm 2`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := refuseProposed(env, "rotate sweep"); err != nil {
				return err
			}
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				return rotateSweep(ctx, s, flags, confirm)
			})
		},
	}
	addMarkFlags(c, &flags)
	c.Flags().IntVar(&confirm, "confirm", 0, "number of the keys to revoke")
	return c
}

// rotateSweep revokes keys that no rotation needs any more.
func rotateSweep(ctx context.Context, s *session, flags planFlags, confirm int) error {
	r, err := s.openRotations(ctx, flags, toWrite)
	if err != nil {
		return err
	}
	found, unchecked := r.orphans(ctx)
	switch {
	case found == 0 && unchecked == 0:
		s.say("no orphaned keys")
		return nil
	case found == 0:
		return errUnchecked
	case confirm != found:
		s.say("to revoke these keys: --confirm %d", found)
		return errFindings
	}
	for _, t := range r.targets {
		keys, err := rotate.Sweep(ctx, t, r.config)
		for _, key := range keys {
			s.say("%s: %s is revoked", t, key)
		}
		if err != nil {
			s.say("%s: %v", t, err)
			unchecked++
		}
	}
	if unchecked > 0 {
		return errUnchecked
	}
	return nil
}

// errUnchecked ends a sweep in which a provider failed.
var errUnchecked = errors.New("incomplete sweep; see the errors above")

// orphans lists the orphaned keys. It returns their number, and the number of
// credentials whose provider did not answer.
func (r *rotations) orphans(ctx context.Context) (found, unchecked int) {
	for _, t := range r.targets {
		h, err := rotate.Inspect(ctx, t, r.config)
		if err != nil {
			r.say("%s: %v", t, err)
			unchecked++
			continue
		}
		for _, key := range h.Orphans {
			r.say("%s: %s is orphaned", t, key)
		}
		found += len(h.Orphans)
	}
	return found, unchecked
}
