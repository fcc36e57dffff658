// SPDX-License-Identifier: Apache-2.0

package rotatetest

import (
	"testing"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

// Places are two places of a sink that serve nothing yet.
type Places struct {
	Sink       rotate.Sink
	One, Other registration.Sink
	Serves     func(place registration.Sink) string // "" for nothing
}

// TestSink holds a sink to its contract; build makes other places each time.
func TestSink(t *testing.T, build func(t *testing.T) Places) {
	t.Helper()
	t.Run("deliver", func(t *testing.T) { deliver(t, build(t)) })
	if _, can := build(t).Sink.(rotate.Stager); !can {
		return
	}
	t.Run("stage", func(t *testing.T) { stage(t, build(t)) })
	t.Run("unstage", func(t *testing.T) { unstage(t, build(t)) })
}

func (p Places) deliver(t *testing.T, place registration.Sink, marker, value string) {
	t.Helper()
	if err := p.Sink.Deliver(t.Context(), place, marker, redact.New(value)); err != nil {
		t.Fatal(err)
	}
	if served := p.Serves(place); served != value {
		t.Errorf("delivered %q, served is %q", value, served)
	}
}

// deliver changes what a place serves, and nothing else.
func deliver(t *testing.T, p Places) {
	p.deliver(t, p.One, "roster/0/1", "first")
	p.deliver(t, p.One, "roster/0/1", "first")
	if served := p.Serves(p.Other); served != "" {
		t.Errorf("the other place serves %q", served)
	}
	p.deliver(t, p.Other, "roster/1/1", "other")
	p.deliver(t, p.One, "roster/0/2", "second")
	p.deliver(t, p.One, "roster/0/2", "mended") // the value counts, not its marker
	if served := p.Serves(p.Other); served != "other" {
		t.Errorf("the other place serves %q", served)
	}
}

func (p Places) stage(t *testing.T, s rotate.StagedValue) string {
	t.Helper()
	ref, err := p.Sink.(rotate.Stager).Stage(t.Context(), p.One, s) //nolint:forcetypeassert // asked for before
	if err != nil || ref == "" {
		t.Fatalf("%q, %v", ref, err)
	}
	return ref
}

func (p Places) staged(t *testing.T, place registration.Sink, marker string) []rotate.StagedValue {
	t.Helper()
	list, err := p.Sink.(rotate.Stager).Staged(t.Context(), place, marker) //nolint:forcetypeassert // asked for before
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// stage keeps values beside the live one.
func stage(t *testing.T, p Places) {
	if list := p.staged(t, p.One, "roster/0/2"); len(list) > 0 {
		t.Errorf("before anything was staged there is %+v", list)
	}
	p.deliver(t, p.One, "roster/0/1", "served")
	older := p.stage(t, rotate.StagedValue{Marker: "roster/0/2", Fence: 1, Key: "k1", Value: redact.New("older")})
	newer := p.stage(t, rotate.StagedValue{Marker: "roster/0/2", Fence: 2, Key: "k2", Value: redact.New("newer")})
	p.stage(t, rotate.StagedValue{Marker: "roster/0/3", Fence: 9, Key: "k3", Value: redact.New("another")})
	if served := p.Serves(p.One); served != "served" {
		t.Errorf("the staged value is served: %q", served)
	}
	list := p.staged(t, p.One, "roster/0/2")
	want := []rotate.StagedValue{
		{Marker: "roster/0/2", Fence: 2, Key: "k2", Ref: newer, Value: redact.New("newer")},
		{Marker: "roster/0/2", Fence: 1, Key: "k1", Ref: older, Value: redact.New("older")},
	}
	if len(list) != len(want) {
		t.Fatalf("staged is %+v", list)
	}
	for i, s := range list {
		w := want[i]
		if s.Marker != w.Marker || s.Fence != w.Fence || s.Key != w.Key || s.Ref != w.Ref || s.Value.Reveal() != w.Value.Reveal() {
			t.Errorf("staged is %+v, want %+v", s, w)
		}
	}
	if list := p.staged(t, p.Other, "roster/0/2"); len(list) > 0 {
		t.Errorf("staged at the other place is %+v", list)
	}
}

// unstage removes the values of a rotation, or of all of a credential, and no more.
func unstage(t *testing.T, p Places) {
	forget := func(marker string) {
		t.Helper()
		if err := p.Sink.(rotate.Stager).Unstage(t.Context(), p.One, marker); err != nil { //nolint:forcetypeassert // asked for before
			t.Fatal(err)
		}
	}
	forget("roster/0/") // nothing is no error
	p.deliver(t, p.One, "roster/0/1", "served")
	for _, marker := range []string{"roster/0/1", "roster/0/2", "roster/1/1"} {
		p.stage(t, rotate.StagedValue{Marker: marker, Fence: 1, Key: "k", Value: redact.New(marker)})
	}
	forget("roster/0/1")
	if gone, kept := p.staged(t, p.One, "roster/0/1"), p.staged(t, p.One, "roster/0/2"); len(gone) != 0 || len(kept) != 1 {
		t.Errorf("of one rotation %d are left, of another %d", len(gone), len(kept))
	}
	forget("roster/0/")
	if gone, kept := p.staged(t, p.One, "roster/0/2"), p.staged(t, p.One, "roster/1/1"); len(gone) != 0 || len(kept) != 1 {
		t.Errorf("of one credential %d are left, of another %d", len(gone), len(kept))
	}
	if served := p.Serves(p.One); served != "served" {
		t.Errorf("the live value is %q", served)
	}
}
