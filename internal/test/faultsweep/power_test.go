// SPDX-License-Identifier: Apache-2.0

package faultsweep_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/appofapps/roster/internal/test/faultsweep"
)

// images returns the different contents that PowerFailures visits.
func images(t *testing.T, base string, effects []faultsweep.Effect) []string {
	t.Helper()
	var seen []string
	for seed := range uint64(20) {
		err := faultsweep.PowerFailures("f", []byte(base), effects, seed, func(image []byte, words string) error {
			seen = append(seen, string(image)+"|"+words)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(seen)
	return slices.Compact(seen)
}

func TestPowerFailures(t *testing.T) {
	t.Parallel()
	write := func(at int64, text string) faultsweep.Effect {
		return faultsweep.Effect{Kind: faultsweep.Write, Path: "f", Offset: at, Data: []byte(text)}
	}
	flush := faultsweep.Effect{Kind: faultsweep.Flush, Path: "f"}
	failed := faultsweep.Effect{Kind: faultsweep.FlushError, Path: "f"}
	said := faultsweep.Effect{Kind: faultsweep.Talk, Data: []byte("ok")}
	for _, c := range []struct {
		name    string
		effects []faultsweep.Effect
		want    []string
	}{
		{"nothing happened", nil, []string{"...|"}},
		{"a write may be lost", []faultsweep.Effect{write(1, "A")}, []string{"...|", ".A.|"}},
		{"writes come in any order", []faultsweep.Effect{write(0, "A"), write(2, "B")}, []string{"...|", "..B|", "A..|", "A.B|"}},
		{"a flush is kept", []faultsweep.Effect{write(0, "A"), flush, write(2, "B")}, []string{"...|", "A..|", "A.B|"}},
		{"a word before a flush is premature", []faultsweep.Effect{write(0, "A"), said, flush}, []string{"...|ok", "A..|ok"}},
		{"a word after it is not", []faultsweep.Effect{write(0, "A"), flush, said}, []string{"...|", "A..|", "A..|ok"}},
		{"a later flush does not bring back what one lost", []faultsweep.Effect{write(0, "A"), failed, write(2, "B"), flush}, []string{"...|", "..B|", "A..|", "A.B|"}},
		{"another file is nothing to this", []faultsweep.Effect{{Kind: faultsweep.Write, Path: "g", Data: []byte("A")}}, []string{"...|"}},
		{"a file grows by zeros", []faultsweep.Effect{{Kind: faultsweep.Truncate, Path: "f", Size: 4}}, []string{"...\x00|", "...|"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := images(t, "...", c.effects); !slices.Equal(got, c.want) {
				t.Errorf("images are %q, want %q", got, c.want)
			}
		})
	}
}

func TestPowerFailuresStopsAtAnError(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	err := faultsweep.PowerFailures("f", nil, nil, 0, func([]byte, string) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
}
