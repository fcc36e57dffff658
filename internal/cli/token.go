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
	return parent(&cobra.Command{
		Use:     "token",
		Short:   "Verify tokens that roster issued",
		Long:    `Token works with the opaque tokens that roster issues itself.`,
		Example: `  roster token verify orders/checkout@prod api < secrets/api`,
	}, newTokenVerify(env))
}

func newTokenVerify(env *Env) *cobra.Command {
	var flags planFlags
	c := &cobra.Command{
		Use:   "verify NODE NAME [dir]",
		Short: "Verify the token on the standard input",
		Long: `Verify reads a token from the standard input, so that no process list shows it. It
reports whether the token is valid for a credential of type ` + token.Type + `.
The exit code is 0 if it is valid and 1 if not.`,
		Example: `  roster token verify orders/checkout@prod api < secrets/api`,
		Args:    credentialArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args[2:]), func(ctx context.Context, s *session) error {
				return verifyToken(ctx, s, args[0], args[1], flags)
			})
		},
	}
	addStoreFlag(c, &flags.store)
	c.Flags().IntVar(&flags.maxBytes, "max-bytes", 0, "largest total size of the manifests, in bytes")
	return c
}

// maxToken is more than a token and a line break.
const maxToken = 4096

// verifyToken reads a token and checks it against a credential.
func verifyToken(ctx context.Context, s *session, node, name string, flags planFlags) error {
	text, err := io.ReadAll(io.LimitReader(s.Stdin, maxToken))
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	r, err := s.openRotations(ctx, flags, toRead)
	if err != nil {
		return err
	}
	t, err := r.target(node, name)
	if err != nil {
		return err
	}
	tokens, _, err := token.Load(ctx, r.store, t.Container, t.Partition, t.ID)
	if err != nil {
		return err
	}
	err = tokens.Check(strings.TrimSpace(string(text)), s.Now())
	for _, known := range []struct {
		err  error
		says string
	}{
		{token.ErrForm, "the token is invalid: its checksum is wrong"},
		{token.ErrUnknown, "the token is unknown: it does not belong to this credential, or it is revoked"},
		{token.ErrExpired, "the token has expired"},
	} {
		if errors.Is(err, known.err) {
			s.say("%s", known.says)
			return errFindings
		}
	}
	if err == nil {
		_, err = fmt.Fprintln(s.Stdout, "the token is valid")
	}
	return err
}
