// SPDX-License-Identifier: Apache-2.0

// Package store defines the contract of a store, where roster keeps a registry:
// documents in partitions of containers. Start with the interface Store; packages
// store/local and store/cosmos implement it, and package storetest checks every
// implementation.
//
// Commits are atomic. Each operation of a commit creates a document, or replaces
// one under the etag that was read. There is neither an upsert nor a delete; a
// tombstone replaces a removed document. Every store enforces the same limits and
// rules for names (see Commit.Check), so a commit that passes on a laptop passes
// on Azure.
//
// The package does not interpret documents, except for the types that a store can
// list.
package store

import (
	"context"
	"errors"

	"github.com/appofapps/roster/internal/canon"
)

// ErrNotFound is returned for a document, partition or container that does not
// exist.
var ErrNotFound = errors.New("not found")

// ErrConflict is returned for a commit that creates a document that exists, or
// replaces one that does not exist or has another etag. Nothing was written.
var ErrConflict = errors.New("conflict")

// ErrThrottled is returned when the store still asks to wait after its own
// retries. Nothing was written.
var ErrThrottled = errors.New("throttled")

// ErrUnknownOutcome is returned for a commit that may have been written, either
// completely or not at all. Read one of its documents to find out.
var ErrUnknownOutcome = errors.New("unknown outcome")

// ErrNoContainer is returned for a commit into a container that does not exist, by
// stores that do not create containers. Nothing was written.
var ErrNoContainer = errors.New("no such container")

// ErrDenied is returned when the identity lacks a permission in the store.
// Nothing was written.
var ErrDenied = errors.New("permission denied by the store")

// ErrInvalid is returned for a commit that Check refuses. Nothing was written.
var ErrInvalid = errors.New("invalid commit")

// Store stores documents. Its methods are safe for concurrent use. Besides the
// errors named here, they return the error of a context that ended before they
// began, and unexpected failures of the store. A commit with an error wrote
// nothing, unless the error is ErrUnknownOutcome.
type Store interface {
	// Read returns one document, which may be a tombstone. Errors: ErrNotFound,
	// ErrThrottled.
	Read(ctx context.Context, key Key) (Document, error)
	// List returns the documents of one type in one partition, including
	// tombstones, by id. AnyType stands for all types. It returns an empty list for a container or partition
	// that does not exist. Errors: ErrThrottled.
	List(ctx context.Context, container, partition string, t Type) ([]Document, error)
	// Entries returns the documents of one type in a whole container without
	// their bodies, including tombstones, by partition and id. AnyType stands for
	// all types; entries then have no Sum. It returns an empty
	// list for a container that does not exist. Errors: ErrThrottled.
	Entries(ctx context.Context, container string, t Type) ([]Entry, error)
	// Commit writes all operations or none, and returns the new etag of each.
	// An etag is empty if another writer replaced the document before the store
	// looked up a lost outcome. Errors: ErrInvalid, ErrConflict, ErrThrottled,
	// ErrNoContainer, ErrUnknownOutcome.
	Commit(ctx context.Context, commit Commit) ([]string, error)
}

// Abilities are what a store can do beside the contract. A nil function is an
// ability that the store does not have. They are a value, so that a decorator of
// the contract cannot hide one.
type Abilities struct {
	// Usage returns what all calls cost so far, including failed ones.
	Usage func() Usage
	// Missing returns the containers that were asked for and do not exist, sorted.
	// A store that has it does not create containers on commit.
	Missing func() []string
}

// Usage is the cost of calls.
type Usage struct {
	Requests int     `json:"requests"`     // sent to the service
	Charge   float64 `json:"requestUnits"` // as the service counted them
}

// Type is the type of a document. A store can list the documents of one type.
type Type string

// Types that are defined here. A store accepts others too.
const (
	TypeRegistration Type = "registration"
	TypeEvent        Type = "event"
	TypeHead         Type = "head"
	TypeCredential   Type = "credential" // the record of a renewed credential
	TypeToken        Type = "token"      // the tokens of a credential
)

// AnyType stands for all types where documents are listed. No document has it.
const AnyType Type = "*"

// Key is the address of a document.
type Key struct {
	Container string
	Partition string
	ID        string
}

// Document is the content of a key.
type Document struct {
	ID      string
	Type    Type
	Body    []byte // JSON
	Digest  string // of Body, supplied by the writer; registrations only
	Deleted bool   // a tombstone
	ETag    string // opaque; the store changes it with every write
}

// Entry is a document without its body.
type Entry struct {
	Partition string
	ID        string
	Type      Type
	Digest    string // as the writer supplied it; registrations only
	Sum       string // of the body as it is, computed while reading; registrations only
	ETag      string
	Deleted   bool
}

// EntryOf returns the entry of a document. all says that entries of all types were asked
// for, which have no Sum.
func EntryOf(partition string, doc Document, all bool) Entry {
	e := Entry{Partition: partition, ID: doc.ID, Type: doc.Type, Digest: doc.Digest, ETag: doc.ETag, Deleted: doc.Deleted}
	if doc.Type == TypeRegistration && !all {
		e.Sum = canon.Sum(doc.Body)
	}
	return e
}

// Operation creates a document, or replaces the one whose etag is IfMatch.
type Operation struct {
	Document Document // its ETag is ignored
	IfMatch  string   // "" to create
}

// Commit is a list of operations in one partition, written atomically.
type Commit struct {
	Container  string
	Partition  string
	Operations []Operation
}
