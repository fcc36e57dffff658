// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/appofapps/roster/store"
)

// Memory is a store in the memory of the process. Get one with NewMemory.
type Memory struct {
	mu    sync.Mutex // guards the fields below
	docs  map[store.Key]store.Document
	count int // of etags so far
}

var _ store.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{docs: map[store.Key]store.Document{}} }

// Read returns one document.
func (m *Memory) Read(ctx context.Context, key store.Key) (store.Document, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return store.Document{}, err
	}
	doc, found := m.docs[key]
	if !found {
		return store.Document{}, fmt.Errorf("read %s/%s/%s: %w", key.Container, key.Partition, key.ID, store.ErrNotFound)
	}
	doc.Body = bytes.Clone(doc.Body)
	return doc, nil
}

// List returns the documents of one type in one partition, by id.
func (m *Memory) List(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var list []store.Document
	for key, doc := range m.docs {
		if key.Container == container && key.Partition == partition && (doc.Type == t || t == store.AnyType) {
			doc.Body = bytes.Clone(doc.Body)
			list = append(list, doc)
		}
	}
	slices.SortFunc(list, func(a, b store.Document) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// Entries returns the documents of one type in a container, by partition and
// id.
func (m *Memory) Entries(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var list []store.Entry
	for key, doc := range m.docs {
		if key.Container == container && (doc.Type == t || t == store.AnyType) {
			list = append(list, store.EntryOf(key.Partition, doc, t == store.AnyType))
		}
	}
	slices.SortFunc(list, func(a, b store.Entry) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// Commit writes all operations or none.
func (m *Memory) Commit(ctx context.Context, commit store.Commit) ([]string, error) {
	if err := commit.Check(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, o := range commit.Operations {
		// An absent document has an empty etag, which a create expects.
		if before := m.docs[keyOf(commit, o)]; before.ETag != o.IfMatch {
			return nil, fmt.Errorf("%w: document %s", store.ErrConflict, o.Document.ID)
		}
	}
	etags := make([]string, 0, len(commit.Operations))
	for _, o := range commit.Operations {
		m.count++
		doc := o.Document
		doc.ETag = strconv.Itoa(m.count)
		doc.Body = bytes.Clone(doc.Body)
		m.docs[keyOf(commit, o)] = doc
		etags = append(etags, doc.ETag)
	}
	return etags, nil
}

func keyOf(c store.Commit, o store.Operation) store.Key {
	return store.Key{Container: c.Container, Partition: c.Partition, ID: o.Document.ID}
}
