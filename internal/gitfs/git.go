// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// git runs the program in one folder of a working copy. It only reads objects
// (gitglossary, "object"): it runs no hook, filter, attribute or diff driver of the
// repository, fetches nothing and takes no lock.
type git struct{ dir string }

// command returns the program with arguments. It is the only place that starts git.
func (g git) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", slices.Concat([]string{"-C", g.dir, "--no-pager"}, settings(), args)...) //nolint:gosec // revisions follow --end-of-options, or are object names
	cmd.Env = append(slices.DeleteFunc(cmd.Environ(), choosesRepository),
		"GIT_NO_REPLACE_OBJECTS=1", // the reviewed object, not a local replacement
		"GIT_GRAFT_FILE="+os.DevNull,
		"GIT_NO_LAZY_FETCH=1",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_TERMINAL_PROMPT=0",
		"LC_ALL=C",
	)
	return cmd
}

// settings override those of the repository that start programs, reach the network, or
// let a cached copy of the history answer instead of the commits.
func settings() []string {
	return []string{
		"-c", "protocol.allow=never",
		"-c", "core.fsmonitor=false",
		"-c", "core.hooksPath=" + os.DevNull,
		"-c", "core.commitGraph=false",
		"-c", "advice.graftFileDeprecated=false",
	}
}

// choosesRepository reports the variables of the environment that are not passed on: all
// of git's (git, "Environment Variables"), such as GIT_DIR in a hook, except those that
// name the user's own settings or say where git is installed.
func choosesRepository(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	name = strings.ToUpper(name) // as Windows compares them
	if !strings.HasPrefix(name, "GIT_") {
		return false
	}
	return !slices.Contains([]string{
		"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH",
		"GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM",
	}, name)
}

// output runs the program and returns its output. Errors: see failure.
func (g git) output(ctx context.Context, args ...string) ([]byte, error) {
	return g.answer(ctx, nil, args...)
}

// answer runs the program with an input.
func (g git) answer(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	cmd := g.command(ctx, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if input != nil {
		cmd.Stdin = bytes.NewReader(input)
	}
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, ErrNoGit
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, g.failure(args[0], err, complaint.String())
	}
	return out, nil
}

// line runs the program and returns its output, which is one line, without the
// line break.
func (g git) line(ctx context.Context, args ...string) (string, error) {
	out, err := g.output(ctx, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}
