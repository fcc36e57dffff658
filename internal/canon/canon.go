// SPDX-License-Identifier: Apache-2.0

// Package canon encodes values as canonical JSON (RFC 8785, the JSON
// Canonicalization Scheme). Start with Marshal for the bytes of a value, or Digest
// for their digest. Everything that roster hashes, stores or compares uses it, so
// equal values have equal bytes on every machine.
package canon

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrInexact is returned for a number that the canonical form would round: RFC
// 8785 section 3.2.2.3 writes every number as an IEEE 754 double.
var ErrInexact = errors.New("number without an exact canonical form")

// Prefix starts every digest and names the hash function.
const Prefix = "sha256:"

// Marshal returns the canonical JSON of a value. Errors: ErrInexact, and those of
// encoding/json for a value without a JSON form.
func Marshal(v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode as JSON: %w", err)
	}
	return Canonicalize(plain)
}

// Canonicalize returns the canonical form of one JSON value. It does not change
// its argument. Errors: ErrInexact, and a text that is not I-JSON (RFC 7493), which
// allows neither duplicate names nor invalid Unicode.
func Canonicalize(text []byte) ([]byte, error) {
	if err := checkNumbers(text); err != nil {
		return nil, err
	}
	value := jsontext.Value(bytes.Clone(text))
	if err := value.Canonicalize(); err != nil {
		return nil, fmt.Errorf("canonicalize JSON: %w", err)
	}
	return value, nil
}

func checkNumbers(text []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil //nolint:nilerr // the end, or what Canonicalize will say better
		}
		if token.Kind() == '0' && !ExactNumber(token.String()) {
			return fmt.Errorf("%w: %s", ErrInexact, token)
		}
	}
}

// maxLiteral limits the work on one number. It is longer than the integer part of
// any double, which has at most 309 digits.
const maxLiteral = 400

// ExactNumber reports whether a JSON number literal equals the shortest decimal of
// its double. It is true for 0.1 and 9007199254740992, and false for
// 9007199254740993 and 1e400.
func ExactNumber(literal string) bool {
	const plainDigits = 15 // that many decimal digits always survive a double
	if len(literal) <= plainDigits && !strings.ContainsAny(literal, "eE") {
		return true
	}
	double, err := strconv.ParseFloat(literal, 64)
	if err != nil || len(literal) > maxLiteral {
		return false
	}
	if double == 0 { // which an exponent of any size may have made of it
		mantissa, _, _ := strings.Cut(strings.ToLower(literal), "e")
		return strings.Trim(mantissa, "-0.") == ""
	}
	meant, ok := new(big.Rat).SetString(literal)
	kept, alsoOK := new(big.Rat).SetString(strconv.FormatFloat(double, 'g', -1, 64))
	return ok && alsoOK && meant.Cmp(kept) == 0
}

// Sum returns the digest of bytes: Prefix and their SHA-256 (FIPS 180-4) in
// hexadecimal.
func Sum(b []byte) string {
	sum := sha256.Sum256(b)
	return Prefix + hex.EncodeToString(sum[:])
}

// Digest returns the Sum of a value's canonical JSON. Errors: those of Marshal.
func Digest(v any) (string, error) {
	b, err := Marshal(v)
	if err != nil {
		return "", err
	}
	return Sum(b), nil
}
