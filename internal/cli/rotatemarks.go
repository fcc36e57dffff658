// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/rotate"
)

func newRotateHold(env *Env) *cobra.Command {
	var flags planFlags
	var why string
	c := &cobra.Command{
		Use:     "hold NODE NAME [dir]",
		Short:   "Keep a credential from being renewed",
		Example: `  roster rotate hold orders/checkout@prod api --why "the provider is being moved"`,
		Args:    credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if why == "" {
				return usage("say why, with --why: whoever finds it held will ask")
			}
			return markCredential(c.Context(), env, args, flags, "hold", func(ctx context.Context, t rotate.Target, config rotate.Config) error {
				return rotate.Hold(ctx, t, why, config)
			})
		},
	}
	addMarkFlags(c, &flags)
	c.Flags().StringVar(&why, "why", "", "reason, which is on record")
	return c
}

func newRotateRelease(env *Env) *cobra.Command {
	var flags planFlags
	c := &cobra.Command{
		Use:     "release NODE NAME [dir]",
		Short:   "Let a credential that was held be renewed again",
		Example: `  roster rotate release orders/checkout@prod api`,
		Args:    credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return markCredential(c.Context(), env, args, flags, "release", rotate.Release)
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
		Short: "Say that a consumer uses the new credential",
		Long: `Ack puts on record that a consumer uses a generation of a credential. Where its
manifest names consumers, the old one is not ended before each of them has said
so. Again is harmless.`,
		Example: `  roster rotate ack orders/checkout@prod api --consumer worker --generation 4`,
		Args:    credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if consumer == "" || generation == 0 {
				return usage("say who and what, with --consumer and --generation; roster rotate status shows the generation")
			}
			return markCredential(c.Context(), env, args, flags, "ack", func(ctx context.Context, t rotate.Target, config rotate.Config) error {
				return rotate.Ack(ctx, t, consumer, generation, config)
			})
		},
	}
	addMarkFlags(c, &flags)
	c.Flags().StringVar(&consumer, "consumer", "", "who uses it, as the manifest names it")
	c.Flags().IntVar(&generation, "generation", 0, "which one, as roster rotate status shows it")
	return c
}

func newRotateResume(env *Env) *cobra.Command {
	var flags planFlags
	var unawaited bool
	c := &cobra.Command{
		Use:   "resume NODE NAME [dir]",
		Short: "Carry the rotation of one credential on",
		Long: `Resume lets go of a credential that was held, and carries its rotation on as far
as it goes. With --without-acks it does not wait for consumers that have not
acknowledged the new one: whoever still uses the old one cannot any more.`,
		Example: `  roster rotate resume orders/checkout@prod api
  roster rotate resume orders/checkout@prod api --without-acks`,
		Args: credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return markCredential(c.Context(), env, args, flags, "resume", func(ctx context.Context, t rotate.Target, config rotate.Config) error {
				o, err := rotate.Resume(ctx, t, unawaited, config)
				if err == nil && o.Waits != "" {
					env.say("it waits for %s", o.Waits)
				}
				return err
			})
		},
	}
	addMarkFlags(c, &flags)
	c.Flags().BoolVar(&unawaited, "without-acks", false, "do not wait for consumers")
	return c
}

// addMarkFlags adds the flags of a command about one credential.
func addMarkFlags(c *cobra.Command, flags *planFlags) {
	addStoreFlag(c, &flags.store)
	c.Flags().IntVar(&flags.maxBytes, "max-bytes", 0, "largest sum of all manifests, in bytes")
}

func credentialArgs(c *cobra.Command, args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return usage("%s takes a node and the name of its credential: %s", c.CommandPath(), c.UseLine())
	}
	return nil
}

// target finds a credential.
func (r *rotations) target(node, name string) (rotate.Target, error) {
	var there []string
	for _, t := range r.targets {
		if t.Node == node && t.Name == name {
			return t, nil
		}
		there = append(there, t.Node+" "+t.Name)
	}
	if len(there) == 0 {
		return rotate.Target{}, usage("nothing in this registry is renewed: no credential says how often, as rotate: {every: 30d}")
	}
	return rotate.Target{}, usage("there is no credential %q of %q that is renewed; there are: %s", name, node, strings.Join(there, ", "))
}

func markCredential(ctx context.Context, env *Env, args []string, flags planFlags, verb string, do func(context.Context, rotate.Target, rotate.Config) error) (err error) {
	if err := refuseProposed(env, "rotate "+verb); err != nil {
		return err
	}
	r, err := openRotations(ctx, env, folder(args[2:]), flags, false)
	if err != nil {
		return err
	}
	defer closeInto(r.store, &err)
	t, err := r.target(args[0], args[1])
	if err != nil {
		return err
	}
	if err := do(ctx, t, r.config); err != nil {
		for _, wrong := range []error{rotate.ErrNoRotation, rotate.ErrConsumer, rotate.ErrGeneration} {
			if errors.Is(err, wrong) {
				return usage("%v", err)
			}
		}
		return fmt.Errorf("%s: %w", verb, err)
	}
	env.say("%s %s: %s", t.Node, t.Name, map[string]string{"hold": "held", "release": "released", "ack": "acknowledged", "resume": "resumed"}[verb])
	return nil
}
