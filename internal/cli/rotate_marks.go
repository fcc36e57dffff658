// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/rotate"
)

func newRotateHold(env *Env) *cobra.Command {
	var flags planFlags
	var why string
	c := &cobra.Command{
		Use:   "hold NODE NAME [dir]",
		Short: "Hold a credential, so that no run renews it",
		Long: `Hold stops the rotation of a credential until roster rotate release. An audit event
records who held it and why.`,
		Example: `  roster rotate hold orders/checkout@prod api --why "the provider is being moved"`,
		Args:    credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if why == "" {
				return usage("--why is required; it is recorded for everyone who finds the credential held")
			}
			return mark{"hold", "held", func(ctx context.Context, t rotate.Target, config rotate.Config) error {
				return rotate.Hold(ctx, t, why, config)
			}}.run(c, env, args, flags)
		},
	}
	addMarkFlags(c, &flags)
	c.Flags().StringVar(&why, "why", "", "reason, recorded in the audit trail (required)")
	return c
}

func newRotateRelease(env *Env) *cobra.Command {
	var flags planFlags
	c := &cobra.Command{
		Use:     "release NODE NAME [dir]",
		Short:   "Release a held credential",
		Long:    `Release lets the next run renew a credential again that was held.`,
		Example: `  roster rotate release orders/checkout@prod api`,
		Args:    credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return mark{"release", "released", rotate.Release}.run(c, env, args, flags)
		},
	}
	addMarkFlags(c, &flags)
	return c
}

func newRotateAck(env *Env) *cobra.Command {
	var flags planFlags
	var consumer string
	var generation int
	c := &cobra.Command{
		Use:   "ack NODE NAME [dir]",
		Short: "Record that a consumer uses the new credential",
		Long: `Ack records that a consumer uses a generation of a credential. If the manifest names
consumers, the old credential is revoked only after each of them has acknowledged
the new one. The command is idempotent.`,
		Example: `  roster rotate ack orders/checkout@prod api --consumer worker --generation 4`,
		Args:    credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if consumer == "" || generation == 0 {
				return usage("--consumer and --generation are required; roster rotate status shows the generation")
			}
			return mark{"ack", "acknowledged", func(ctx context.Context, t rotate.Target, config rotate.Config) error {
				return rotate.Ack(ctx, t, consumer, generation, config)
			}}.run(c, env, args, flags)
		},
	}
	addMarkFlags(c, &flags)
	c.Flags().StringVar(&consumer, "consumer", "", "consumer, as the manifest names it, for example worker (required)")
	c.Flags().IntVar(&generation, "generation", 0, "generation of the credential, as roster rotate status shows it (required)")
	return c
}

func newRotateResume(env *Env) *cobra.Command {
	var flags planFlags
	var unawaited bool
	c := &cobra.Command{
		Use:   "resume NODE NAME [dir]",
		Short: "Continue the rotation of one credential",
		Long: `Resume releases a held credential and continues its rotation as far as possible.
With --without-acks it does not wait for consumers that have not acknowledged the new
credential: a consumer that still uses the old one loses access.`,
		Example: `  roster rotate resume orders/checkout@prod api
  roster rotate resume orders/checkout@prod api --without-acks`,
		Args: credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return mark{"resume", "resumed", func(ctx context.Context, t rotate.Target, config rotate.Config) error {
				o, err := rotate.Resume(ctx, t, unawaited, config)
				if err == nil && o.Waits != "" {
					env.say("the rotation waits for %s", o.Waits)
				}
				return err
			}}.run(c, env, args, flags)
		},
	}
	addMarkFlags(c, &flags)
	c.Flags().BoolVar(&unawaited, "without-acks", false, "do not wait for acknowledgements of consumers")
	return c
}

// addMarkFlags adds the flags of a command for one credential.
func addMarkFlags(c *cobra.Command, flags *planFlags) {
	addStoreFlag(c, &flags.store)
	c.Flags().IntVar(&flags.maxBytes, "max-bytes", 0, "largest total size of the manifests, in bytes")
}

func credentialArgs(c *cobra.Command, args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return usage("%s needs a node and the name of its credential. Usage: %s", c.CommandPath(), c.UseLine())
	}
	return nil
}

// mark is a change to the record of one credential.
type mark struct {
	verb, done string
	do         func(context.Context, rotate.Target, rotate.Config) error
}

// run makes the change for the credential that args name.
func (m mark) run(c *cobra.Command, env *Env, args []string, flags planFlags) error {
	if err := refuseProposed(env, "rotate "+m.verb); err != nil {
		return err
	}
	return env.session(c.Context(), folder(args[2:]), func(ctx context.Context, s *session) error {
		r, err := s.openRotations(ctx, flags, toWrite)
		if err != nil {
			return err
		}
		t, err := r.target(args[0], args[1])
		if err != nil {
			return err
		}
		if err := m.do(ctx, t, r.config); err != nil {
			for _, wrong := range []error{rotate.ErrNoRotation, rotate.ErrConsumer, rotate.ErrGeneration} {
				if errors.Is(err, wrong) {
					return usage("%v", err)
				}
			}
			return fmt.Errorf("%s: %w", m.verb, err)
		}
		s.say("%s %s: %s", t.Node, t.Name, m.done)
		return nil
	})
}
