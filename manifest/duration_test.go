// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/appofapps/roster/manifest"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		length time.Duration
		set    bool
	}{
		{"15m", 15 * time.Minute, true},
		{"24h", 24 * time.Hour, true},
		{"30d", 720 * time.Hour, true},
		{"36499d", 36499 * 24 * time.Hour, true},
		{"213504d", 36500 * 24 * time.Hour, true}, // 25 minutes, if it overflowed
		{"999999d", 36500 * 24 * time.Hour, true},
		{"999999m", 999999 * time.Minute, true},
		{"", 0, false},
		{"d", 0, false},
		{"30", 0, false},
		{"30s", 0, false},
		{"-1d", 0, false},
		{"9999999d", 0, false},
	} {
		if got := manifest.ParseDuration(tt.text); got != (manifest.Duration{Text: tt.text, Length: tt.length, Set: tt.set}) {
			t.Errorf("%q is %+v, want %v, %t", tt.text, got, tt.length, tt.set)
		}
	}
}

// TestDurationExceeds compares with a limit, where absent means without end.
func TestDurationExceeds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		length, limit string
		want          bool
	}{
		{"30d", "30d", false},
		{"31d", "30d", true},
		{"", "30d", true},
		{"30d", "", false},
		{"", "", false},
		{"soon", "30d", true},
		{"30d", "soon", false},
	} {
		if got := manifest.ParseDuration(tt.length).Exceeds(manifest.ParseDuration(tt.limit)); got != tt.want {
			t.Errorf("%q exceeds %q: %t, want %t", tt.length, tt.limit, got, tt.want)
		}
	}
}

// TestDurationIsTextInJSON keeps every text as it is written, and no position.
func TestDurationIsTextInJSON(t *testing.T) {
	t.Parallel()
	type record struct {
		Every   manifest.Duration `json:"every,omitzero"`
		Overlap manifest.Duration `json:"overlap,omitzero"`
	}
	placed := manifest.Duration{Text: "30d", Pos: manifest.Pos{Line: 3, Column: 4}, Length: 720 * time.Hour, Set: true}
	for _, d := range []manifest.Duration{placed, placed.Unplaced(), manifest.ParseDuration("soon"), {}} {
		text, err := json.Marshal(record{Every: d})
		if err != nil {
			t.Fatal(err)
		}
		want := `{"every":"` + d.Text + `"}`
		if d.Text == "" {
			want = "{}"
		}
		var back record
		if err := json.Unmarshal(text, &back); string(text) != want || err != nil || back.Every != d.Unplaced() {
			t.Errorf("%+v is %s and reads back as %+v, %v", d, text, back.Every, err)
		}
	}
}
