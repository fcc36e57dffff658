// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Contains reports whether a commit is another one, or descends from it. Both are ids.
// Errors: ErrNoRevision for a commit that the clone does not have.
func Contains(ctx context.Context, dir, commit, ancestor string) (bool, error) {
	_, err := git{dir}.output(ctx, "merge-base", "--is-ancestor", ancestor, commit)
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return true, nil
	case ended && exit.ExitCode() == 1:
		return false, nil
	case ended:
		return false, fmt.Errorf("%w: %s or %s is not in this clone; fetch the whole history: git fetch --unshallow origin", ErrNoRevision, Short(ancestor), Short(commit))
	default:
		return false, err
	}
}

// Skipped returns the tracked files below a folder that git keeps out of the working
// copy: by a sparse checkout, or marked with skip-worktree (git-ls-files, option -t).
// Errors: ErrNoGit, ErrNoRepository.
func Skipped(ctx context.Context, dir string) ([]string, error) {
	if !inRepository(dir) {
		return nil, fmt.Errorf("%w: %s", ErrNoRepository, dir)
	}
	out, err := git{dir}.output(ctx, "ls-files", "-t", "-z", "--", ".")
	switch {
	case errors.Is(err, ErrNoGit), ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %s", ErrNoRepository, dir)
	}
	var skipped []string
	for line := range bytes.SplitSeq(out, []byte{0}) {
		if path, found := bytes.CutPrefix(line, []byte("S ")); found {
			skipped = append(skipped, string(path))
		}
	}
	return skipped, nil
}

// inRepository reports whether a folder, or one above it, has a .git.
func inRepository(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return true // git will say
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		above := filepath.Dir(dir)
		if above == dir {
			return false
		}
		dir = above
	}
}
