// SPDX-License-Identifier: Apache-2.0

// Package token issues opaque tokens for services without a workload identity.
// Start with Source to issue them, or with Load and Tokens.Check to verify one. A
// token is 256 random bits. The store keeps only its SHA-256, in the partition of its
// app. At most two tokens of a credential are valid at once: the live one and, during
// the overlap, the previous one.
//
//	rst_ + 43 random characters of base62 + 6 of base62, the CRC-32 of the text before
//
// The checksum lets scanners of leaked secrets recognise a token, and finds typing
// errors, without asking roster.
package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
)

// Type is the type of credentials that this source issues.
const Type = "self-issued-token"

// Pattern is a regular expression that matches tokens, for scanners.
const Pattern = `rst_[0-9A-Za-z]{49}`

const (
	prefix   = "rst_"
	random   = 43 // characters: 62^43 is more than 2^256
	checksum = 6  // characters: 62^6 is more than 2^32
	digits   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// typeDocument is the type of the document with a credential's tokens.
const typeDocument = store.TypeToken

// mostTokens is how many tokens of a credential are valid at once.
const mostTokens = 2

// Errors of Check, and of a credential that has two tokens.
var (
	ErrForm    = errors.New("malformed token, whose checksum is wrong")
	ErrUnknown = errors.New("unknown token, which is not valid for this credential")
	ErrExpired = errors.New("expired token")
	ErrFull    = errors.New("no room for a third token")
)

// Tokens is the tokens of one credential.
type Tokens struct {
	Node   string  `json:"node"`
	Tokens []Token `json:"tokens"` // the oldest first
}

// A Token is what the store keeps about a token.
type Token struct {
	ID      string    `json:"id"`     // the beginning of its digest
	Digest  string    `json:"digest"` // SHA-256
	Marker  string    `json:"marker"` // of the rotation that made it
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
}

// New generates a token.
func New(source io.Reader) (redact.Secret, error) {
	base, n := big.NewInt(int64(len(digits))), new(big.Int)
	raw := make([]byte, 32)
	if _, err := io.ReadFull(source, raw); err != nil {
		return redact.Secret{}, fmt.Errorf("generate a token: %w", err)
	}
	n.SetBytes(raw)
	body, digit := make([]byte, random), new(big.Int)
	for i := range slices.Backward(body) {
		n.DivMod(n, base, digit)
		body[i] = digits[digit.Int64()]
	}
	text := prefix + string(body)
	return redact.New(text + sum(text)), nil
}

// sum returns the checksum of a token's beginning.
func sum(text string) string {
	n := crc32.ChecksumIEEE([]byte(text))
	out := make([]byte, checksum)
	for i := range slices.Backward(out) {
		out[i] = digits[n%uint32(len(digits))]
		n /= uint32(len(digits))
	}
	return string(out)
}

// WellFormed reports whether a text can be a token.
func WellFormed(text string) bool {
	if !strings.HasPrefix(text, prefix) || len(text) != len(prefix)+random+checksum {
		return false
	}
	at := len(text) - checksum
	return sum(text[:at]) == text[at:]
}

func digestOf(text string) string {
	d := sha256.Sum256([]byte(text))
	return hex.EncodeToString(d[:])
}

func idOf(text string) string { return digestOf(text)[:16] }

// Check returns nil if a text is one of the tokens and has not expired. Errors:
// ErrForm, ErrUnknown, ErrExpired.
func (t Tokens) Check(text string, now time.Time) error {
	if !WellFormed(text) {
		return ErrForm
	}
	digest, found := []byte(digestOf(text)), -1
	for i, known := range t.Tokens {
		if subtle.ConstantTimeCompare(digest, []byte(known.Digest)) == 1 {
			found = i
		}
	}
	switch {
	case found < 0:
		return ErrUnknown
	case !t.Tokens[found].Expires.IsZero() && !now.Before(t.Tokens[found].Expires):
		return ErrExpired
	}
	return nil
}

// documentID returns the id of the document with a credential's tokens.
func documentID(credential string) string {
	return "token" + strings.TrimPrefix(credential, "credential")
}

// Load reads the tokens of a credential and the etag of their document. There are
// none, and the etag is empty, where none was ever issued.
func Load(ctx context.Context, st store.Store, container, partition, credential string) (Tokens, string, error) {
	var t Tokens
	doc, err := st.Read(ctx, store.Key{Container: container, Partition: partition, ID: documentID(credential)})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return t, "", nil
	case err != nil:
		return t, "", fmt.Errorf("read tokens: %w", err)
	}
	if err := json.Unmarshal(doc.Body, &t); err != nil {
		return t, "", fmt.Errorf("read tokens: %w", err)
	}
	return t, doc.ETag, nil
}

// Source issues tokens and keeps them in a store.
type Source struct {
	Store store.Store
	Now   func() time.Time
	Event audit.Event // with actor, source and tool
}

var (
	_ rotate.Source    = Source{}
	_ rotate.Generator = Source{}
)

var _ rotate.Marked = Source{}

// KeepsMarkers says that the store keeps the marker of every token.
func (Source) KeepsMarkers() {}

// Origin returns rotate.ClientGenerated: roster generates the value.
func (Source) Origin() rotate.Origin { return rotate.ClientGenerated }

// Generate generates a token.
func (Source) Generate(source io.Reader, _ rotate.Target) (redact.Secret, error) { return New(source) }

// List returns the tokens of a credential.
func (s Source) List(ctx context.Context, t rotate.Target) ([]rotate.Key, error) {
	tokens, _, err := Load(ctx, s.Store, t.Container, t.Partition, t.ID)
	if err != nil {
		return nil, err
	}
	keys := make([]rotate.Key, len(tokens.Tokens))
	for i, known := range tokens.Tokens {
		keys[i] = rotate.Key{ID: known.ID, Marker: known.Marker, Created: known.Created, Expires: known.Expires}
	}
	return keys, nil
}

// Create makes a token valid. It is idempotent. Errors: ErrFull.
func (s Source) Create(ctx context.Context, t rotate.Target, r rotate.Request) (rotate.NewKey, error) {
	value := r.Value.Reveal()
	made := rotate.NewKey{Key: idOf(value), Expires: r.Expires}
	err := s.change(ctx, t, audit.TokenIssued, func(tokens *Tokens) (bool, error) {
		for _, known := range tokens.Tokens {
			if known.ID == made.Key {
				made.Expires = known.Expires
				return false, nil
			}
		}
		if len(tokens.Tokens) >= mostTokens {
			return false, fmt.Errorf("%s: %w; roster rotate sweep revokes orphans", t.ID, ErrFull)
		}
		tokens.Tokens = append(tokens.Tokens, Token{
			ID: made.Key, Digest: digestOf(value), Marker: r.Marker, Created: s.Now().UTC(), Expires: r.Expires.UTC(),
		})
		return true, nil
	})
	return made, err
}

// Verify checks the token as a service does.
func (s Source) Verify(ctx context.Context, t rotate.Target, key string, value redact.Secret) error {
	tokens, _, err := Load(ctx, s.Store, t.Container, t.Partition, t.ID)
	if err != nil {
		return err
	}
	if key != idOf(value.Reveal()) {
		return fmt.Errorf("key %s: the value belongs to another token", key)
	}
	if err := tokens.Check(value.Reveal(), s.Now()); err != nil {
		return fmt.Errorf("token %s: %w", key, err)
	}
	return nil
}

// Revoke revokes a token. It is idempotent.
func (s Source) Revoke(ctx context.Context, t rotate.Target, r rotate.Revocation) error {
	return s.change(ctx, t, audit.TokenRevoked, func(tokens *Tokens) (bool, error) {
		kept := slices.DeleteFunc(slices.Clone(tokens.Tokens), func(known Token) bool { return known.ID == r.Key })
		changed := len(kept) < len(tokens.Tokens)
		tokens.Tokens = kept
		return changed, nil
	})
}

var _ rotate.SourceEstimator = Source{}

// Estimate reports whether there is room for another token. It reads only the store.
func (s Source) Estimate(ctx context.Context, t rotate.Target, _ []string) (f rotate.Estimate, err error) {
	tokens, _, err := Load(ctx, s.Store, t.Container, t.Partition, t.ID)
	if err == nil && len(tokens.Tokens) >= mostTokens {
		f.Full = fmt.Sprintf("%s: %v; roster rotate sweep revokes orphans", t.ID, ErrFull)
	}
	return f, err
}

// maxConflicts bounds how often a change is retried after another write to the same
// app.
const maxConflicts = 50

// change edits the tokens of a credential and writes the event in the same commit.
func (s Source) change(ctx context.Context, t rotate.Target, kind string, edit func(*Tokens) (bool, error)) error {
	for range maxConflicts {
		tokens, etag, err := Load(ctx, s.Store, t.Container, t.Partition, t.ID)
		if err != nil {
			return err
		}
		tokens.Node = t.Node
		if changed, err := edit(&tokens); err != nil || !changed {
			return err
		}
		body, err := canon.Marshal(tokens)
		if err != nil {
			return fmt.Errorf("encode tokens: %w", err)
		}
		chain, err := ledger.Open(ctx, s.Store, t.Container, t.Partition)
		if err != nil {
			return err
		}
		event := s.Event
		event.Type, event.Time = kind, s.Now().UTC().Format(time.RFC3339Nano)
		event.Domain, event.App, event.Node, event.Owner, event.After = t.Domain, t.Partition, t.Node, t.Owner, body
		chain.Add(event)
		doc := store.Document{ID: documentID(t.ID), Type: typeDocument, Body: body}
		_, err = chain.Commit(ctx, s.Store, []store.Operation{{Document: doc, IfMatch: etag}})
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("%w: tokens of %s after %d attempts", store.ErrConflict, t.ID, maxConflicts)
}
