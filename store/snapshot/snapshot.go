// SPDX-License-Identifier: Apache-2.0

// Package snapshot saves the registrations of a store in a signed file, from which
// a plan can be made without the store. Start with Take, and write the result of
// Signed to a file. To use the file, Open it with the keys that the registry
// trusts, and plan from its Store.
//
// A snapshot contains what the manifests contain, and no secret.
package snapshot

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
)

// kind is the kind of a snapshot file.
const kind = "Snapshot"

// ErrRefused is returned for a snapshot that cannot be trusted: it is malformed,
// altered, not signed by a trusted key, of another registry, too old, or from the
// future.
var ErrRefused = errors.New("snapshot refused")

// maxAhead is the tolerance for a clock that was ahead when the snapshot was taken.
const maxAhead = 5 * time.Minute

// A Snapshot is a copy of a store's registrations: everything that a plan needs.
// It contains what the manifests contain, and no secret.
type Snapshot struct {
	Registry      string    `json:"registry"` // name of the Root
	Taken         string    `json:"taken"`    // RFC 3339, UTC
	Record        *Document `json:"record,omitempty"`
	Registrations []Entry   `json:"registrations"` // by container, partition and id; including tombstones
}

// Document is the registry document.
type Document struct {
	ETag string          `json:"etag"`
	Body json.RawMessage `json:"body"`
}

// Entry is a registration or a tombstone.
type Entry struct {
	Container string          `json:"container"`
	Partition string          `json:"partition"`
	ID        string          `json:"id"`
	ETag      string          `json:"etag"`
	Digest    string          `json:"digest,omitempty"`  // absent for a tombstone
	Deleted   bool            `json:"deleted,omitempty"` // a tombstone
	Body      json.RawMessage `json:"body"`
}

func (e Entry) document() store.Document {
	return store.Document{ID: e.ID, Type: store.TypeRegistration, Body: e.Body, Digest: e.Digest, Deleted: e.Deleted, ETag: e.ETag}
}

func compareEntries(a, b Entry) int {
	return cmp.Or(strings.Compare(a.Container, b.Container), strings.Compare(a.Partition, b.Partition), strings.Compare(a.ID, b.ID))
}

// Take copies all registrations of a registry from a store. It copies each one
// atomically, and may or may not include one that is written during the copy.
// workers limits concurrent requests. Errors: ledger.ErrForeignStore.
func Take(ctx context.Context, st store.Store, registry string, now time.Time, workers int) (*Snapshot, error) {
	s := &Snapshot{Registry: registry, Taken: now.UTC().Format(time.RFC3339)}
	stored, err := ledger.ReadRegistry(ctx, st)
	if err != nil {
		return nil, err
	}
	if err := stored.OwnedBy(registry); err != nil {
		return nil, err
	}
	if stored.ETag == "" {
		return s, nil
	}
	s.Record = &Document{ETag: stored.ETag, Body: stored.Body()}
	domains := stored.DomainList()
	lists, err := parallel.Map(ctx, workers, len(domains), func(ctx context.Context, i int) ([]store.Key, error) {
		entries, err := st.Entries(ctx, domains[i].Container, store.TypeRegistration)
		keys := make([]store.Key, len(entries))
		for k, e := range entries {
			keys[k] = store.Key{Container: domains[i].Container, Partition: e.Partition, ID: e.ID}
		}
		return keys, err
	})
	if err != nil {
		return nil, fmt.Errorf("list registrations: %w", err)
	}
	keys := slices.Concat(lists...)
	s.Registrations, err = parallel.Map(ctx, workers, len(keys), func(ctx context.Context, i int) (Entry, error) {
		doc, err := st.Read(ctx, keys[i])
		return Entry{
			Container: keys[i].Container, Partition: keys[i].Partition, ID: keys[i].ID,
			ETag: doc.ETag, Digest: doc.Digest, Deleted: doc.Deleted, Body: doc.Body,
		}, err
	})
	if err != nil {
		return nil, fmt.Errorf("read registrations: %w", err)
	}
	slices.SortFunc(s.Registrations, compareEntries)
	return s, nil
}

// Count returns the number of registrations, without tombstones.
func (s *Snapshot) Count() int {
	n := 0
	for _, e := range s.Registrations {
		if !e.Deleted {
			n++
		}
	}
	return n
}

// snapshotFile is a snapshot with its signature.
type snapshotFile struct {
	APIVersion string    `json:"apiVersion"` // manifest.APIVersion
	Kind       string    `json:"kind"`       // Kind
	Note       string    `json:"note"`       // a signed note about the snapshot's digest
	Snapshot   *Snapshot `json:"snapshot"`
}

// noteText returns the signed text. It names the registry, the time and the digest
// of the snapshot.
func (s *Snapshot) noteText() (string, error) {
	digest, err := canon.Digest(s)
	if err != nil {
		return "", fmt.Errorf("digest snapshot: %w", err)
	}
	return fmt.Sprintf("roster snapshot v1\n%s\n%s\n%s\n", s.Registry, s.Taken, digest), nil
}

// Signed returns the snapshot as a file's bytes, signed under the registry's
// name.
func (s *Snapshot) Signed(ctx context.Context, key signing.Key) ([]byte, error) {
	text, err := s.noteText()
	if err != nil {
		return nil, err
	}
	signed, err := signing.Sign(ctx, text, s.Registry, key)
	if err != nil {
		return nil, fmt.Errorf("sign snapshot: %w", err)
	}
	return snapshotFile{APIVersion: manifest.APIVersion, Kind: kind, Note: signed, Snapshot: s}.bytes()
}

// bytes returns the canonical form of the file.
func (f snapshotFile) bytes() ([]byte, error) {
	content, err := canon.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return append(content, '\n'), nil
}

// Trust says which snapshots are accepted.
type Trust struct {
	Registry string
	Keys     []string // public keys, one line each
	Now      time.Time
	MaxAge   time.Duration
}

// Open parses a snapshot file and checks it. Errors: ErrRefused, signing.ErrKey.
func Open(content []byte, trust Trust) (*Snapshot, error) {
	var file snapshotFile
	if err := json.Unmarshal(content, &file); err != nil || file.APIVersion != manifest.APIVersion || file.Kind != kind || file.Snapshot == nil {
		return nil, fmt.Errorf("%w: it is not a %s of %s; write one with roster snapshot", ErrRefused, kind, manifest.APIVersion)
	}
	if form, err := file.bytes(); err != nil || !bytes.Equal(form, content) {
		return nil, fmt.Errorf("%w: it is not in canonical form; write it again with roster snapshot", ErrRefused)
	}
	s := file.Snapshot
	text, _, err := signing.Open(file.Note, trust.Keys)
	switch {
	case errors.Is(err, signing.ErrNotSigned):
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	case err != nil:
		return nil, err
	}
	if want, err := s.noteText(); err != nil || text != want {
		return nil, fmt.Errorf("%w: the content does not match its signature", ErrRefused)
	}
	if s.Registry != trust.Registry {
		return nil, fmt.Errorf("%w: it belongs to registry %q, these manifests are the registry %q", ErrRefused, s.Registry, trust.Registry)
	}
	return s, s.timely(trust)
}

// timely checks the age of a snapshot.
func (s *Snapshot) timely(trust Trust) error {
	taken, err := time.Parse(time.RFC3339, s.Taken)
	switch age := trust.Now.Sub(taken); {
	case err != nil:
		return fmt.Errorf("%w: invalid time %q in taken", ErrRefused, s.Taken)
	case age > trust.MaxAge:
		return fmt.Errorf("%w: it was taken at %s, %s ago; the limit is %s", ErrRefused, s.Taken, age.Round(time.Second), trust.MaxAge)
	case age < -maxAhead:
		return fmt.Errorf("%w: it was taken at %s, %s in the future", ErrRefused, s.Taken, (-age).Round(time.Second))
	}
	return nil
}

// Store returns a read-only store with the content of the snapshot. Its Commit
// returns store.ErrDenied.
func (s *Snapshot) Store() store.Store { return still{s} }

// still is the read-only store of a snapshot.
type still struct{ *Snapshot }

var _ store.Store = still{}

func (s still) Read(_ context.Context, key store.Key) (store.Document, error) {
	if key == ledger.RegistryKey() && s.Record != nil {
		return ledger.RegistryDocument(s.Record.Body, s.Record.ETag), nil
	}
	at, found := slices.BinarySearchFunc(s.Registrations, Entry{Container: key.Container, Partition: key.Partition, ID: key.ID}, compareEntries)
	if !found {
		return store.Document{}, store.ErrNotFound
	}
	return s.Registrations[at].document(), nil
}

func (s still) List(_ context.Context, container, partition string, t store.Type) ([]store.Document, error) {
	var list []store.Document
	for _, e := range s.Registrations {
		if (t == store.TypeRegistration || t == store.AnyType) && e.Container == container && e.Partition == partition {
			list = append(list, e.document())
		}
	}
	return list, nil
}

func (s still) Entries(_ context.Context, container string, t store.Type) ([]store.Entry, error) {
	var list []store.Entry
	for _, e := range s.Registrations {
		if (t == store.TypeRegistration || t == store.AnyType) && e.Container == container {
			list = append(list, store.EntryOf(e.Partition, e.document(), t == store.AnyType))
		}
	}
	return list, nil
}

func (still) Commit(context.Context, store.Commit) ([]string, error) { return nil, store.ErrDenied }
