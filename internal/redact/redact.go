// SPDX-License-Identifier: Apache-2.0

// Package redact holds what must not be printed. A Secret shows a placeholder
// wherever a value can end up by accident: in every verb of fmt, in JSON, in a
// log record, as a field of something else that is printed. Whoever needs the
// value has to write Reveal, which is easy to search for.
package redact

import (
	"fmt"
	"log/slog"
)

// Placeholder stands in the place of a secret.
const Placeholder = "***"

// Secret is a value that does not print. The zero value holds nothing.
//
// The value lives in a closure because fmt reads an unexported field of a
// struct that it prints by reflection, past every method: of a function it can
// print no more than the address. For the same reason a Secret is not
// comparable, so that it is no key of a map and no operand of ==.
type Secret struct{ reveal func() string }

// New returns a secret with a value.
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

// Format writes the placeholder, whatever the verb and its flags.
func (Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(Placeholder)) }

// MarshalText returns the placeholder: for encoders that know no better way.
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
