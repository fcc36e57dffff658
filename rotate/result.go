// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"time"

	"github.com/appofapps/roster/manifest"
)

// ResultKind is the kind of the JSON form of Result.
const ResultKind = "RotateResult"

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
