// SPDX-License-Identifier: Apache-2.0

package storetest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// mutantVariable names the broken store that TestMutant runs the suite on, in a
// separate process.
const mutantVariable = "ROSTER_STORETEST_MUTANT"

// broken is a store with one wrong method.
type broken struct {
	*storetest.Memory
	read    func(ctx context.Context, key store.Key) (store.Document, error)
	list    func(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error)
	entries func(ctx context.Context, container string, t store.Type) ([]store.Entry, error)
	commit  func(ctx context.Context, c store.Commit) ([]string, error)
}

func (b *broken) Read(ctx context.Context, key store.Key) (store.Document, error) {
	if b.read != nil {
		return b.read(ctx, key)
	}
	return b.Memory.Read(ctx, key)
}

func (b *broken) List(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
	if b.list != nil {
		return b.list(ctx, container, partition, t)
	}
	return b.Memory.List(ctx, container, partition, t)
}

func (b *broken) Entries(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
	if b.entries != nil {
		return b.entries(ctx, container, t)
	}
	return b.Memory.Entries(ctx, container, t)
}

func (b *broken) Commit(ctx context.Context, c store.Commit) ([]string, error) {
	if b.commit != nil {
		return b.commit(ctx, c)
	}
	return b.Memory.Commit(ctx, c)
}

// keyAt returns the address that an operation writes to.
func keyAt(c store.Commit, o store.Operation) store.Key {
	return store.Key{Container: c.Container, Partition: c.Partition, ID: o.Document.ID}
}

// mutants returns stores with mistakes that an author could make.
func mutants() map[string]func(b *broken) {
	return map[string]func(b *broken){
		"replaces under any etag": func(b *broken) {
			b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
				for i, o := range c.Operations {
					if now, err := b.Memory.Read(ctx, keyAt(c, o)); err == nil && o.IfMatch != "" {
						c.Operations[i].IfMatch = now.ETag
					}
				}
				return b.Memory.Commit(ctx, c)
			}
		},
		"creates over what exists": func(b *broken) {
			b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
				for i, o := range c.Operations {
					if now, err := b.Memory.Read(ctx, keyAt(c, o)); err == nil && o.IfMatch == "" {
						c.Operations[i].IfMatch = now.ETag
					}
				}
				return b.Memory.Commit(ctx, c)
			}
		},
		"creates over a tombstone": func(b *broken) {
			b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
				for i, o := range c.Operations {
					if now, err := b.Memory.Read(ctx, keyAt(c, o)); err == nil && o.IfMatch == "" && now.Deleted {
						c.Operations[i].IfMatch = now.ETag
					}
				}
				return b.Memory.Commit(ctx, c)
			}
		},
		"replaces an absent document": func(b *broken) {
			b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
				for i, o := range c.Operations {
					if _, err := b.Memory.Read(ctx, keyAt(c, o)); errors.Is(err, store.ErrNotFound) {
						c.Operations[i].IfMatch = ""
					}
				}
				return b.Memory.Commit(ctx, c)
			}
		},
		"commits one operation after the other": func(b *broken) {
			b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
				if err := c.Check(); err != nil {
					return nil, err
				}
				var etags []string
				for _, o := range c.Operations {
					etag, err := b.Memory.Commit(ctx, store.Commit{Container: c.Container, Partition: c.Partition, Operations: []store.Operation{o}})
					if err != nil {
						return nil, err
					}
					etags = append(etags, etag...)
				}
				return etags, nil
			}
		},
		"takes an invalid commit for a conflict": func(b *broken) {
			b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
				etags, err := b.Memory.Commit(ctx, c)
				if errors.Is(err, store.ErrInvalid) {
					err = store.ErrConflict
				}
				return etags, err
			}
		},
		"returns no etags": func(b *broken) {
			b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
				_, err := b.Memory.Commit(ctx, c)
				return nil, err
			}
		},
		"commits after the context ended": func(b *broken) {
			b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
				return b.Memory.Commit(context.WithoutCancel(ctx), c)
			}
		},
		"takes the content for the etag":          contentForETag,
		"looks, then writes":                      looksThenWrites,
		"returns the result of the previous read": readsLate,
		"finds a document by its id alone": func(b *broken) {
			b.read = func(ctx context.Context, key store.Key) (store.Document, error) {
				if doc, err := b.Memory.Read(ctx, key); err == nil {
					return doc, nil
				}
				key.Container, key.Partition = "orders", "checkout"
				return b.Memory.Read(ctx, key)
			}
		},
		"hides tombstones from Read": func(b *broken) {
			b.read = func(ctx context.Context, key store.Key) (store.Document, error) {
				doc, err := b.Memory.Read(ctx, key)
				if doc.Deleted {
					return store.Document{}, store.ErrNotFound
				}
				return doc, err
			}
		},
		"reads after the context ended": func(b *broken) {
			b.read = func(ctx context.Context, key store.Key) (store.Document, error) {
				return b.Memory.Read(context.WithoutCancel(ctx), key)
			}
		},
		"tidies bodies": func(b *broken) {
			b.read = func(ctx context.Context, key store.Key) (store.Document, error) {
				doc, err := b.Memory.Read(ctx, key)
				var tidy bytes.Buffer
				if json.Compact(&tidy, doc.Body) == nil {
					doc.Body = tidy.Bytes()
				}
				return doc, err
			}
		},
		"forgets digests": func(b *broken) {
			b.read = func(ctx context.Context, key store.Key) (store.Document, error) {
				doc, err := b.Memory.Read(ctx, key)
				doc.Digest = ""
				return doc, err
			}
		},
		"lists in no order": func(b *broken) {
			b.list = func(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
				docs, err := b.Memory.List(ctx, container, partition, t)
				slices.Reverse(docs)
				return docs, err
			}
		},
		"lists without bodies": func(b *broken) {
			b.list = func(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
				docs, err := b.Memory.List(ctx, container, partition, t)
				for i := range docs {
					docs[i].Body = nil
				}
				return docs, err
			}
		},
		"lists the first ten": func(b *broken) {
			b.list = func(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
				docs, err := b.Memory.List(ctx, container, partition, t)
				return docs[:min(len(docs), 10)], err
			}
		},
		"hides tombstones from Entries": func(b *broken) {
			b.entries = func(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
				entries, err := b.Memory.Entries(ctx, container, t)
				return slices.DeleteFunc(entries, func(e store.Entry) bool { return e.Deleted }), err
			}
		},
		"orders entries by a path": func(b *broken) {
			b.entries = func(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
				entries, err := b.Memory.Entries(ctx, container, t)
				slices.SortFunc(entries, func(x, y store.Entry) int {
					return strings.Compare(x.Partition+"/"+x.ID, y.Partition+"/"+y.ID)
				})
				return entries, err
			}
		},
		"mistakes an unknown container": func(b *broken) {
			b.entries = func(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
				entries, err := b.Memory.Entries(ctx, container, t)
				if err == nil && len(entries) == 0 {
					err = store.ErrNotFound
				}
				return entries, err
			}
		},
	}
}

// contentForETag derives the etag from the content, so it can repeat.
func contentForETag(b *broken) {
	tag := func(doc store.Document) string {
		return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s %t", doc.Body, doc.Deleted)))
	}
	b.read = func(ctx context.Context, key store.Key) (store.Document, error) {
		doc, err := b.Memory.Read(ctx, key)
		if err == nil {
			doc.ETag = tag(doc)
		}
		return doc, err
	}
	b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
		c.Operations = slices.Clone(c.Operations)
		for i, o := range c.Operations {
			if now, err := b.Memory.Read(ctx, keyAt(c, o)); err == nil && o.IfMatch == tag(now) {
				c.Operations[i].IfMatch = now.ETag
			}
		}
		etags, err := b.Memory.Commit(ctx, c)
		for i := range etags {
			etags[i] = tag(c.Operations[i].Document)
		}
		return etags, err
	}
}

// looksThenWrites compares etags first, and writes later without comparing again.
func looksThenWrites(b *broken) {
	b.commit = func(ctx context.Context, c store.Commit) ([]string, error) {
		if err := errors.Join(c.Check(), ctx.Err()); err != nil {
			return nil, err
		}
		c.Operations = slices.Clone(c.Operations)
		for _, o := range c.Operations {
			if now, _ := b.Memory.Read(ctx, keyAt(c, o)); now.ETag != o.IfMatch { // "" for an absent document
				return nil, store.ErrConflict
			}
		}
		for {
			runtime.Gosched()
			for i, o := range c.Operations {
				if now, err := b.Memory.Read(ctx, keyAt(c, o)); err == nil && o.IfMatch != "" {
					c.Operations[i].IfMatch = now.ETag
				}
			}
			etags, err := b.Memory.Commit(ctx, c)
			if !errors.Is(err, store.ErrConflict) || c.Operations[0].IfMatch == "" {
				return etags, err
			}
		}
	}
}

// readsLate answers a read with the result of the read before it.
func readsLate(b *broken) {
	type found struct {
		doc store.Document
		err error
	}
	var mu sync.Mutex // guards last
	last := map[store.Key]found{}
	b.read = func(ctx context.Context, key store.Key) (store.Document, error) {
		doc, err := b.Memory.Read(ctx, key)
		mu.Lock()
		defer mu.Unlock()
		before, known := last[key]
		last[key] = found{doc, err}
		if known && strings.HasPrefix(key.ID, "register") {
			return before.doc, before.err
		}
		return doc, err
	}
}

// TestMutant runs the suite on the store named by mutantVariable.
func TestMutant(t *testing.T) {
	name := os.Getenv(mutantVariable)
	if name == "" {
		t.Skip("run by TestSuiteCatchesMutants")
	}
	storetest.Run(t, func(*testing.T) store.Store {
		b := &broken{Memory: storetest.NewMemory()}
		if name != "none" {
			mutants()[name](b)
		}
		return b
	})
}

// The suite fails on each broken store, and passes on the intact one.
func TestSuiteCatchesMutants(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, name string) (string, error) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMutant$", "-test.timeout=1m")
		cmd.Env = append(cmd.Environ(), mutantVariable+"="+name, "GORACE=atexit_sleep_ms=0")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(t, "none"); err != nil {
		t.Fatalf("the whole store: %v\n%s", err, out)
	}
	for _, name := range slices.Sorted(maps.Keys(mutants())) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, name)
			if err == nil {
				t.Fatal("the suite passes")
			}
			if !strings.Contains(out, "--- FAIL: TestMutant/") || strings.Contains(out, "panic:") {
				t.Errorf("the suite does not fail as a test does: %v\n%s", err, out)
			}
		})
	}
}
