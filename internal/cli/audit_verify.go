// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/report"
)

func newAuditVerify(env *Env) *cobra.Command {
	var flags trailFlags
	c := &cobra.Command{
		Use:   "verify [dir]",
		Short: "Verify that no event was changed, removed, added or moved",
		Long: `Verify recomputes the hash chain of every app, and compares each registration with
the newest event about it. It finds every edit, gap, swap and duplicate inside a
chain. It cannot detect that someone with write access rewrote the newest events
and the head of a chain together.`,
		Example: `  roster audit verify
  roster audit verify --store local:registry.db --format json`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return flags.session(c, env, args, func(ctx context.Context, s *session) error {
				verdict, err := ledger.Verify(ctx, s.store)
				if err != nil {
					return err
				}
				if err := show(s, report.Verification(), verdict); err != nil {
					return err
				}
				if len(verdict.Problems) > 0 {
					return errFindings
				}
				return nil
			})
		},
	}
	flags.add(c, report.Verification().Formats())
	return c
}
