// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// resolve returns the commit that a revision names: HEAD, an id, a full ref, or a name
// that one branch, remote branch or tag has, each with any of ~N and ^N. Git would
// choose between several by an order that lets a tag pass for a branch (gitrevisions).
func (f *FS) resolve(ctx context.Context, revision string) (string, error) {
	parts := regexp.MustCompile(`^([^-~^:@{\x00-\x20\x7f][^~^:{\x00-\x20\x7f]*)((?:[~^][0-9]*)*)$`).FindStringSubmatch(revision)
	if parts == nil {
		return "", fmt.Errorf("%w: %q", ErrNoRevision, revision)
	}
	name, err := f.fullName(ctx, parts[1])
	if err != nil {
		return "", err
	}
	commit, err := f.git.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+parts[2]+"^{commit}")
	switch {
	case err == nil:
		return commit, nil
	case isNamed(ctx, err):
		return "", err
	}
	return "", fmt.Errorf("%w: %q%s", ErrNoRevision, revision, f.advice(ctx, parts[1], parts[2]))
}

// fullName returns what git cannot take for anything else than a name means here.
func (f *FS) fullName(ctx context.Context, name string) (string, error) {
	if name == "HEAD" || strings.HasPrefix(name, "refs/") || isID(name) {
		return name, nil
	}
	out, err := f.git.line(ctx, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)",
		"refs/heads/"+name, "refs/remotes/"+name, "refs/tags/"+name)
	if err != nil {
		return "", err
	}
	var refs, commits []string
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !slices.Contains([]string{"refs/heads/" + name, "refs/remotes/" + name, "refs/tags/" + name}, fields[0]) {
			continue // below a folder of that name
		}
		refs, commits = append(refs, fields[0]), append(commits, fields[len(fields)-1])
	}
	slices.Sort(commits)
	switch {
	case len(refs) == 0:
		return name, nil // an abbreviated id, or nothing
	case len(slices.Compact(commits)) > 1:
		return "", fmt.Errorf("%w: %q is %s; write the full name", ErrAmbiguous, name, strings.Join(refs, " and "))
	default:
		return refs[0], nil
	}
}

func isID(text string) bool {
	return regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`).MatchString(text)
}

// advice is the command that fetches a revision which the clone does not have, as the
// end of a sentence; "" if none is known.
func (f *FS) advice(ctx context.Context, name, suffix string) string {
	depth, reason := "", ""
	if shallow, _ := f.git.line(ctx, "rev-parse", "--is-shallow-repository"); shallow == "true" {
		depth, reason = "--depth=1 ", "; this clone is shallow: fetch-depth: 0 in actions/checkout, or"
	}
	branch, remote := strings.CutPrefix(strings.TrimPrefix(name, "refs/remotes/"), "origin/")
	switch {
	case suffix != "" && depth != "":
		return reason + " git fetch --deepen=10"
	case suffix != "":
		return ""
	case isID(name):
		return orRun(reason) + " git fetch " + depth + "origin " + name
	case remote:
		return orRun(reason) + " git fetch " + depth + "origin +refs/heads/" + branch + ":refs/remotes/origin/" + branch
	default:
		return ""
	}
}

func orRun(reason string) string {
	if reason == "" {
		return "; run"
	}
	return reason
}

// refuseLinks refuses a folder that is reached by a link of a working copy, or that is
// in a submodule: another folder would be compared with than the one that was reviewed.
func refuseLinks(ctx context.Context, dir string) error {
	at, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find %s: %w", dir, err)
	}
	for ; ; at = filepath.Dir(at) {
		above := filepath.Dir(at)
		if info, err := os.Lstat(at); err == nil && info.Mode()&os.ModeSymlink != 0 && inRepository(resolved(above)) {
			return fmt.Errorf("%w: %s is a link; name the folder that it leads to, or make it a folder", ErrLink, at)
		}
		if above == at {
			break
		}
	}
	if inside, err := (git{dir}).line(ctx, "rev-parse", "--show-superproject-working-tree"); err == nil && inside != "" {
		return fmt.Errorf("%w: %s is in a submodule of %s; run in a clone of its own", ErrLink, dir, inside)
	}
	return nil
}

func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// Parents returns the parents of the commit that is checked out.
func Parents(ctx context.Context, dir string) ([]string, error) {
	line, err := git{dir}.line(ctx, "rev-list", "--parents", "--max-count=1", "HEAD")
	if err != nil {
		return nil, err
	}
	return strings.Fields(line)[1:], nil
}

// Distance is how far HEAD is from a base.
type Distance struct {
	Date   string // when the base was committed: RFC 3339
	Ahead  int    // commits of HEAD that the base does not contain
	Behind int    // commits of the base that HEAD does not contain
}

// DistanceTo returns how far HEAD is from a commit. A shallow clone knows the date alone.
func DistanceTo(ctx context.Context, dir, base string) (Distance, error) {
	g := git{dir}
	var d Distance
	var err error
	if d.Date, err = g.line(ctx, "show", "--no-patch", "--no-show-signature", "--format=%cI", base); err != nil {
		return d, err
	}
	if shallow, err := g.line(ctx, "rev-parse", "--is-shallow-repository"); err != nil || shallow == "true" {
		return d, err
	}
	counts, err := g.line(ctx, "rev-list", "--left-right", "--count", base+"...HEAD")
	if err != nil {
		return d, err
	}
	_, err = fmt.Sscan(counts, &d.Behind, &d.Ahead)
	return d, err
}

// Commit returns the commit that a revision names, as Open understands it.
func Commit(ctx context.Context, dir, revision string) (string, error) {
	f := &FS{git: git{dir}}
	return f.resolve(ctx, revision)
}
