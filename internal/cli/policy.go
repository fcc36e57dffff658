// SPDX-License-Identifier: Apache-2.0

package cli

import "github.com/spf13/cobra"

func newPolicy(env *Env) *cobra.Command {
	return parent(&cobra.Command{
		Use:   "policy",
		Short: "List and test policy templates",
		Long: `Policy lists the templates of a registry and those that are built in, and runs the
test cases beside them. docs/policies.md explains templates.`,
		Example: `  roster policy list
  roster policy test policies`,
	}, newPolicyList(env), newPolicyTest(env))
}
