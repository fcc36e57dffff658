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
	TypeCredential            = store.TypeCredential
	TypeRotation   store.Type = "rotation"
)

// State is how far a rotation is.
type State string

// The states, in the order of the package comment.
const (
	Prepared  State = "prepared"
	Created   State = "created"
	Staged    State = "staged"
	Verified  State = "verified"
	Delivered State = "delivered"
	Promoted  State = "promoted"
	Revoked   State = "revoked"
	Done      State = "done"
)

// Reason is why a rotation began.
type Reason string

// The reasons.
const (
	Scheduled Reason = "schedule"
	Manual    Reason = "manual"
	Leak      Reason = "leak"
)

// Credential is the journal's document about one credential. It never holds a value.
type Credential struct {
	Node       string   `json:"node"`
	Name       string   `json:"name"`
	Type       string   `json:"type"`
	Generation int      `json:"generation"`          // of the live key; 0 before the first rotation
	Live       *Live    `json:"live,omitempty"`      // absent before the first rotation
	Previous   *Live    `json:"previous,omitempty"`  // the key before it, until it is revoked
	Held       string   `json:"held,omitempty"`      // why rotations wait for a person
	Failures   int      `json:"failures,omitempty"`  // in a row
	Requested  Reason   `json:"requested,omitempty"` // the next run begins a rotation, due or not
	Leftover   []string `json:"leftover,omitempty"`  // keys that the next rotation revokes
}

// Live is a key that the provider accepts, and consumers use.
type Live struct {
	Key      string    `json:"key"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`  // zero for never
	RevokeAt time.Time `json:"revokeAt,omitzero"` // of a previous key: not before
	Digest   string    `json:"digest,omitempty"`  // of its value
}

// Rotation is the journal's document about one renewal of a credential.
type Rotation struct {
	Credential  string               `json:"credential"` // id of its document
	Generation  int                  `json:"generation"` // of the key that it makes
	State       State                `json:"state"`
	Reason      Reason               `json:"reason"`
	Marker      string               `json:"marker"`
	Started     time.Time            `json:"started"`
	Since       time.Time            `json:"since,omitzero"` // keys created before it are not of this rotation; zero: Started
	Lease       Lease                `json:"lease"`
	Key         string               `json:"key,omitempty"`
	Expires     time.Time            `json:"expires,omitzero"`
	Ref         string               `json:"ref,omitempty"`         // of the staged value
	Digest      string               `json:"digest,omitempty"`      // of the staged value
	Wait        time.Time            `json:"wait,omitzero"`         // nothing to do before
	For         string               `json:"for,omitempty"`         // what the rotation waits for
	Operation   string               `json:"operation,omitempty"`   // that the provider is busy with
	Acks        map[string]time.Time `json:"acks,omitempty"`        // when each consumer acknowledged the new key
	WithoutAcks bool                 `json:"withoutAcks,omitempty"` // a person decided not to wait for missing acknowledgements
	Leftover    []string             `json:"leftover,omitempty"`    // keys that it created and did not use
	Cause       string               `json:"cause,omitempty"`       // of the last failure
}

// Lease says which worker holds a rotation.
type Lease struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
	Fence  int       `json:"fence"` // grows with every acquisition
}

// credentialID returns the id of the document of a node's credential in the node's
// partition.
func credentialID(r registration.Record, name string) string {
	return r.CredentialDocument(string(TypeCredential), name)
}

// rotationID is the id of the rotation that creates a generation.
func rotationID(credential string, generation int) string {
	return fmt.Sprintf("rotation%s.%d", strings.TrimPrefix(credential, "credential"), generation)
}

// family is the prefix of the markers of all rotations of a credential. It hashes
// the address of the credential's document.
func family(t Target) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", t.Container, t.Partition, t.ID))
	return "roster/" + hex.EncodeToString(sum[:8]) + "/"
}

// marker identifies one rotation: its generation, and the run that began it. A
// rotation that begins again from a restored store has another marker, so it does
// not take the keys of the first one for its own.
func marker(t Target, generation int, holder string, begun time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d", holder, begun.UnixNano()))
	return fmt.Sprintf("%s%d-%x", family(t), generation, sum[:4])
}

// generationOf reads the generation from a marker; 0 if the marker is of another family.
func generationOf(t Target, marker string) int {
	text, ours := strings.CutPrefix(marker, family(t))
	text, _, _ = strings.Cut(text, "-")
	generation, err := strconv.Atoi(text)
	if !ours || err != nil {
		return 0
	}
	return generation
}

// digestOf is what the journal keeps of a value: enough to recognise it. It is keyed
// by the credential, so equal values of two credentials do not show.
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
