// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// git runs the program in one folder of a working copy. It only reads objects
// (gitglossary, "object"): it runs no hook, filter, attribute or diff driver of the
// repository, fetches nothing and takes no lock.
type git struct{ dir string }

func (g git) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", g.dir, "-c", "protocol.allow=never"}, args...)...) //nolint:gosec // revisions follow --end-of-options, or are object names
	cmd.Env = append(cmd.Environ(),
		"GIT_NO_REPLACE_OBJECTS=1", // the reviewed object, not a local replacement
		"GIT_NO_LAZY_FETCH=1",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_TERMINAL_PROMPT=0",
		"LC_ALL=C",
	)
	return cmd
}

// output runs the program and returns its output. Errors: ErrNoGit, and failures
// of git, with its message.
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
		line, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, line)
	}
	return out, nil
}

// line runs the program and returns its output, which is one line, without the
// line break.
func (g git) line(ctx context.Context, args ...string) (string, error) {
	out, err := g.output(ctx, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}
