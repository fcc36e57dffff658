// SPDX-License-Identifier: Apache-2.0

package local

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/appofapps/roster/store"
)

// Read returns one document; see store.Store.
func (s *Store) Read(ctx context.Context, at store.Key) (doc store.Document, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		shelf, found := openShelf(tx, at.Container)
		if !found {
			return store.ErrNotFound
		}
		doc, err = shelf.get(at.Partition, at.ID)
		return err
	})
	if err != nil {
		return store.Document{}, fmt.Errorf("read %s/%s/%s: %w", at.Container, at.Partition, at.ID, err)
	}
	return doc, nil
}

// List returns the documents of one type in one partition, by id; see store.Store.
func (s *Store) List(ctx context.Context, container, partition string, t store.Type) (docs []store.Document, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		shelf, found := openShelf(tx, container)
		if !found {
			return nil
		}
		if t == store.AnyType {
			return shelf.all(key(partition, ""), func(_ string, doc store.Document) { docs = append(docs, doc) })
		}
		return shelf.each(key(string(t), partition, ""), func(id string, doc store.Document, k []byte) {
			doc.ID, doc.Type = id, t
			doc.Body = bytes.Clone(shelf.bodies.Get(k))
			docs = append(docs, doc)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list %s/%s: %w", container, partition, err)
	}
	return docs, nil
}

// Entries returns the documents of one type in a container without their bodies, by
// partition and id; see store.Store.
func (s *Store) Entries(ctx context.Context, container string, t store.Type) (entries []store.Entry, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		shelf, found := openShelf(tx, container)
		if !found {
			return nil
		}
		add := func(partition string, doc store.Document) {
			entries = append(entries, store.EntryOf(partition, doc, t == store.AnyType))
		}
		if t == store.AnyType {
			return shelf.all(nil, add)
		}
		return shelf.each(key(string(t), ""), func(rest string, doc store.Document, k []byte) {
			partition, id, _ := strings.Cut(rest, "\x00")
			doc.ID, doc.Type, doc.Body = id, t, shelf.bodies.Get(k)
			add(partition, doc)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the %s documents of %s: %w", t, container, err)
	}
	return entries, nil
}

// all visits the documents of every type whose partition and id start with prefix, in
// order.
func (s shelf) all(prefix []byte, visit func(partition string, doc store.Document)) error {
	cursor := s.ids.Cursor()
	for k, _ := cursor.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
		partition, id, _ := strings.Cut(string(k), "\x00")
		doc, err := s.get(partition, id)
		if err != nil {
			return err
		}
		visit(partition, doc)
	}
	return nil
}

// each visits the headers whose keys start with prefix, in order. It passes the rest
// of the key, a document with only the header's fields, and the whole key.
func (s shelf) each(prefix []byte, visit func(rest string, doc store.Document, k []byte)) error {
	cursor := s.headers.Cursor()
	for k, header := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, header = cursor.Next() {
		doc, err := decode(header)
		if err != nil {
			return err
		}
		visit(string(k[len(prefix):]), doc, k)
	}
	return nil
}
