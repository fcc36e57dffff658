// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
)

// starter is the registry that init writes: it validates, and its comments are
// the first lesson.
//
//go:embed starter
var starter embed.FS

func newInit(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "init [dir]",
		Short: "Write a first registry that validates",
		Long: `Init writes a small registry into dir: a root, a domain and an app with two
environments. It never overwrites a file.`,
		Example: `  roster init registry
  roster validate registry`,
		Args: atMost(1, "one folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := folder(args)
			if err := writeStarter(env, dir); err != nil {
				return err
			}
			_, err := fmt.Fprintf(env.Stdout, "Registry written. Next:\n\n  roster validate %s\n  roster plan %s\n  roster sync %s\n", dir, dir, dir)
			return err
		},
	}
}

// writeStarter writes every file of the starter, all or none: a file that is
// there already ends it before the first is written.
func writeStarter(env *Env, dir string) error {
	files := map[string][]byte{}
	err := fs.WalkDir(starter, "starter", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel("starter", path)
		if err != nil {
			return err
		}
		target := filepath.Join(dir, name)
		if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
			return usage("%s exists already; give roster init a new folder", target)
		}
		files[target], err = starter.ReadFile(path)
		return err
	})
	if err != nil {
		return err
	}
	for _, target := range slices.Sorted(maps.Keys(files)) {
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
			return fmt.Errorf("write registry: %w", err)
		}
		if err := os.WriteFile(target, files[target], 0o600); err != nil {
			return fmt.Errorf("write registry: %w", err)
		}
		env.say("wrote %s", target)
	}
	return nil
}
