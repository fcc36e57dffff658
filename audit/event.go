// SPDX-License-Identifier: Apache-2.0

// Package audit defines the events of the audit trail and the hash chain that
// joins the events of one app. Start with Next to append an event, and with
// Verify to check a chain.
//
// Every event is one line of canonical JSON (RFC 8785) that contains the digest
// of the line before it, a linked time-stamp (Haber and Stornetta, "How to
// time-stamp a digital document", 1991):
//
//	event 1          event 2                event 3
//	prev: ""         prev: SHA-256(event 1) prev: SHA-256(event 2)
//	                                                          head: 3, SHA-256(event 3)
//
// An event before the head that is edited, removed, repeated or moved therefore
// contradicts a digest in a later line. A chain alone cannot show that somebody
// with write access to the store rewrote its newest events together with its
// head.
//
// The package is pure: it reads no store, clock or environment, and treats
// registrations as bytes.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/appofapps/roster/internal/canon"
)

// Types of events.
const (
	RegistrationCreated = "registration.created"
	RegistrationUpdated = "registration.updated"
	RegistrationDeleted = "registration.deleted"
	RegistryUpdated     = "registry.updated" // a domain was added to the registry document

	// Rotation is the prefix of the event types about a credential. The state that
	// its rotation entered follows it.
	Rotation = "rotation."

	TokenIssued  = "token.issued"
	TokenRevoked = "token.revoked"
)

// OfRegistration reports whether an event is about a registration. Its After is
// then the new registration.
func (e Event) OfRegistration() bool { return strings.HasPrefix(e.Type, "registration.") }

// Event is one change. Node, Owner, Added, Removed, Before and After describe a
// registration. An event never contains a secret.
type Event struct {
	ID        string          `json:"id"`   // see eventID
	Seq       int64           `json:"seq"`  // in its chain, from 1
	Prev      string          `json:"prev"` // digest of the event before it, "" for the first
	Type      string          `json:"type"`
	Time      string          `json:"time"` // RFC 3339, UTC
	Domain    string          `json:"domain"`
	App       string          `json:"app"` // top-level app: the chain within the domain
	Node      string          `json:"node,omitempty"`
	Owner     string          `json:"owner,omitempty"`
	Actor     Actor           `json:"actor"`
	Source    Source          `json:"source"`
	Tool      Tool            `json:"tool"`
	Operation string          `json:"operation"` // the same for all events of one run
	Manifest  string          `json:"manifest"`  // digest of the manifests applied
	Policy    string          `json:"policy"`    // digest of the policy manifests
	Plan      string          `json:"plan"`      // digest of the plan applied
	Added     []string        `json:"added,omitempty"`
	Removed   []string        `json:"removed,omitempty"`
	Before    json.RawMessage `json:"before,omitempty"` // the registration, canonical
	After     json.RawMessage `json:"after,omitempty"`

	Documents []Document `json:"documents,omitempty"` // that its commit wrote, by id; the last event of a commit has them
}

// Document is a document that a commit wrote, as the trail names it.
type Document struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Digest  string `json:"digest"` // of its bytes, as canon.Sum writes it
	Deleted bool   `json:"deleted,omitempty"`
}

// Kinds of actors.
const (
	ActorCI     = "ci"     // a job of a CI system, on behalf of the named user
	ActorPerson = "person" // somebody at a terminal
)

// Actor is who made a change, according to the environment of the run.
type Actor struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	ID   string `json:"id,omitempty"`
}

// Source is where a change came from. A field has the name of the claim in a
// GitHub OIDC token with the same meaning, if there is such a claim.
type Source struct {
	System            string `json:"system"`
	Repository        string `json:"repository,omitempty"`
	RepositoryID      string `json:"repositoryId,omitempty"`
	RepositoryOwnerID string `json:"repositoryOwnerId,omitempty"`
	Ref               string `json:"ref,omitempty"`
	SHA               string `json:"sha,omitempty"`
	WorkflowRef       string `json:"workflowRef,omitempty"`
	WorkflowSHA       string `json:"workflowSha,omitempty"`
	RunID             string `json:"runId,omitempty"`
	RunAttempt        string `json:"runAttempt,omitempty"`
	Event             string `json:"event,omitempty"`
	PullRequest       int    `json:"pullRequest,omitempty"`
}

// Tool is the program that wrote the event.
type Tool struct {
	Version string `json:"version"`
}

// Head is the end of a chain. The zero Head is the head of an empty chain.
type Head struct {
	Seq    int64  `json:"seq"`
	Digest string `json:"digest"` // of the newest event
}

// Next appends an event to the chain that ends at head. It fills in ID, Seq and
// Prev, and returns the event, its canonical bytes and the new head.
func Next(head Head, e Event) (Event, []byte, Head, error) {
	e.Seq, e.Prev = head.Seq+1, head.Digest
	e.ID = eventID(e)
	body, err := canon.Marshal(e)
	if err != nil {
		return e, nil, head, fmt.Errorf("encode event %d of %s/%s: %w", e.Seq, e.Domain, e.App, err)
	}
	return e, body, Head{Seq: e.Seq, Digest: canon.Sum(body)}, nil
}

// eventID returns the id of an event: a digest of its operation, its chain and
// its sequence number. A retry of the operation gives the same id.
func eventID(e Event) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d", e.Operation, e.Domain, e.App, e.Seq))
	const length = 16 // bytes; the chance of a collision among 2^40 events is 2^-49
	return hex.EncodeToString(sum[:length])
}

// Decode parses the bytes of an event. It accepts encodings that are not
// canonical; Verify reports them.
func Decode(body []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("decode event: %w", err)
	}
	return e, nil
}
