// SPDX-License-Identifier: Apache-2.0

package local

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/appofapps/roster/store"
)

// The file has one bucket for the store itself, whose name has an underscore, and
// one per container, whose names cannot have one. A container has three buckets:
//
//	ids      partition, id       -> type
//	headers  type, partition, id -> etag, digest, tombstone or not
//	bodies   type, partition, id -> bytes of the body
//
// So Read can find the type of an id, List reads one range of headers and bodies,
// and Entries reads one range of headers and no body. The parts of a key are joined
// by a zero byte, which sorts before every character of a name: keys are ordered by
// partition, then by id.
const (
	systemBucket  = "_store"
	idsBucket     = "ids"
	headersBucket = "headers"
	bodiesBucket  = "bodies"
)

// Keys in the system bucket.
const (
	formatKey  = "format"
	historyKey = "history" // digest of all commits so far, see stamp
)

// formatVersion is increased when an older roster cannot read the file any more.
const formatVersion = "roster store 1"

// mark marks an empty database as a roster store.
func mark(tx *bbolt.Tx) error {
	system, err := tx.CreateBucket([]byte(systemBucket))
	if err != nil {
		return err
	}
	return system.Put([]byte(formatKey), []byte(formatVersion))
}

// checkMark checks that a database is a roster store of a supported format. Errors:
// ErrForeign, ErrDamaged.
func checkMark(tx *bbolt.Tx) error {
	system := tx.Bucket([]byte(systemBucket))
	if system == nil {
		return fmt.Errorf("%w: bbolt file of another program", ErrForeign)
	}
	if version := string(system.Get([]byte(formatKey))); version != formatVersion {
		return fmt.Errorf("%w: its format is %q, this roster supports %q", ErrForeign, version, formatVersion)
	}
	return nil
}

func key(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

// shelf is the buckets of one container.
type shelf struct {
	ids, headers, bodies *bbolt.Bucket
}

// openShelf returns the buckets of a container, and whether the container exists.
func openShelf(tx *bbolt.Tx, container string) (shelf, bool) {
	b := tx.Bucket([]byte(container))
	if b == nil || container == systemBucket {
		return shelf{}, false
	}
	s := shelf{b.Bucket([]byte(idsBucket)), b.Bucket([]byte(headersBucket)), b.Bucket([]byte(bodiesBucket))}
	return s, s.ids != nil && s.headers != nil && s.bodies != nil
}

func makeShelf(tx *bbolt.Tx, container string) (s shelf, err error) {
	b, err := tx.CreateBucketIfNotExists([]byte(container))
	if err != nil {
		return s, err
	}
	for _, part := range []struct {
		name   string
		bucket **bbolt.Bucket
	}{{idsBucket, &s.ids}, {headersBucket, &s.headers}, {bodiesBucket, &s.bodies}} {
		if *part.bucket, err = b.CreateBucketIfNotExists([]byte(part.name)); err != nil {
			return s, err
		}
	}
	return s, nil
}

// get returns a document. Errors: store.ErrNotFound.
func (s shelf) get(partition, id string) (store.Document, error) {
	t := s.ids.Get(key(partition, id))
	if t == nil {
		return store.Document{}, store.ErrNotFound
	}
	k := key(string(t), partition, id)
	doc, err := decode(s.headers.Get(k))
	doc.ID, doc.Type = id, store.Type(t)
	doc.Body = bytes.Clone(s.bodies.Get(k))
	return doc, err
}

// put writes a document in the place of before, whose ETag is empty for a new
// document.
func (s shelf) put(partition string, doc, before store.Document) error {
	if before.ETag != "" && before.Type != doc.Type {
		old := key(string(before.Type), partition, doc.ID)
		if err := s.headers.Delete(old); err != nil {
			return err
		}
		if err := s.bodies.Delete(old); err != nil {
			return err
		}
	}
	k := key(string(doc.Type), partition, doc.ID)
	if err := s.ids.Put(key(partition, doc.ID), []byte(doc.Type)); err != nil {
		return err
	}
	if err := s.headers.Put(k, encode(doc)); err != nil {
		return err
	}
	return s.bodies.Put(k, doc.Body)
}

// Marks at the beginning of a header.
const (
	live      = 'l'
	tombstone = 't'
)

// encode returns a header: a mark, the length of the etag, the etag, the digest.
func encode(doc store.Document) []byte {
	header := []byte{live}
	if doc.Deleted {
		header[0] = tombstone
	}
	header = binary.AppendUvarint(header, uint64(len(doc.ETag)))
	header = append(header, doc.ETag...)
	return append(header, doc.Digest...)
}

// decode parses a header into a document without other fields.
func decode(header []byte) (doc store.Document, err error) {
	if len(header) == 0 || header[0] != live && header[0] != tombstone {
		return doc, fmt.Errorf("%w: document without header", ErrDamaged)
	}
	length, n := binary.Uvarint(header[1:])
	rest := header[1+max(n, 0):]
	if n <= 0 || length > uint64(len(rest)) {
		return doc, fmt.Errorf("%w: truncated header", ErrDamaged)
	}
	doc.Deleted = header[0] == tombstone
	doc.ETag, doc.Digest = string(rest[:length]), string(rest[length:])
	return doc, nil
}
