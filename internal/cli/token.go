// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/provider/token"
)

func newToken(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "The tokens that roster issues itself",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(newTokenVerify(env))
	return c
}

func newTokenVerify(env *Env) *cobra.Command {
	var flags planFlags
	c := &cobra.Command{
		Use:   "verify NODE NAME [dir]",
		Short: "Is the token on the standard input valid for a credential?",
		Long: `Verify reads a token from the standard input, where no list of processes shows
it, and says whether it is valid for a node's credential of type ` + token.Type + `. The
exit code is 0 if it is and 1 if not.`,
		Example: `  roster token verify orders/checkout@prod api < secrets/api`,
		Args:    credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return verifyToken(c.Context(), env, args, flags)
		},
	}
	addStoreFlag(c, &flags.store)
	c.Flags().IntVar(&flags.maxBytes, "max-bytes", 0, "largest sum of all manifests, in bytes")
	return c
}

// maxToken is more than a token and a line break.
const maxToken = 4096

func verifyToken(ctx context.Context, env *Env, args []string, flags planFlags) (err error) {
	text, err := io.ReadAll(io.LimitReader(env.Stdin, maxToken))
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	r, err := openRotations(ctx, env, folder(args[2:]), flags, true)
	if err != nil {
		return err
	}
	defer closeInto(r.store, &err)
	t, err := r.target(args[0], args[1])
	if err != nil {
		return err
	}
	tokens, _, err := token.Load(ctx, r.store, t.Container, t.Partition, t.ID)
	if err != nil {
		return err
	}
	err = tokens.Check(strings.TrimSpace(string(text)), env.Now())
	for _, objection := range []error{token.ErrForm, token.ErrUnknown, token.ErrExpired} {
		if errors.Is(err, objection) {
			env.say("the token %v", objection)
			return errObjections
		}
	}
	if err == nil {
		_, err = fmt.Fprintln(env.Stdout, "the token is valid")
	}
	return err
}
