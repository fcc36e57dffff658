// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newExplain(env *Env) *cobra.Command {
	formats := report.Explanation().Formats()
	var flags registryFlags
	c := &cobra.Command{
		Use:   "explain NODE [dir]",
		Short: "Show why a node may hold its scopes, or why not",
		Long: `Explain follows every scope of a node from the root down to the node. It shows what
each ceiling, deny, waiver and policy template on the way says. NODE is a path,
such as orders/checkout@prod.`,
		Example: "  roster explain orders/checkout@prod examples/shop",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return usage("%s needs a node, and takes at most one folder. Usage: %s", c.CommandPath(), c.UseLine())
			}
			if len(args) == 2 && isFolder(args[0]) && !isFolder(args[1]) {
				return usage("the node comes first. Write %s %s %s", c.CommandPath(), args[1], args[0])
			}
			return env.session(c.Context(), folder(args[1:]), func(ctx context.Context, s *session) error {
				if err := s.choose(flags.format, formats); err != nil {
					return err
				}
				if err := s.loadTree(ctx, flags); err != nil {
					return err
				}
				node := s.registry.Node(args[0])
				if node == nil {
					return unknownNode(s.registry, args[0])
				}
				return report.Explanation().Write(s.Stdout, s.format, validate.Explain(s.registry, node, s.config), report.TextOptions{Colour: s.colour(), Base: base(env, s.dir)})
			})
		},
	}
	flags.add(c, formats)
	return c
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// unknownNode suggests nodes with the same name.
func unknownNode(registry *manifest.Registry, path string) error {
	name := path[strings.LastIndexByte(path, '/')+1:]
	name, _, _ = strings.Cut(name, "@")
	var near []string
	for _, n := range registry.Nodes {
		if slices.Contains(strings.FieldsFunc(n.Path, func(r rune) bool { return r == '/' || r == '@' }), name) {
			near = append(near, n.Path)
		}
	}
	if len(near) == 0 {
		return usage("unknown node %q. roster graph shows the tree", path)
	}
	const shown = 6
	return usage("unknown node %q. Did you mean %s?", path, strings.Join(near[:min(len(near), shown)], ", "))
}
