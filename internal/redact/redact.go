// SPDX-License-Identifier: Apache-2.0

// Package redact keeps secrets out of output. Start with [New]: a [Secret] shows a
// placeholder in every verb of fmt, in JSON, in a log record, and as a field of another
// value that is printed. Only Reveal returns the value, and a call of Reveal is easy to
// search for.
package redact

import (
	"fmt"
	"log/slog"
)

// Placeholder is printed instead of a secret.
const Placeholder = "***"

// Secret is a value that does not print. The zero value is the empty secret.
//
// The value is in a closure because fmt reads the unexported fields of a struct by
// reflection and ignores their methods. Of a function it prints only the address. For
// the same reason a Secret is not comparable: it cannot be the key of a map or an operand
// of ==.
type Secret struct{ reveal func() string }

// New returns the secret of a value.
func New(value string) Secret { return Secret{func() string { return value }} }

// Reveal returns the value.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// String returns the placeholder.
func (Secret) String() string { return Placeholder }

// GoString returns the placeholder.
func (Secret) GoString() string { return Placeholder }

// Format writes the placeholder for every verb and flag.
func (Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(Placeholder)) }

// MarshalText returns the placeholder, for encoders without a method of their own.
func (Secret) MarshalText() ([]byte, error) { return []byte(Placeholder), nil }

// MarshalJSON returns the placeholder as a string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Placeholder + `"`), nil }

// LogValue returns the placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(Placeholder) }

var (
	_ fmt.Formatter  = Secret{}
	_ fmt.GoStringer = Secret{}
	_ slog.LogValuer = Secret{}
)
