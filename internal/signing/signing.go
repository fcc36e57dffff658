// SPDX-License-Identifier: Apache-2.0

// Package signing signs short texts and verifies them. Sign adds a signature to a
// text, and Open returns a signed text if one of the trusted keys signed it.
//
// The format is that of C2SP signed notes (https://c2sp.org/signed-note) with
// ECDSA on P-256, type 0x02, which keys in Azure Key Vault and keys in files both
// support. A public key is one line of text that fits into a manifest. The package
// does not interpret texts and does not store keys.
package signing

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ErrNotSigned is returned for a text without a valid signature by one of the
// trusted keys.
var ErrNotSigned = errors.New("no signature by a trusted key")

// ErrKey is returned for a key that cannot be parsed or is not on P-256.
var ErrKey = errors.New("invalid key")

// typeECDSA begins the public key of an ECDSA signature
// (https://c2sp.org/signed-note, Signature types).
const typeECDSA = 0x02

// A Key signs SHA-256 digests. Its signatures are in ASN.1 DER (RFC 3279 section
// 2.2.3).
type Key interface {
	Public() *ecdsa.PublicKey
	Sign(ctx context.Context, digest [sha256.Size]byte) (signature []byte, err error)
}

// PublicLine returns a public key and its name as one line, NAME+ID+KEY.
func PublicLine(name string, public *ecdsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("encode public key: %w", err)
	}
	return fmt.Sprintf("%s+%08x+%s", name, keyID(der), base64.StdEncoding.EncodeToString(append([]byte{typeECDSA}, der...))), nil
}

// keyID returns the first four bytes of the SHA-256 of the encoded public key, the
// id of an ECDSA key (https://c2sp.org/signed-note, Signature types).
func keyID(der []byte) uint32 {
	sum := sha256.Sum256(der)
	return binary.BigEndian.Uint32(sum[:])
}

// Sign returns text followed by its signature. The text must end in a line break.
// Errors: those of the key, and ErrKey if its signature does not verify.
func Sign(ctx context.Context, text, name string, key Key) (string, error) {
	line, err := PublicLine(name, key.Public())
	if err != nil {
		return "", err
	}
	v, err := parse(line)
	if err != nil {
		return "", err
	}
	signature, err := key.Sign(ctx, sha256.Sum256([]byte(text)))
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	if !v.Verify([]byte(text), signature) {
		return "", fmt.Errorf("sign: %w: the signature does not match the public key", ErrKey)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer{v, signature})
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return string(signed), nil
}

// signer returns a signature that was computed before.
type signer struct {
	verifier
	signature []byte
}

func (s signer) Sign([]byte) ([]byte, error) { return s.signature, nil }

// Open verifies a signed note, and returns its text and the name of the key that
// signed it. keys are the trusted keys, as lines from PublicLine. Errors: ErrKey,
// ErrNotSigned.
func Open(signed string, keys []string) (text, name string, err error) {
	verifiers := make([]note.Verifier, len(keys))
	for i, line := range keys {
		if verifiers[i], err = parse(line); err != nil {
			return "", "", err
		}
	}
	n, err := note.Open([]byte(signed), note.VerifierList(verifiers...))
	if err != nil || len(n.Sigs) == 0 {
		return "", "", ErrNotSigned
	}
	// A signature has only one encoding: unused bits of its base64 must be zero (RFC
	// 4648 section 3.5).
	if _, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64); err != nil {
		return "", "", ErrNotSigned
	}
	return n.Text, n.Sigs[0].Name, nil
}

// verifier is a public key and its name.
type verifier struct {
	name string
	id   uint32
	key  *ecdsa.PublicKey
}

var (
	_ note.Verifier = verifier{}
	_ note.Signer   = signer{}
)

func (v verifier) Name() string    { return v.name }
func (v verifier) KeyHash() uint32 { return v.id }

func (v verifier) Verify(text, signature []byte) bool {
	digest := sha256.Sum256(text)
	return ecdsa.VerifyASN1(v.key, digest[:], signature)
}

// Check checks that a line is a public key as PublicLine returns it. Errors:
// ErrKey.
func Check(line string) error {
	_, err := parse(line)
	return err
}

func parse(line string) (verifier, error) {
	var v verifier
	fields := strings.SplitN(line, "+", 3) // base64 can contain a plus
	if len(fields) != 3 || fields[0] == "" || strings.ContainsFunc(fields[0], isSpace) {
		return v, fmt.Errorf("%w %q: not of the form NAME+ID+KEY", ErrKey, line)
	}
	raw, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil || len(raw) < 2 || raw[0] != typeECDSA {
		return v, fmt.Errorf("%w %q: not of type ECDSA", ErrKey, line)
	}
	public, err := x509.ParsePKIXPublicKey(raw[1:])
	if err != nil {
		return v, fmt.Errorf("%w %q: its public key cannot be parsed", ErrKey, line)
	}
	key, isECDSA := public.(*ecdsa.PublicKey)
	if !isECDSA || key.Curve != elliptic.P256() {
		return v, fmt.Errorf("%w %q: not on the curve P-256", ErrKey, line)
	}
	v = verifier{name: fields[0], id: keyID(raw[1:]), key: key}
	if fields[1] != fmt.Sprintf("%08x", v.id) {
		return v, fmt.Errorf("%w %q: its id does not match the key, which has %08x", ErrKey, line, v.id)
	}
	return v, nil
}

// isSpace reports characters that are not allowed in a key's name.
func isSpace(r rune) bool { return r <= ' ' || r > '~' }
