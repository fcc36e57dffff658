// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Distance says how far HEAD is from a commit.
type Distance struct {
	Date     string // day of the commit in UTC, for example 2026-01-31
	Ahead    int    // commits of HEAD that the commit lacks
	Behind   int    // commits that HEAD lacks
	Known    bool   // false: the clone has too little history to count them
	Contains bool   // HEAD contains the commit
	Same     bool   // HEAD is the commit
}

// Distance returns how far HEAD is from the commit of the FS. A repository whose HEAD
// has no commit yet is not said to lack any.
func (f *FS) Distance(ctx context.Context) (Distance, error) {
	own, err := f.git.header(ctx, f.commit)
	if err != nil {
		return Distance{}, err
	}
	d := Distance{Date: own.day(), Contains: true}
	head, err := f.git.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}")
	if err != nil {
		return d, ctx.Err()
	}
	counts, err := f.git.line(ctx, "rev-list", "--count", "--left-right", f.commit+"..."+head, "--")
	if err != nil {
		return d, f.git.lacking(ctx, err)
	}
	if _, err := fmt.Sscan(counts, &d.Behind, &d.Ahead); err != nil {
		return d, fmt.Errorf("parse answer %q of git rev-list: %w", counts, err)
	}
	d.Same, d.Contains = head == f.commit, d.Behind == 0
	shallow, err := f.git.line(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return d, err
	}
	if d.Known = shallow == "false"; d.Known {
		return d, nil
	}
	d.Ahead, d.Behind = 0, 0 // what the clone has is not all there is
	tip, err := f.git.header(ctx, head)
	d.Contains = d.Contains || slices.Contains(tip.parents, f.commit)
	return d, err
}

// Head returns the commit checked out in the repository of a folder, and its parents as
// the commit names them: a shallow clone may lack them.
func Head(ctx context.Context, dir string) (commit string, parents []string, err error) {
	g := git{dir}
	if commit, err = g.resolve(ctx, "HEAD"); err != nil {
		return "", nil, err
	}
	h, err := g.header(ctx, commit)
	return commit, h.parents, err
}

// header is what a commit says of itself.
type header struct {
	parents   []string
	committed time.Time
}

func (h header) day() string { return h.committed.UTC().Format(time.DateOnly) }

// header reads a commit as it is stored (gitformat-signature and git-cat-file, "raw
// commit"), so that no setting of the repository changes the answer.
func (g git) header(ctx context.Context, commit string) (header, error) {
	text, err := g.line(ctx, "cat-file", "commit", commit)
	if err != nil {
		return header{}, g.lacking(ctx, err)
	}
	var h header
	lines, _, _ := strings.Cut(text, "\n\n")
	for line := range strings.SplitSeq(lines, "\n") {
		switch key, value, _ := strings.Cut(line, " "); key {
		case "parent":
			h.parents = append(h.parents, value)
		case "committer":
			fields := strings.Fields(value[strings.LastIndex(value, ">")+1:])
			if len(fields) == 0 {
				continue
			}
			if seconds, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
				h.committed = time.Unix(seconds, 0)
			}
		}
	}
	return h, nil
}

// HasRef reports whether a full ref exists in the repository of a folder.
func HasRef(ctx context.Context, dir, name string) (bool, error) {
	found, err := git{dir}.refs(ctx, []string{name})
	return len(found) > 0, err
}
