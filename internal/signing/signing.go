// SPDX-License-Identifier: Apache-2.0

// Package signing signs short texts and tells who signed one, in the form of
// C2SP signed notes (https://c2sp.org/signed-note) with ECDSA on P-256, type
// 0x02: what a key in Azure Key Vault can do, and a key in a file as well. A
// public key is one line of text that can stand in a manifest.
//
// It knows no text's meaning and keeps no key.
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

// ErrNotSigned is returned for a text that none of the keys has signed, or that
// is not what they signed.
var ErrNotSigned = errors.New("not signed by a known key")

// ErrKey is returned for a key that is none, or not one on P-256.
var ErrKey = errors.New("is no key")

// typeECDSA begins the public key of an ECDSA signature
// (https://c2sp.org/signed-note, Signature types).
const typeECDSA = 0x02

// A Key signs. The digest is the SHA-256 of what is signed, the signature in
// ASN.1 DER (RFC 3279 section 2.2.3).
type Key interface {
	Public() *ecdsa.PublicKey
	Sign(ctx context.Context, digest [sha256.Size]byte) (signature []byte, err error)
}

// PublicLine is a public key under a name as one line: name, id and key with a
// plus between them.
func PublicLine(name string, public *ecdsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("encode public key: %w", err)
	}
	return fmt.Sprintf("%s+%08x+%s", name, keyID(der), base64.StdEncoding.EncodeToString(append([]byte{typeECDSA}, der...))), nil
}

// keyID is the first four bytes of the SHA-256 of the encoded public key, as is
// the rule for ECDSA.
func keyID(der []byte) uint32 {
	sum := sha256.Sum256(der)
	return binary.BigEndian.Uint32(sum[:])
}

// Sign returns text, which ends in a line break, with its signature below it.
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
		return "", fmt.Errorf("sign: %w: the signature is not of the key that it should be of", ErrKey)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer{v, signature})
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return string(signed), nil
}

// signer hands over a signature that is there already.
type signer struct {
	verifier
	signature []byte
}

func (s signer) Sign([]byte) ([]byte, error) { return s.signature, nil }

// Open returns the text of a signed note, and the name of the key that signed
// it. keys are lines as PublicLine makes them. Errors: ErrKey, ErrNotSigned.
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
	// A signature has one spelling: bits that its base64 does not use are zero (RFC 4648
	// section 3.5).
	if _, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64); err != nil {
		return "", "", ErrNotSigned
	}
	return n.Text, n.Sigs[0].Name, nil
}

// verifier is a public key under its name.
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

// Check reports what is wrong with a line that should be a public key: ErrKey.
func Check(line string) error {
	_, err := parse(line)
	return err
}

func parse(line string) (verifier, error) {
	var v verifier
	fields := strings.SplitN(line, "+", 3) // base64 has pluses of its own
	if len(fields) != 3 || fields[0] == "" || strings.ContainsFunc(fields[0], isSpace) {
		return v, fmt.Errorf("%q %w: not of the form NAME+ID+KEY", line, ErrKey)
	}
	raw, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil || len(raw) < 2 || raw[0] != typeECDSA {
		return v, fmt.Errorf("%q %w of type ECDSA", line, ErrKey)
	}
	public, err := x509.ParsePKIXPublicKey(raw[1:])
	if err != nil {
		return v, fmt.Errorf("%q %w: its public key cannot be read", line, ErrKey)
	}
	key, isECDSA := public.(*ecdsa.PublicKey)
	if !isECDSA || key.Curve != elliptic.P256() {
		return v, fmt.Errorf("%q %w on P-256", line, ErrKey)
	}
	v = verifier{name: fields[0], id: keyID(raw[1:]), key: key}
	if fields[1] != fmt.Sprintf("%08x", v.id) {
		return v, fmt.Errorf("%q %w: its id would be %08x", line, ErrKey, v.id)
	}
	return v, nil
}

// isSpace reports what a key's name may not hold.
func isSpace(r rune) bool { return r <= ' ' || r > '~' }
