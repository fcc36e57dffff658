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

// The file holds one bucket for the store itself and one per container, whose
// names cannot have an underscore. Inside a container are three:
//
//	ids      partition, id       -> type
//	headers  type, partition, id -> etag, digest, tombstone or not
//	bodies   type, partition, id -> the bytes that were given
//
// so that Read finds the type of an id, List is one range of headers and bodies,
// and Entries is one range of headers that touches no body. Parts of a key are
// joined by a zero byte, which sorts before everything that a name may hold: the
// order of keys is the order of partitions, then ids.
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

// formatVersion is raised when an older roster could not read the file.
const formatVersion = "roster store 1"

// mark makes an empty database a roster store.
func mark(tx *bbolt.Tx) error {
	system, err := tx.CreateBucket([]byte(systemBucket))
	if err != nil {
		return err
	}
	return system.Put([]byte(formatKey), []byte(formatVersion))
}

// checkMark refuses a database that is not a roster store that we know.
func checkMark(tx *bbolt.Tx) error {
	system := tx.Bucket([]byte(systemBucket))
	if system == nil {
		return fmt.Errorf("%w: it is a bbolt file of another program", ErrForeign)
	}
	if version := string(system.Get([]byte(formatKey))); version != formatVersion {
		return fmt.Errorf("%w: its format is %q, this roster knows %q", ErrForeign, version, formatVersion)
	}
	return nil
}

func key(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

// shelf is the buckets of one container.
type shelf struct {
	ids, headers, bodies *bbolt.Bucket
}

// openShelf returns the buckets of a container, false if there is none.
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

// get returns a document, or store.ErrNotFound.
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

// put writes a document in the place of before, which has an empty ETag if there
// was none.
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

// decode reads a header into a document that has nothing else.
func decode(header []byte) (doc store.Document, err error) {
	if len(header) == 0 || header[0] != live && header[0] != tombstone {
		return doc, fmt.Errorf("%w: a document has no header", ErrDamaged)
	}
	length, n := binary.Uvarint(header[1:])
	rest := header[1+max(n, 0):]
	if n <= 0 || length > uint64(len(rest)) {
		return doc, fmt.Errorf("%w: a header is cut off", ErrDamaged)
	}
	doc.Deleted = header[0] == tombstone
	doc.ETag, doc.Digest = string(rest[:length]), string(rest[length:])
	return doc, nil
}
