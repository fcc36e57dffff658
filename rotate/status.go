// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"time"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
)

// The kinds of the JSON forms of this file.
const (
	ResultKind = "RotateResult"
	StatusKind = "RotationStatus"
)

// Result is what a run did, credential by credential.
type Result struct {
	APIVersion  string `json:"apiVersion"` // manifest.APIVersion
	Kind        string `json:"kind"`       // ResultKind
	Registry    string `json:"registry"`
	Credentials []Line `json:"credentials"` // by node and name
}

// Line is what became of one credential in a run.
type Line struct {
	Node    string     `json:"node"`
	Name    string     `json:"name"`
	Type    string     `json:"type"`
	Rotated bool       `json:"rotated"`         // a rotation got to its end
	State   State      `json:"state,omitempty"` // of the rotation that is under way
	Waits   string     `json:"waits,omitempty"` // what it waits for
	Next    *time.Time `json:"next,omitempty"`  // when there is something to do
	Held    string     `json:"held,omitempty"`  // why it waits for a person
	Error   string     `json:"error,omitempty"`
}

// Failed reports how many credentials could not be carried on, and how many wait
// for a person.
func (r *Result) Failed() (failed, held int) {
	for _, l := range r.Credentials {
		switch {
		case l.Held != "":
			held++
		case l.Error != "":
			failed++
		}
	}
	return failed, held
}

// All carries every target on, one after the other, in their order. What goes wrong
// with one is in its line and does not keep the others; an error is that of a
// context that ended.
func All(ctx context.Context, registry string, targets []Target, reason Reason, c Config) (*Result, error) {
	result := &Result{APIVersion: manifest.APIVersion, Kind: ResultKind, Registry: registry, Credentials: []Line{}}
	for _, t := range targets {
		o, err := Run(ctx, t, reason, c)
		if ctx.Err() != nil {
			return result, ctx.Err()
		}
		line := Line{Node: t.Node, Name: t.Name, Type: t.Type, Rotated: o.Rotated, State: o.State, Waits: o.Waits, Next: moment(o.Next)}
		switch {
		case errors.Is(err, ErrHeld):
			line.Held, line.Waits = err.Error(), ""
		case err != nil:
			line.Error = err.Error()
		}
		result.Credentials = append(result.Credentials, line)
	}
	return result, nil
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// Status is where every credential stands.
type Status struct {
	APIVersion  string     `json:"apiVersion"` // manifest.APIVersion
	Kind        string     `json:"kind"`       // StatusKind
	Registry    string     `json:"registry"`
	At          time.Time  `json:"at"`
	Credentials []Standing `json:"credentials"` // by node and name
}

// Standing is where one credential stands.
type Standing struct {
	Node       string     `json:"node"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Owner      string     `json:"owner"`
	Generation int        `json:"generation"` // of the live key; 0 for none yet
	Created    *time.Time `json:"created,omitempty"`
	Expires    *time.Time `json:"expires,omitempty"` // absent: never, or none yet
	Due        bool       `json:"due"`
	Next       *time.Time `json:"next,omitempty"`  // when there is something to do
	State      State      `json:"state,omitempty"` // of the rotation that is under way
	Reason     Reason     `json:"reason,omitempty"`
	Holder     string     `json:"holder,omitempty"` // who works at it now
	Waits      string     `json:"waits,omitempty"`
	Held       string     `json:"held,omitempty"`
	Failures   int        `json:"failures,omitempty"`
	Cause      string     `json:"cause,omitempty"`      // of the last failure
	Secretless string     `json:"secretless,omitempty"` // how to do without it
}

// Look reads where the targets stand. It changes nothing and asks no provider.
func Look(ctx context.Context, registry string, targets []Target, st store.Store, now time.Time) (*Status, error) {
	s := &Status{APIVersion: manifest.APIVersion, Kind: StatusKind, Registry: registry, At: now.UTC().Truncate(time.Second), Credentials: []Standing{}}
	for _, t := range targets {
		w := &worker{Config: Config{Store: st}, t: t}
		if err := w.load(ctx); err != nil {
			return nil, err
		}
		s.Credentials = append(s.Credentials, w.standing(now))
	}
	return s, nil
}

func (w *worker) standing(now time.Time) Standing {
	c := w.credential
	st := Standing{
		Node: w.t.Node, Name: w.t.Name, Type: w.t.Type, Owner: w.t.Owner, Generation: c.Generation,
		Held: c.Held, Failures: c.Failures, Secretless: Secretless(w.t.Type),
	}
	if c.Live != nil {
		st.Created, st.Expires = moment(c.Live.Created), moment(c.Live.Expires)
	}
	due := Due(w.t, c)
	st.Next, st.Due = moment(due), !now.Before(due)
	if w.rotationETag == "" {
		return st
	}
	r := w.rotation
	st.State, st.Reason, st.Cause, st.Due = r.State, r.Reason, r.Cause, !now.Before(r.Wait)
	st.Next = moment(r.Wait)
	if now.Before(r.Wait) {
		st.Waits = r.For
	}
	if now.Before(r.Lease.Until) {
		st.Holder = r.Lease.Holder
	}
	return st
}
