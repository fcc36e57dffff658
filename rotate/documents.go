// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// The types of documents.
const (
	TypeCredential store.Type = "credential"
	TypeRotation   store.Type = "rotation"
)

// State is how far a rotation is.
type State string

// The states, in order; Held is beside them.
const (
	Prepared  State = "prepared"
	Created   State = "created"
	StagedUp  State = "staged"
	Verified  State = "verified"
	Delivered State = "delivered"
	Promoted  State = "promoted"
	Revoked   State = "revoked"
	Done      State = "done"
)

// Reason is why a rotation was begun.
type Reason string

// The reasons.
const (
	Scheduled Reason = "schedule"
	Asked     Reason = "manual"
	Leak      Reason = "leak"
)

// A Credential is what is on record of one: never its value.
type Credential struct {
	Node       string   `json:"node"`
	Name       string   `json:"name"`
	Type       string   `json:"type"`
	Generation int      `json:"generation"`         // of the live key; 0 before the first
	Live       *Live    `json:"live,omitempty"`     // none before the first rotation
	Previous   *Live    `json:"previous,omitempty"` // the one before, until it is revoked
	Held       string   `json:"held,omitempty"`     // why no rotation is begun or goes on
	Failures   int      `json:"failures,omitempty"` // in a row
	Asked      Reason   `json:"asked,omitempty"`    // a rotation is to be begun, due or not
	Leftover   []string `json:"leftover,omitempty"` // keys that the next rotation is to end
}

// Live is a key that the provider accepts.
type Live struct {
	Key      string    `json:"key"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`  // zero for never
	RevokeAt time.Time `json:"revokeAt,omitzero"` // of a previous one: not before
	Digest   string    `json:"digest,omitempty"`  // of its value
}

// A Rotation is one renewal of a credential.
type Rotation struct {
	Credential string               `json:"credential"` // id of its document
	Generation int                  `json:"generation"` // of the key that it makes
	State      State                `json:"state"`
	Reason     Reason               `json:"reason"`
	Marker     string               `json:"marker"`
	Started    time.Time            `json:"started"`
	Since      time.Time            `json:"since,omitzero"` // a key made before is none of this rotation's; zero: since it started
	Lease      Lease                `json:"lease"`
	Key        string               `json:"key,omitempty"`
	Expires    time.Time            `json:"expires,omitzero"`
	Ref        string               `json:"ref,omitempty"`       // of the staged value
	Digest     string               `json:"digest,omitempty"`    // of the staged value
	Wait       time.Time            `json:"wait,omitzero"`       // nothing is to be done before
	For        string               `json:"for,omitempty"`       // what is waited for
	Operation  string               `json:"operation,omitempty"` // that the provider is at
	Acks       map[string]time.Time `json:"acks,omitempty"`      // when each consumer said that it uses the new key
	Unawaited  bool                 `json:"unawaited,omitempty"` // somebody decided to go on without those that are missing
	Leftover   []string             `json:"leftover,omitempty"`  // keys that it made and did not use
	Cause      string               `json:"cause,omitempty"`     // of the last failure
}

// Lease is who works at a rotation.
type Lease struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
	Fence  int       `json:"fence"` // one more with every take-over
}

// CredentialID returns the id of the document of a node's credential, in the
// node's partition: as registration's, with the credential's name behind it.
func CredentialID(r registration.Record, name string) string {
	return "credential" + strings.TrimPrefix(r.DocumentID(), "registration") + "." + name
}

// rotationID is that of the rotation that makes a generation.
func rotationID(credential string, generation int) string {
	return fmt.Sprintf("rotation%s.%d", strings.TrimPrefix(credential, "credential"), generation)
}

// family begins the markers of all rotations of a credential. No other registry
// makes the same: its store is part of nothing that is hashed, so the container
// and the node are.
func family(t Target) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", t.Container, t.Partition, t.ID))
	return "roster/" + hex.EncodeToString(sum[:8]) + "/"
}

// marker is that of one rotation: of its generation, and of the run that began it. One
// that is begun again from older records, as of a store that was restored, is another
// one, and does not take what the first made for its own.
func marker(t Target, generation int, holder string, begun time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d", holder, begun.UnixNano()))
	return fmt.Sprintf("%s%d-%x", family(t), generation, sum[:4])
}

// generationOf reads it from a marker, 0 if that is not of the credential's family.
func generationOf(t Target, marker string) int {
	text, ours := strings.CutPrefix(marker, family(t))
	text, _, _ = strings.Cut(text, "-")
	generation, err := strconv.Atoi(text)
	if !ours || err != nil {
		return 0
	}
	return generation
}

// digestOf is what is on record of a value: enough to know it again, and keyed by
// the credential, so that equal values of two do not show.
func digestOf(t Target, value string) string {
	sum := sha256.Sum256([]byte(family(t) + "\x00" + value))
	return canon.Prefix + hex.EncodeToString(sum[:])
}

func document(id string, kind store.Type, value any) (store.Document, error) {
	body, err := canon.Marshal(value)
	if err != nil {
		return store.Document{}, fmt.Errorf("encode %s: %w", id, err)
	}
	return store.Document{ID: id, Type: kind, Body: body}, nil
}

func decode(doc store.Document, into any) error {
	if err := json.Unmarshal(doc.Body, into); err != nil {
		return fmt.Errorf("read %s: %w", doc.ID, err)
	}
	return nil
}
