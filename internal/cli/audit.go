// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func newAudit(env *Env) *cobra.Command {
	return parent(&cobra.Command{
		Use:   "audit",
		Short: "Read and verify the audit trail",
		Long: `Audit reads the trail of events. Every change left its event in the store, in the
same write.`,
		Example: `  roster audit verify
  roster audit log --node orders/checkout@prod`,
	}, newAuditLog(env), newAuditVerify(env))
}

// trailFlags are the flags of the commands that read the trail.
type trailFlags struct {
	store, format string
	formats       []string // that the command has
}

func (f *trailFlags) add(c *cobra.Command, formats []string) {
	addStoreFlag(c, &f.store)
	f.formats = formats
	addFormat(c, &f.format, formats)
}

// session opens the store for reading and calls do.
func (f *trailFlags) session(c *cobra.Command, env *Env, args []string, do func(context.Context, *session) error) error {
	return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
		if err := s.choose(f.format, f.formats); err != nil {
			return err
		}
		if err := s.openStore(ctx, f.store, toRead); err != nil {
			return err
		}
		return do(ctx, s)
	})
}
