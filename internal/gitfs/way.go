// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// way returns the path of the folder from the top of its repository, "" for the top. It
// refuses a way that leads through a link or into a submodule: what lies behind either
// can change without a change at that path. Errors: ErrLink, ErrSubmodule.
func (g git) way(ctx context.Context) (string, error) {
	out, err := g.output(ctx, "rev-parse", "--show-toplevel", "--show-prefix", "--show-superproject-working-tree")
	if err != nil {
		return "", err
	}
	lines := strings.Split(string(out), "\n")
	if len(lines) < 2 {
		return "", fmt.Errorf("unexpected answer %q of git rev-parse", out)
	}
	if len(lines) > 2 && lines[2] != "" {
		return "", fmt.Errorf("%w of %s: the commits of that repository do not have its manifests; run roster in a clone of the submodule's own repository", ErrSubmodule, lines[2])
	}
	if err := checkLinks(g.dir, lines[0]); err != nil {
		return "", err
	}
	return strings.TrimSuffix(lines[1], "/"), nil
}

// checkLinks refuses a link between the top of a repository and a folder, which is named
// as the user named it.
func checkLinks(dir, top string) error {
	at, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find folder: %w", err)
	}
	root, err := os.Stat(top)
	if err != nil {
		return fmt.Errorf("find repository: %w", err)
	}
	for {
		info, err := os.Stat(at)
		if err != nil {
			return fmt.Errorf("find folder: %w", err)
		}
		if os.SameFile(info, root) {
			return nil // links above the repository do not matter
		}
		if info, err = os.Lstat(at); err != nil {
			return fmt.Errorf("find folder: %w", err)
		}
		above := filepath.Dir(at)
		if info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%w: %s is a link; name the folder without one, or replace the link with the folder", ErrLink, filepath.ToSlash(at))
		}
		if above == at {
			return nil
		}
		at = above
	}
}

// tree returns the object of a folder in a commit, "" if the commit lacks the folder.
// Errors: ErrLink, ErrSubmodule.
func (g git) tree(ctx context.Context, commit, folder string) (string, error) {
	at := commit
	if folder == "" {
		return at, nil
	}
	for part := range strings.SplitSeq(folder, "/") {
		out, err := g.output(ctx, "ls-tree", "--full-tree", "-z", at, "--", part)
		if err != nil {
			return "", err
		}
		meta, name, _ := strings.Cut(strings.TrimSuffix(string(out), "\x00"), "\t")
		fields := strings.Fields(meta)
		if len(fields) != 3 || name != part {
			return "", nil
		}
		switch mode := modeOf(fields[0]); {
		case mode.IsDir():
			at = fields[2]
		case mode&fs.ModeSymlink != 0:
			return "", fmt.Errorf("%w: in commit %s %s is a link", ErrLink, Short(commit), part)
		case mode == fs.ModeIrregular:
			return "", fmt.Errorf("%w: in commit %s %s is one", ErrSubmodule, Short(commit), part)
		default:
			return "", nil // a file
		}
	}
	return at, nil
}
