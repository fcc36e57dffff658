// SPDX-License-Identifier: Apache-2.0

// Package rotatetest holds sources and sinks of credentials to their contracts:
// what package rotate relies on, for every provider.
package rotatetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/rotate"
)

// Provider is a source with a provider behind it for which nothing was ever
// renewed.
type Provider struct {
	Source   rotate.Source
	Target   rotate.Target
	Accepted func(value string) bool // what the provider takes now
	Now      func() time.Time
	Advance  func(d time.Duration)
}

// day is longer than any provider says to come back later.
const day = 25 * time.Hour

// TestSource holds a source to its contract; build makes another provider each
// time.
func TestSource(t *testing.T, build func(t *testing.T) Provider) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Provider){
		"two keys":      twoKeys,
		"once":          once,
		"foreign keys":  foreignKeys,
		"wrong value":   wrongValue,
		"ended context": endedContext,
		"values":        values,
	} {
		t.Run(name, func(t *testing.T) { test(t, build(t)) })
	}
}

// create makes a key as a rotation does, and waits for it.
func (p Provider) create(t *testing.T, marker, live string) (rotate.Request, rotate.NewKey) {
	t.Helper()
	r := rotate.Request{Marker: marker, Live: live, Since: p.Now(), Expires: p.Now().Add(90 * 24 * time.Hour)}
	if p.Source.Origin() == rotate.ClientGenerated {
		value, err := p.Source.(rotate.Generator).Generate(rand.Reader, p.Target) //nolint:forcetypeassert // the contract
		if err != nil {
			t.Fatal(err)
		}
		r.Value = value
	}
	p.Advance(time.Second)
	made := p.ask(t, r)
	if p.Source.Origin() == rotate.ClientGenerated {
		made.Value = r.Value
	}
	if made.Key == "" || made.Value.Reveal() == "" {
		t.Fatalf("made is %+v", made)
	}
	return r, made
}

// patience bounds how often something is tried again.
const patience = 20

// ask asks until the provider is done.
func (p Provider) ask(t *testing.T, r rotate.Request) rotate.NewKey {
	t.Helper()
	for range patience {
		made, err := p.Source.Create(t.Context(), p.Target, r)
		var later *rotate.PendingError
		switch {
		case err == nil:
			return made
		case !errors.As(err, &later):
			t.Fatal(err)
		}
		p.wait(t, later)
		r.Operation = later.Operation
	}
	t.Fatal("it is never made")
	return rotate.NewKey{}
}

func (p Provider) wait(t *testing.T, later *rotate.PendingError) {
	t.Helper()
	if d := later.At.Sub(p.Now()); d <= 0 || d > day {
		t.Fatalf("it says to come back in %s", d)
	}
	p.Advance(later.At.Sub(p.Now()))
}

// verify uses a key until it works.
func (p Provider) verify(t *testing.T, made rotate.NewKey) {
	t.Helper()
	for range patience {
		err := p.Source.Verify(t.Context(), p.Target, made.Key, made.Value)
		switch {
		case err == nil:
			return
		case !errors.Is(err, rotate.ErrNotYet):
			t.Fatal(err)
		}
		p.Advance(10 * time.Second)
	}
	t.Fatal("the key never works")
}

func (p Provider) retire(t *testing.T, key string) {
	t.Helper()
	r := rotate.Revocation{Key: key}
	for range patience {
		err := p.Source.Revoke(t.Context(), p.Target, r)
		var later *rotate.PendingError
		switch {
		case err == nil:
			return
		case !errors.As(err, &later):
			t.Fatal(err)
		}
		p.wait(t, later)
		r.Operation = later.Operation
	}
	t.Fatal("it never ends")
}

func (p Provider) list(t *testing.T) []rotate.Key {
	t.Helper()
	keys, err := p.Source.List(t.Context(), p.Target)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// twoKeys lives through two rotations: both keys are accepted, then only the second.
func twoKeys(t *testing.T, p Provider) {
	_, first := p.create(t, "roster/0/1", "")
	p.verify(t, first)
	_, second := p.create(t, "roster/0/2", first.Key)
	p.verify(t, second)
	if first.Key == second.Key || first.Value.Reveal() == second.Value.Reveal() {
		t.Fatalf("twice the same: %s, %s", first.Key, second.Key)
	}
	if !p.Accepted(first.Value.Reveal()) || !p.Accepted(second.Value.Reveal()) {
		t.Error("one of two keys is not accepted")
	}
	for range 2 { // again is harmless
		p.retire(t, first.Key)
		if p.Source.Origin() == rotate.DualKey {
			break // there it makes another one
		}
	}
	if p.Accepted(first.Value.Reveal()) || !p.Accepted(second.Value.Reveal()) {
		t.Error("of two keys, not only the second is accepted after the first was ended")
	}
	p.retire(t, "00000000-0000-0000-0000-000000000000") // one that is not there is ended
	p.verify(t, second)
}

// once asks for one key twice.
func once(t *testing.T, p Provider) {
	r, made := p.create(t, "roster/0/1", "")
	before := len(p.list(t))
	if p.Source.Origin() == rotate.ProviderGenerated {
		keys := p.list(t)
		if !slices.ContainsFunc(keys, func(k rotate.Key) bool { return k.ID == made.Key && k.Marker == "roster/0/1" }) {
			t.Errorf("the key does not have its marker: %+v", keys)
		}
		return
	}
	again := p.ask(t, r)
	if p.Source.Origin() == rotate.ClientGenerated {
		again.Value = r.Value
	}
	if again.Key != made.Key || again.Value.Reveal() != made.Value.Reveal() || len(p.list(t)) != before {
		t.Errorf("asked twice, there is %+v beside %+v, and %d keys, not %d", again, made, len(p.list(t)), before)
	}
	p.verify(t, made)
}

// foreignKeys checks that the keys from before a rotation are still there after it.
func foreignKeys(t *testing.T, p Provider) {
	before := p.list(t)
	_, made := p.create(t, "roster/0/1", "")
	p.verify(t, made)
	if p.Source.Origin() == rotate.DualKey || len(before) == 0 {
		return // a new key takes the place of an old one, or of the only one
	}
	p.retire(t, made.Key)
	after := p.list(t)
	if fmt.Sprint(ids(before)) != fmt.Sprint(ids(after)) {
		t.Errorf("before: %v, after: %v", ids(before), ids(after))
	}
}

func ids(keys []rotate.Key) []string {
	list := []string{}
	for _, k := range keys {
		list = append(list, k.ID)
	}
	slices.Sort(list)
	return list
}

// wrongValue uses a key with another value.
func wrongValue(t *testing.T, p Provider) {
	_, made := p.create(t, "roster/0/1", "")
	p.verify(t, made)
	if err := p.Source.Verify(t.Context(), p.Target, made.Key, redact.New(made.Value.Reveal()+"x")); err == nil {
		t.Error("a wrong value works")
	}
}

// endedContext makes nothing when nobody waits for it.
func endedContext(t *testing.T, p Provider) {
	before := p.list(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := rotate.Request{Marker: "roster/0/1", Value: redact.New("a value"), Since: p.Now(), Expires: p.Now().Add(day)}
	if _, err := p.Source.Create(ctx, p.Target, r); err == nil {
		t.Error("a key is made after the context ended")
	}
	if after := p.list(t); fmt.Sprint(ids(after)) != fmt.Sprint(ids(before)) {
		t.Errorf("after the context ended there is %v", ids(after))
	}
}

// values sees that a key's value does not print, and that the shape fits.
func values(t *testing.T, p Provider) {
	_, maker := p.Source.(rotate.Generator)
	if shape := p.Source.Origin(); maker != (shape == rotate.ClientGenerated) || !slices.Contains([]rotate.Origin{rotate.ClientGenerated, rotate.ProviderGenerated, rotate.DualKey}, shape) {
		t.Errorf("shape %s, and it makes values: %v", shape, maker)
	}
	_, made := p.create(t, "roster/0/1", "")
	if text := fmt.Sprintf("%v %+v %#v %+v", made, made, made, p.list(t)); strings.Contains(text, made.Value.Reveal()) {
		t.Error("a value prints")
	}
}
