// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strconv"
	"time"
)

// longest is what longer durations count as: 100 years. Six digits of days would
// overflow a time.Duration, and a long duration must not become a short one.
const longest = 100 * 365 * 24 * time.Hour

// A Duration is a length of time of a manifest, such as 30d, with its position.
// It is parsed once, when it is decoded. The zero Duration is an absent field.
type Duration struct {
	Text   string // as it is written
	Pos    Pos
	Length time.Duration
	Set    bool // Text is a duration; false for any other text
}

// ParseDuration returns the duration that a text states: a number and m, h or d.
// Set is false for any other text. Length is at most 100 years.
func ParseDuration(text string) Duration {
	d := Duration{Text: text}
	if text == "" {
		return d
	}
	unit, known := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[text[len(text)-1]]
	number, err := strconv.ParseUint(text[:len(text)-1], 10, 20) // the schema has at most six digits
	if !known || err != nil {
		return d
	}
	d.Length, d.Set = min(time.Duration(number), longest/unit)*unit, true
	return d
}

// Unplaced returns the duration without its position, as records keep it.
func (d Duration) Unplaced() Duration {
	d.Pos = Pos{}
	return d
}

// Exceeds reports whether the duration is longer than a limit. An absent
// duration has no end; an absent limit is never exceeded.
func (d Duration) Exceeds(limit Duration) bool {
	return limit.Set && (!d.Set || d.Length > limit.Length)
}

// IsZero reports whether there is no text, so that JSON leaves the field out.
func (d Duration) IsZero() bool { return d.Text == "" }

// MarshalText returns the text as it is written.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.Text), nil }

// UnmarshalText reads any text; Set tells whether it is a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	*d = ParseDuration(string(text))
	return nil
}
