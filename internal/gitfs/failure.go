// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Errors of the repository itself. Their text says what to do.
var (
	ErrOwner     = errors.New("repository of another user")
	ErrConfig    = errors.New("broken git configuration")
	ErrPartial   = errors.New("partial clone lacks objects")
	ErrShallow   = errors.New("shallow clone lacks the commit")
	ErrLink      = errors.New("link on the path to the registry")
	ErrSubmodule = errors.New("registry in a submodule")
	ErrAmbiguous = errors.New("ambiguous revision")
)

// failure returns why a git command failed. complaint is what it wrote to its standard
// error.
func (g git) failure(command string, err error, complaint string) error {
	reason := reasonOf(complaint)
	switch {
	case strings.Contains(complaint, "dubious ownership"):
		return fmt.Errorf("%w: git does not trust it; if you do, run %s", ErrOwner, g.trust(complaint))
	case isConfigComplaint(reason):
		return fmt.Errorf("%w: %s; correct it in that file", ErrConfig, reason)
	case strings.Contains(complaint, "not a git repository"), strings.Contains(complaint, "cannot change to"):
		return fmt.Errorf("%w: %s: git %s: %s", ErrNoRepository, g.dir, command, reason)
	}
	return fmt.Errorf("git %s: %w: %s", command, err, reason)
}

// reasonOf returns the line of git's output that says why it ended: the first one that
// is neither a warning nor a hint.
func reasonOf(complaint string) string {
	lines := strings.Split(strings.TrimSpace(complaint), "\n")
	for _, line := range lines {
		if reason, found := strings.CutPrefix(line, "fatal: "); found {
			return reason
		}
	}
	return lines[0]
}

func isConfigComplaint(reason string) bool {
	return regexp.MustCompile(`^(bad|invalid|unable to parse|unknown error occurred while reading) .*\bconfig`).MatchString(reason) ||
		strings.Contains(reason, "expected git repo version") || strings.Contains(reason, "repository extension")
}

// trust returns the command by which a user trusts a repository: git's own, which has the
// path as git compares it.
func (g git) trust(complaint string) string {
	const command = "git config --global --add safe.directory "
	for line := range strings.SplitSeq(complaint, "\n") {
		if _, path, found := strings.Cut(line, command); found {
			return command + path
		}
	}
	path, err := filepath.Abs(g.dir)
	if err != nil {
		path = g.dir
	}
	return command + path
}

// lacking returns the error for missing objects: err itself, unless the clone is a
// partial one.
func (g git) lacking(ctx context.Context, err error) error {
	if errors.Is(err, ErrPartial) || ctx.Err() != nil {
		return err
	}
	out, failed := g.line(ctx, "config", "--get-regexp", `^(extensions\.partialclone|remote\..*\.(promisor|partialclonefilter))$`)
	if failed != nil || out == "" {
		return err // git config fails if there is no such setting
	}
	filter := "a filter"
	for line := range strings.SplitSeq(out, "\n") {
		if key, value, found := strings.Cut(line, " "); found && strings.HasSuffix(key, ".partialclonefilter") {
			filter = "filter " + value
		}
	}
	return fmt.Errorf("%w: this clone is partial (%s); check out without a filter, or run git fetch --refetch --no-filter origin", ErrPartial, filter)
}
