// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/report"
)

func newAuditLog(env *Env) *cobra.Command {
	var flags trailFlags
	var filter audit.Filter
	var since, until string
	c := &cobra.Command{
		Use:   "log [dir]",
		Short: "Show the events of the trail, oldest first",
		Example: `  roster audit log --node orders/checkout@prod
  roster audit log --owner group:checkout-team --since 2026-01-01`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if filter.Since, err = moment(since, "--since"); err != nil {
				return err
			}
			if filter.Until, err = moment(until, "--until"); err != nil {
				return err
			}
			return flags.session(c, env, args, func(ctx context.Context, s *session) error {
				log, err := ledger.Log(ctx, s.store, filter)
				if err != nil {
					return err
				}
				return show(s, report.Log(), log)
			})
		},
	}
	flags.add(c, report.Log().Formats())
	c.Flags().StringVar(&filter.Node, "node", "", "node to show, for example orders/checkout@prod or orders/*@prod (default: all)")
	c.Flags().StringVar(&filter.Owner, "owner", "", "owner at the time of the event, for example group:checkout-team (default: all)")
	c.Flags().StringVar(&since, "since", "", "first day or moment, for example 2026-01-31 or 2026-01-31T12:00:00Z (default: the beginning)")
	c.Flags().StringVar(&until, "until", "", "day or moment after the last event, for example 2026-02-01 (default: now)")
	return c
}

// moment parses a day or an RFC 3339 time; "" is the zero time.
func moment(text, flag string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usage("%s %q is not a time; write for example 2026-01-31 or 2026-01-31T12:00:00Z", flag, text)
}
