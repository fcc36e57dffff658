// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newExplain(env *Env) *cobra.Command {
	formats := []string{"text", "json"}
	var flags registryFlags
	c := &cobra.Command{
		Use:   "explain NODE [dir]",
		Short: "Why may a node hold what it asks for, or why not?",
		Long: `Explain follows every scope of a node from the root down to it and shows what each
ceiling, deny and waiver on the way says, and every policy template. NODE is a
path: orders/checkout@prod.`,
		Example: "  roster explain orders/checkout@prod examples/shop",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return usage("explain takes a node and a folder: %s", c.UseLine())
			}
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			o, err := open(c.Context(), env, folder(args[1:]), flags)
			if err != nil {
				return err
			}
			if o.registry == nil {
				return o.demand(env)
			}
			node := o.registry.Node(args[0])
			if node == nil {
				return unknownNode(o, args)
			}
			return report.Explanation(env.Stdout, format, validate.Explain(o.registry, node, o.config), report.TextOptions{Colour: colour(env), Base: base(env, o.dir)})
		},
	}
	flags.add(c, formats...)
	return c
}

// unknownNode says what was meant, perhaps: the arguments in the other order,
// or nodes of the same name.
func unknownNode(o *opened, args []string) error {
	if len(args) == 2 && o.registry.Node(args[1]) != nil {
		return usage("the node comes first: roster explain %s %s", args[1], args[0])
	}
	name := args[0][strings.LastIndexByte(args[0], '/')+1:]
	name, _, _ = strings.Cut(name, "@")
	var near []string
	for _, n := range o.registry.Nodes {
		if slices.Contains(strings.FieldsFunc(n.Path, func(r rune) bool { return r == '/' || r == '@' }), name) {
			near = append(near, n.Path)
		}
	}
	if len(near) == 0 {
		return usage("there is no node %q; roster graph shows the tree", args[0])
	}
	const shown = 6
	return usage("there is no node %q; did you mean %s?", args[0], strings.Join(near[:min(len(near), shown)], ", "))
}
