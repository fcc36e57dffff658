// SPDX-License-Identifier: Apache-2.0

package registration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/appofapps/roster/internal/canon"
)

// ErrDigest is returned for stored bytes that do not have the digest recorded
// beside them.
var ErrDigest = errors.New("registration digest mismatch")

// errUnsealed is returned for a zero Sealed, which has no bytes to write.
var errUnsealed = errors.New("unsealed registration")

// errTrailing is returned for text behind a record.
var errTrailing = errors.New("text after the registration")

// Sealed is a record together with its canonical bytes and their digest. They
// are computed once, by Seal or Open, and are then only read: do not modify the
// record of a Sealed.
type Sealed struct {
	Record
	body   []byte
	digest string
}

// Seal computes the canonical bytes and the digest of a record. Errors: those of
// canon.Marshal.
func (r Record) Seal() (Sealed, error) {
	body, err := canon.Marshal(r)
	if err != nil {
		return Sealed{}, fmt.Errorf("encode registration %s: %w", r.Path, err)
	}
	return Sealed{Record: r, body: body, digest: canon.Sum(body)}, nil
}

// SealAll seals records, in their order. Errors: those of canon.Marshal.
func SealAll(records []Record) ([]Sealed, error) {
	sealed := make([]Sealed, len(records))
	for i, r := range records {
		var err error
		if sealed[i], err = r.Seal(); err != nil {
			return nil, err
		}
	}
	return sealed, nil
}

// Open returns the registration that a store keeps as body. Fields that this version
// does not know are left out, and then Bytes are not body. Errors: ErrDigest if body
// does not have the digest; body is not a registration.
func Open(body []byte, digest string) (Sealed, error) {
	if got := canon.Sum(body); got != digest {
		return Sealed{}, fmt.Errorf("%w: its bytes have digest %s, recorded is %s", ErrDigest, got, digest)
	}
	if r, err := decodeKnown(body); err == nil {
		return Sealed{Record: r, body: body, digest: digest}, nil
	}
	var r Record
	if err := json.Unmarshal(body, &r); err != nil {
		return Sealed{}, fmt.Errorf("decode registration: %w", err)
	}
	return r.Seal()
}

// decodeKnown decodes one record. Unknown fields, and text behind it, are errors.
func decodeKnown(text []byte) (r Record, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return r, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return r, errTrailing
	}
	return r, nil
}

// Bytes returns the canonical JSON of the record (RFC 8785). Do not modify it.
func (s Sealed) Bytes() []byte { return s.body }

// Digest returns the digest of Bytes, as canon.Sum writes it.
func (s Sealed) Digest() string { return s.digest }

// Equal reports whether two registrations have the same bytes.
func (s Sealed) Equal(other Sealed) bool { return bytes.Equal(s.body, other.body) }

// MarshalJSON returns Bytes.
func (s Sealed) MarshalJSON() ([]byte, error) {
	if s.body == nil {
		return nil, errUnsealed
	}
	return s.body, nil
}

// UnmarshalJSON reads a record and seals it. Unknown fields are errors.
func (s *Sealed) UnmarshalJSON(text []byte) error {
	r, err := decodeKnown(text)
	if err != nil {
		return fmt.Errorf("decode registration: %w", err)
	}
	sealed, err := r.Seal()
	if err != nil {
		return err
	}
	*s = sealed
	return nil
}
