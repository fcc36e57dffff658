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

var (
	errNotRegular = errors.New("not a regular file")
	errGrowing    = errors.New("file that grew while it was read")
)

// Options say how a registry is read. The zero value reads sequentially,
// checks nothing beyond the format and keeps the default limits.
type Options struct {
	Limits  Limits
	Workers int                               // files read at once; default 1
	Check   func(*Document) []finding.Finding // judges each document, which it must not keep
	Read    func()                            // called now and then, by all workers; may be nil
	BuiltIn func() []*PolicyTemplate          // templates that are there without being declared; may be nil
}

// File is one file of a registry.
type File struct {
	Path   string
	Kind   Kind              // what it declares; "" if it could not be told
	Digest [sha256.Size]byte // SHA-256 of its bytes
	Size   int
}

// readEvery is the number of files between two calls of Options.Read.
const readEvery = 128

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
	l := loader{
		fsys: fsys, options: options, limits: options.Limits.orDefault(), decoder: newDecoder(),
		spare: make(chan *maps, max(options.Workers, 1)),
	}
	info, err := fs.Lstat(fsys, RootFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, ErrNoRegistry
	case err != nil:
		return nil, nil, fmt.Errorf("look at %s: %w", RootFile, err)
	case !info.Mode().IsRegular():
		return nil, []finding.Finding{rootObjection(ruleNotRegular, RootFile+" is a "+describe(info.Mode()),
			"copy the file itself into the registry")}, nil
	}
	first, err := l.read(RootFile)
	if err != nil {
		return nil, nil, err
	}
	root, ok := first.value.(*Root)
	if !ok {
		return nil, finding.Sort(append(first.findings, notRoot(first)...)), nil
	}
	names, included, err := include(ctx, fsys, root.Spec.Include, l.limits, options.Workers)
	if err != nil {
		return nil, nil, err
	}
	all, err := l.readAll(ctx, names)
	if err != nil {
		return nil, nil, err
	}
	all = append([]loaded{first}, all...)
	registry, more := resolve(root, all, options.BuiltIn)
	var unnamed []finding.Finding
	if registry != nil {
		if registry.Strays, unnamed, err = l.strays(ctx, registry.Files); err != nil {
			return nil, nil, err
		}
	}
	findings := append(capped(included), append(capped(more), capped(unnamed)...)...)
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
	spare   chan *maps   // between two documents, one for each worker
}

// notRoot says that roster.yaml is no root, unless an earlier finding
// explains it.
func notRoot(first loaded) []finding.Finding {
	if first.value == nil {
		return nil
	}
	return []finding.Finding{rootObjection(ruleKind, RootFile+" is not of kind Root", "give it kind: Root")}
}

func rootObjection(rule, message, hint string) finding.Finding {
	return finding.Finding{
		Rule: rule, Severity: finding.Error, File: RootFile, Line: 1, Column: 1, Message: message, Hint: hint,
	}
}

func (l *loader) readAll(ctx context.Context, names []string) ([]loaded, error) {
	return parallel.Map(ctx, l.options.Workers, len(names), func(_ context.Context, i int) (loaded, error) {
		if l.options.Read != nil && i%readEvery == 0 {
			l.options.Read()
		}
		return l.read(names[i])
	})
}

func (l *loader) read(name string) (loaded, error) {
	content, err := readRegular(l.fsys, name, l.limits.File)
	if err != nil {
		return loaded{}, fmt.Errorf("read manifest %s: %w", name, err)
	}
	if l.total.Add(int64(len(content))) > int64(l.limits.Total) {
		return loaded{}, fmt.Errorf("%w: its files hold more than %d bytes", ErrTooLarge, l.limits.Total)
	}
	result := loaded{file: File{Path: name, Digest: sha256.Sum256(content), Size: len(content)}}
	result.value, result.file.Kind, result.findings = l.judge(name, content)
	result.findings = capped(result.findings)
	return result, nil
}

// judge returns what a file declares, nil and no kind if it cannot be told, and
// everything to object to in the file alone.
func (l *loader) judge(name string, content []byte) (any, Kind, []finding.Finding) {
	maps := l.borrow()
	defer l.giveBack(maps)
	doc, findings := parse(name, content, l.limits, maps)
	if doc == nil {
		return nil, "", findings
	}
	value, findings := l.decoder.manifest(doc)
	if value == nil {
		return nil, "", findings
	}
	if l.options.Check != nil {
		findings = append(findings, l.options.Check(doc)...)
	}
	return value, doc.Kind(), findings
}

// borrow returns mappings that no other worker uses.
func (l *loader) borrow() *maps {
	select {
	case m := <-l.spare:
		return m
	default:
		return &maps{}
	}
}

func (l *loader) giveBack(m *maps) {
	m.release()
	select {
	case l.spare <- m:
	default:
	}
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
		return nil, fmt.Errorf("%w: it is a %s", errNotRegular, describe(info.Mode()))
	}
	content = make([]byte, min(info.Size(), int64(limit))+1)
	n, err := io.ReadFull(f, content)
	switch {
	case err == nil && n <= limit:
		return nil, errGrowing
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		return nil, err
	}
	return content[:n], nil
}
