// SPDX-License-Identifier: Apache-2.0

package cli

import "github.com/spf13/cobra"

func newPolicy(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "The policy templates: which there are, and whether they do what they should",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newPolicyList(env), newPolicyTest(env))
	return c
}
