// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/parallel"
)

// ErrNoRegistry is returned for a folder without a roster.yaml.
var ErrNoRegistry = errors.New("no " + RootFile + " here")

// ErrTooLarge is returned for a registry whose files together pass
// [Limits].Total.
var ErrTooLarge = errors.New("registry is too large")

// Options say how a registry is read. The zero value reads sequentially,
// checks nothing beyond the format and keeps the default limits.
type Options struct {
	Limits  Limits
	Workers int                               // files read at once; default 1
	Check   func(*Document) []finding.Finding // judges each document before it is decoded
	Read    func(done, total int)             // told now and then how far reading is
}

// File is one file of a registry.
type File struct {
	Path   string
	Digest [sha256.Size]byte // SHA-256 of its bytes
	Size   int
}

// loaded is what one file gave.
type loaded struct {
	file     File
	value    any // *Root, *Domain, *App, ...; nil if unreadable
	findings []finding.Finding
}

// Load reads the registry in fsys: roster.yaml, what it includes, and the tree
// that they make. Findings are sorted; when one of them is an error the
// registry is still returned, as complete as it can be, for further checks. An
// error means that there was nothing to judge: ErrNoRegistry, ErrTooLarge, or
// a folder or file that could not be read.
func Load(ctx context.Context, fsys fs.FS, options Options) (*Registry, []finding.Finding, error) {
	l := loader{fsys: fsys, options: options, limits: options.Limits.orDefault(), decoder: newDecoder()}
	first, err := l.read(RootFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, ErrNoRegistry
	case err != nil:
		return nil, nil, err
	}
	root, ok := first.value.(*Root)
	if !ok {
		return nil, finding.Sort(append(first.findings, l.notRoot(first)...)), nil
	}
	names, findings, err := include(ctx, fsys, root.Spec.Include, l.limits)
	if err != nil {
		return nil, nil, err
	}
	all, err := l.readAll(ctx, names)
	if err != nil {
		return nil, nil, err
	}
	all = append([]loaded{first}, all...)
	registry, more := resolve(root, all)
	findings = append(findings, more...)
	for _, f := range all {
		findings = append(findings, f.findings...)
	}
	return registry, finding.Sort(findings), nil
}

type loader struct {
	fsys    fs.FS
	options Options
	limits  Limits
	decoder *decoder
	total   atomic.Int64 // bytes read so far, by all workers
}

// notRoot says why roster.yaml is no root, unless that was said already.
func (l *loader) notRoot(first loaded) []finding.Finding {
	if len(first.findings) > 0 {
		return nil
	}
	return []finding.Finding{{
		Rule: ruleKind, Severity: finding.Error, File: RootFile, Line: 1, Column: 1,
		Message: RootFile + " is not of kind Root", Hint: "begin it with kind: Root",
	}}
}

func (l *loader) readAll(ctx context.Context, names []string) ([]loaded, error) {
	return parallel.Map(ctx, l.options.Workers, len(names), func(_ context.Context, i int) (loaded, error) {
		if l.options.Read != nil && i%256 == 0 {
			l.options.Read(i, len(names))
		}
		return l.read(names[i])
	})
}

func (l *loader) read(name string) (loaded, error) {
	source, err := readRegular(l.fsys, name, l.limits.File)
	if err != nil {
		return loaded{}, fmt.Errorf("read manifest %s: %w", name, err)
	}
	if l.total.Add(int64(len(source))) > int64(l.limits.Total) {
		return loaded{}, fmt.Errorf("%w: its files hold more than %d bytes", ErrTooLarge, l.limits.Total)
	}
	result := loaded{file: File{Path: name, Digest: sha256.Sum256(source), Size: len(source)}}
	doc, findings := Parse(name, source, l.limits)
	if doc == nil {
		result.findings = findings
		return result, nil
	}
	result.value, result.findings = l.decoder.manifest(doc)
	if result.value != nil && l.options.Check != nil {
		result.findings = append(result.findings, l.options.Check(doc)...)
	}
	return result, nil
}

// readRegular reads a regular file up to one byte past the limit, which is
// enough to see that it is too large.
func readRegular(fsys fs.FS, name string, limit int) (content []byte, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("is a %s", describe(info.Mode()))
	}
	content = make([]byte, min(info.Size(), int64(limit))+1)
	n, err := io.ReadFull(f, content)
	switch {
	case err == nil && n <= limit:
		return nil, errors.New("it grew while being read")
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		return nil, err
	}
	return content[:n], nil
}
