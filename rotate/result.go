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

// Line is what a run did for one credential.
type Line struct {
	Node    string     `json:"node"`
	Name    string     `json:"name"`
	Type    string     `json:"type"`
	Rotated bool       `json:"rotated"`         // a rotation was completed
	State   State      `json:"state,omitempty"` // of the rotation in progress
	Waits   string     `json:"waits,omitempty"` // what the rotation waits for
	Next    *time.Time `json:"next,omitempty"`  // when there is something to do
	Held    string     `json:"held,omitempty"`  // why a person is needed
	Error   string     `json:"error,omitempty"`
}

// Failed counts the credentials whose run failed, and those on hold.
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

// RunAll runs every target, one after the other. The failure of one is in its line
// and does not stop the others. Errors: those of a context that ended.
func RunAll(ctx context.Context, registry string, targets []Target, reason Reason, c Config) (*Result, error) {
	result := &Result{APIVersion: manifest.APIVersion, Kind: ResultKind, Registry: registry, Credentials: []Line{}}
	for _, t := range targets {
		o, err := Run(ctx, t, reason, c)
		if ctx.Err() != nil {
			return result, ctx.Err()
		}
		line := Line{Node: t.Node, Name: t.Name, Type: t.Type, Rotated: o.Rotated, State: o.State, Waits: o.Waits, Next: moment(o.Next)}
		switch {
		case errors.Is(err, ErrHeld):
			line.Held, line.Waits = reasonOf(err), ""
		case err != nil:
			line.Error = err.Error()
		}
		result.Credentials = append(result.Credentials, line)
	}
	return result, nil
}

// reasonOf returns why a rotation is on hold.
func reasonOf(err error) string {
	if hold, ok := errors.AsType[*HeldError](err); ok {
		return hold.Reason
	}
	return err.Error()
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
