// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"cmp"
	"context"
	"fmt"
	"strings"
)

// isMissing stands for the size of a blob that a partial clone does not have.
const isMissing = "missing"

// listPartial is git ls-tree -l for a clone that does not have every blob: asking for
// their sizes would fetch them. The sizes come from the objects that there are.
func (f *FS) listPartial(ctx context.Context, tree string) ([]byte, error) {
	out, err := f.git.output(ctx, "ls-tree", "--full-tree", "-r", "-t", "-z", tree)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	absent, err := f.absent(ctx)
	if err != nil {
		return nil, err
	}
	var names strings.Builder
	for _, line := range lines {
		if object := objectOf(line); !absent[object] {
			names.WriteString(object + "\n")
		}
	}
	cmd := f.git.command(ctx, "cat-file", "--batch-check=%(objectname) %(objectsize)")
	cmd.Stdin = strings.NewReader(names.String())
	answers, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("ask git for the sizes of objects: %w", err)
	}
	sizes := map[string]string{}
	for answer := range strings.Lines(string(answers)) {
		object, size, _ := strings.Cut(strings.TrimSuffix(answer, "\n"), " ")
		sizes[object] = size
	}
	var all strings.Builder
	for _, line := range lines {
		meta, name, _ := strings.Cut(line, "\t")
		size := cmp.Or(sizes[objectOf(line)], isMissing)
		all.WriteString(meta + " " + size + "\t" + name + "\x00")
	}
	return []byte(all.String()), nil
}

// absent returns the objects of the revision that the clone does not have
// (git-rev-list, --missing=print).
func (f *FS) absent(ctx context.Context) (map[string]bool, error) {
	out, err := f.git.output(ctx, "rev-list", "--objects", "--no-walk", "--missing=print", f.commit)
	if err != nil {
		return nil, err
	}
	absent := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if object, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "?"); found {
			absent[object] = true
		}
	}
	return absent, nil
}

// objectOf returns the object in a line of git ls-tree: "mode type object\tpath".
func objectOf(line string) string {
	meta, _, _ := strings.Cut(line, "\t")
	fields := strings.Fields(meta)
	if len(fields) < 3 {
		return ""
	}
	return fields[2]
}
