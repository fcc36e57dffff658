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

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
)

// starter is the registry that init writes. It validates, and its comments explain
// the manifests.
//
//go:embed starter
var starter embed.FS

func newInit(env *Env) *cobra.Command {
	var flags pipelineFlags
	c := &cobra.Command{
		Use:   "init [dir]",
		Short: "Write a first registry that validates, and its pipeline",
		Long: `Init writes a small registry into dir: a root, a domain, and an app with two
environments. With --ci it also writes the pipeline of a CI system into the current
folder, which should be the root of the repository. An existing registry stays as it
is; no file is overwritten.`,
		Example: `  roster init registry
  roster validate registry
  roster init registry --ci github --store ` + wire.ExampleStore,
		Args: atMost(1, "at most one folder"),
		RunE: func(_ *cobra.Command, args []string) error { return runInit(env, folder(args), flags) },
	}
	c.Flags().StringVar(&flags.system, "ci", "", "CI system of the pipeline to write: azure, github, gitlab (default: no pipeline)")
	c.Flags().StringVar(&flags.store, "store", "", "store of the pipeline, for example "+wire.ExampleStore)
	c.Flags().StringVar(&flags.commit, "pin", "", "commit of appofapps/roster for GitHub's workflows (default: a placeholder)")
	c.Flags().StringVar(&flags.key, "sign-with", "", "key that signs snapshots for plans of pull requests, with --ci github (default: no snapshots)")
	complete(c, "ci", []string{string(ci.Azure), string(ci.GitHub), string(ci.GitLab)})
	return c
}

func runInit(env *Env, dir string, flags pipelineFlags) error {
	files, err := starterFiles(dir)
	if err != nil {
		return err
	}
	if flags.system != "" {
		if _, err := os.Lstat(filepath.Join(dir, manifest.RootFile)); err == nil {
			files = map[string][]byte{}
		}
		more, err := flags.pipeline(dir).files(flags.system)
		if err != nil {
			return err
		}
		maps.Copy(files, more)
	}
	if err := writeNew(env, files); err != nil {
		return err
	}
	if flags.system != "" {
		return flags.next(env, dir)
	}
	_, err = fmt.Fprintf(env.Stdout, "Registry written. Next:\n\n  roster validate %s\n  roster plan %s\n  roster sync %s\n", dir, dir, dir)
	return err
}

// starterFiles are the files of the first registry by where they go.
func starterFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(starter, "starter", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel("starter", path)
		if err != nil {
			return err
		}
		files[filepath.Join(dir, name)], err = starter.ReadFile(path)
		return err
	})
	return files, err
}

// writeNew writes files. If one of them exists, it writes none.
func writeNew(env *Env, files map[string][]byte) error {
	targets := slices.Sorted(maps.Keys(files))
	for _, target := range targets {
		if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
			return usage("%q exists already, and roster overwrites no file; choose a new folder, or move the file", target)
		}
	}
	for _, target := range targets {
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		if err := os.WriteFile(target, files[target], 0o600); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		env.say("wrote %s", target)
	}
	return nil
}
