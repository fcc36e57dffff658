// SPDX-License-Identifier: Apache-2.0

// Package canon writes the one form that a value has in JSON: RFC 8785, the
// JSON Canonicalization Scheme. What roster hashes, stores or compares goes
// through here, so that the same meaning is the same bytes on every machine.
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

// ErrInexact is returned for a number that the canonical form would change: RFC
// 8785 section 3.2.2.3 writes every number as an IEEE 754 double, which would
// round it.
var ErrInexact = errors.New("number has no exact canonical form")

// Prefix begins every digest, and names the function.
const Prefix = "sha256:"

// Marshal returns the canonical JSON of a value. Errors: ErrInexact, or what
// encoding/json says of a value that has no JSON form.
func Marshal(v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode as JSON: %w", err)
	}
	return Canonicalize(plain)
}

// Canonicalize returns the canonical form of one JSON value. Errors: ErrInexact;
// or the text is not JSON as RFC 7493 (I-JSON) narrows it, which allows neither
// a name twice nor invalid Unicode. The argument is left as it is.
func Canonicalize(text []byte) ([]byte, error) {
	if err := checkNumbers(text); err != nil {
		return nil, err
	}
	value := jsontext.Value(bytes.Clone(text))
	if err := value.Canonicalize(); err != nil {
		return nil, fmt.Errorf("bring JSON into canonical form: %w", err)
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

// maxLiteral is longer than any double written out in full to its last whole
// digit (309), and bounds the work on one number.
const maxLiteral = 400

// ExactNumber reports whether a JSON number literal means the same as the
// shortest decimal that stands for its double: 0.1 and 9007199254740992 do,
// 9007199254740993 and 1e400 do not.
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

// Digest returns the Sum of a value's canonical JSON. Errors are Marshal's.
func Digest(v any) (string, error) {
	b, err := Marshal(v)
	if err != nil {
		return "", err
	}
	return Sum(b), nil
}
