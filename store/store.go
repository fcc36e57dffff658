// SPDX-License-Identifier: Apache-2.0

// Package store is the contract of a place that keeps a registry: documents in
// partitions of containers, written by atomic commits in which every operation
// is a create, or a replace under the etag that was read. There is neither an
// upsert nor a delete; what is removed is replaced by a tombstone. The package
// also holds the limits and the rules for names that every store enforces alike
// (see Commit.Check), so that what passes on a laptop passes on Azure.
//
// It knows no concrete store, and no meaning of what is stored beyond the types
// that a store must tell apart. package storetest holds each store against it.
package store

import (
	"context"
	"errors"
)

// ErrNotFound is returned for a document, partition or container that is not
// there.
var ErrNotFound = errors.New("not found")

// ErrConflict is returned for a commit of which a document to create exists, or
// one to replace is not there or has another etag. Nothing was written.
var ErrConflict = errors.New("conflict")

// ErrThrottled is returned when the store asks to come back later, and its own
// retries were in vain. Nothing was written.
var ErrThrottled = errors.New("throttled")

// ErrUnknownOutcome is returned for a commit of which it is not known whether it
// was written, wholly or not at all. Reading one of its documents tells.
var ErrUnknownOutcome = errors.New("outcome unknown")

// ErrNoContainer is returned for a commit into a container that is not there, by
// stores that do not make one on the way. Nothing was written.
var ErrNoContainer = errors.New("no such container")

// ErrDenied is returned when the store does not let the identity do something.
// Nothing was written.
var ErrDenied = errors.New("denied by the store")

// ErrInvalid is returned for a commit that Check refuses. Nothing was written.
var ErrInvalid = errors.New("invalid commit")

// Store keeps documents. Its methods may be called by many at once. Besides the
// errors that are named they return that of a context that ended before they
// began, and others for what nobody can be prepared for. Nothing was written by
// a commit that returns an error, unless that is ErrUnknownOutcome.
type Store interface {
	// Read returns one document, a tombstone too. Errors: ErrNotFound,
	// ErrThrottled.
	Read(ctx context.Context, key Key) (Document, error)
	// List returns the documents of one type in one partition, tombstones too,
	// by id; none for what does not exist. Errors: ErrThrottled.
	List(ctx context.Context, container, partition string, t Type) ([]Document, error)
	// Entries returns the documents of one type in a whole container without
	// their bodies, tombstones too, by partition and id; none for a container that
	// does not exist. Errors: ErrThrottled.
	Entries(ctx context.Context, container string, t Type) ([]Entry, error)
	// Commit writes all operations or none, and returns the new etag of each.
	// An etag is empty where another writer replaced the document before a lost
	// outcome was found out. Errors: ErrInvalid, ErrConflict, ErrThrottled,
	// ErrNoContainer, ErrUnknownOutcome.
	Commit(ctx context.Context, commit Commit) ([]string, error)
}

// Metered is a store whose calls are paid for.
type Metered interface {
	// Usage returns what all calls cost so far, failed ones too.
	Usage() Usage
}

// Usage is what calls cost.
type Usage struct {
	Requests int     `json:"requests"`     // sent to the service
	Charge   float64 `json:"requestUnits"` // as the service counted them
}

// Provisioned is a store in which somebody else makes the containers.
type Provisioned interface {
	// Missing returns the containers that were asked for and are not there, by
	// name.
	Missing() []string
}

// Type is the type of a document. A store can list the documents of one.
type Type string

// The types that are known here. Others may be stored as well.
const (
	TypeRegistration Type = "registration"
	TypeEvent        Type = "event"
	TypeHead         Type = "head"
)

// Key is where a document is.
type Key struct {
	Container string
	Partition string
	ID        string
}

// Document is what is stored under a key.
type Document struct {
	ID      string
	Type    Type
	Body    []byte // JSON
	Digest  string // of Body, as the writer gave it; of registrations only
	Deleted bool   // a tombstone
	ETag    string // set by the store, opaque, another one after every write
}

// Entry is a document without its body.
type Entry struct {
	Partition string
	ID        string
	Digest    string // of registrations only
	ETag      string
	Deleted   bool
}

// Operation creates a document, or replaces the one whose etag is IfMatch.
type Operation struct {
	Document Document // its ETag does not matter
	IfMatch  string   // "" to create
}

// Commit is the operations that one partition takes as one.
type Commit struct {
	Container  string
	Partition  string
	Operations []Operation
}
