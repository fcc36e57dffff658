// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
)

// git runs the program in one folder of a working copy. It only reads objects
// (gitglossary, "object"): it runs no hook, filter, attribute or diff driver of the
// repository, fetches nothing and takes no lock.
type git struct{ dir string }

func (g git) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", g.dir, "-c", "protocol.allow=never"}, args...)...) //nolint:gosec // revisions follow --end-of-options, or are object names
	cmd.Env = append(slices.DeleteFunc(cmd.Environ(), local),
		"GIT_NO_REPLACE_OBJECTS=1", // the reviewed object, not a local replacement
		"GIT_NO_LAZY_FETCH=1",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_TERMINAL_PROMPT=0",
		"LC_ALL=C",
	)
	return cmd
}

// local reports whether a variable of the environment says which repository git is to
// use, or how: as a hook inherits them (git-rev-parse, --local-env-vars). The folder
// alone decides here, so only variables that say where the user's configuration is, and
// how far up a repository is looked for, are handed on.
func local(pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	if !strings.HasPrefix(name, "GIT_") {
		return false
	}
	return !slices.Contains([]string{
		"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM",
	}, name)
}

// output runs the program and returns its output. Errors: ErrNoGit, ErrOwner, ErrConfig,
// and other failures of git, with its message.
func (g git) output(ctx context.Context, args ...string) ([]byte, error) {
	cmd := g.command(ctx, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, ErrNoGit
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, explain(args[0], err, strings.TrimSpace(complaint.String()))
	}
	return out, nil
}

// line runs the program and returns its output, which is one line, without the
// line break.
func (g git) line(ctx context.Context, args ...string) (string, error) {
	out, err := g.output(ctx, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}
