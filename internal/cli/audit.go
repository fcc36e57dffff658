// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/report"
)

func newAudit(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Who changed what, and is the trail whole?",
		Long:  "Audit reads the trail that every change left in the store, in the same write.",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return c.Help()
		},
	}
	c.AddCommand(newAuditLog(env), newAuditVerify(env))
	return c
}

// trailFlags are the flags of the commands that read the trail.
type trailFlags struct {
	store, format string
}

func (f *trailFlags) add(c *cobra.Command) {
	addStoreFlag(c, &f.store)
	c.Flags().StringVar(&f.format, "format", "text", "output format: text, json")
	completeFormat(c, []string{"text", "json"})
}

// open opens the store for reading.
func (f *trailFlags) open(ctx context.Context, env *Env, dir string) (wire.Store, error) {
	if _, err := chosen(env, f.format, []string{"text", "json"}); err != nil {
		return nil, err
	}
	spec, err := storeSpec(env, f.store, dir, nil)
	if err != nil {
		return nil, err
	}
	return openStore(ctx, env, spec, true)
}

func newAuditLog(env *Env) *cobra.Command {
	var flags trailFlags
	var filter audit.Filter
	var since, until string
	c := &cobra.Command{
		Use:   "log [dir]",
		Short: "Show the events of the trail, oldest first",
		Example: `  roster audit log --node orders/checkout@prod
  roster audit log --owner group:checkout-team --since 2026-01-01`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if filter.Since, err = moment(since, "--since"); err != nil {
				return err
			}
			if filter.Until, err = moment(until, "--until"); err != nil {
				return err
			}
			st, err := flags.open(c.Context(), env, folder(args))
			if err != nil {
				return err
			}
			defer closeInto(st, &err)
			log, err := ledger.Log(c.Context(), st, filter)
			if err != nil {
				return err
			}
			return report.Log(env.Stdout, flags.format, log, report.TextOptions{Colour: colour(env)})
		},
	}
	flags.add(c)
	c.Flags().StringVar(&filter.Node, "node", "", "only this node, or with * in it all that match, as orders/*@prod")
	c.Flags().StringVar(&filter.Owner, "owner", "", "only nodes that this owner had then")
	c.Flags().StringVar(&since, "since", "", "only from this day or moment on, as 2026-01-31 or 2026-01-31T12:00:00Z")
	c.Flags().StringVar(&until, "until", "", "only before this day or moment")
	return c
}

// moment reads a day or an RFC 3339 moment; "" is the zero time.
func moment(text, flag string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usage("%s %q is neither a day nor a moment; write 2026-01-31 or 2026-01-31T12:00:00Z", flag, text)
}

func newAuditVerify(env *Env) *cobra.Command {
	var flags trailFlags
	c := &cobra.Command{
		Use:   "verify [dir]",
		Short: "Check that no event of the trail was changed, removed, added or moved",
		Long: `Verify recomputes the hash chain of every app and compares each registration with
the newest event about it. It finds every edit, gap, reordering, swap and
duplicate inside a chain. A chain cannot show that its newest events and its
head were rewritten together by somebody who may write to the store.`,
		Example: `  roster audit verify
  roster audit verify --store local:registry.db --format json`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			st, err := flags.open(c.Context(), env, folder(args))
			if err != nil {
				return err
			}
			defer closeInto(st, &err)
			verdict, err := ledger.Verify(c.Context(), st)
			if err != nil {
				return err
			}
			if err := report.Verification(env.Stdout, flags.format, verdict, report.TextOptions{Colour: colour(env)}); err != nil {
				return err
			}
			if len(verdict.Problems) > 0 {
				return errObjections
			}
			return nil
		},
	}
	flags.add(c)
	return c
}
