// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
)

// PlanKind is the kind of the JSON form of Plan.
const PlanKind = "RotationPlan"

// Plan is what a run would do now, credential by credential.
type Plan struct {
	APIVersion  string    `json:"apiVersion"` // manifest.APIVersion
	Kind        string    `json:"kind"`       // PlanKind
	Registry    string    `json:"registry"`
	At          time.Time `json:"at"`
	Credentials []Planned `json:"credentials"` // those with something to do, by node and name
}

// Planned is what a run would do for one credential.
type Planned struct {
	Node       string     `json:"node"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Owner      string     `json:"owner"`
	Origin     Origin     `json:"origin,omitempty"`
	Reason     Reason     `json:"reason"`
	Generation int        `json:"generation"`        // of the new key
	Created    *time.Time `json:"created,omitempty"` // of the live key; absent before the first rotation
	Expires    *time.Time `json:"expires,omitempty"` // of the live key; absent for never
	State      State      `json:"state,omitempty"`   // of the rotation in progress; absent for none
	Calls      []Call     `json:"calls"`             // those that change something or use the new key, in order
	Sinks      []string   `json:"sinks"`             // in the order of delivery
	Consumers  []string   `json:"consumers,omitempty"`
	Overlap    *time.Time `json:"overlap,omitempty"` // until when the old key stays valid at least
	Needs      []Need     `json:"needs"`
	Blockers   []string   `json:"blockers"` // why it would fail
	Secretless string     `json:"secretless,omitempty"`
}

// Call is one request of a rotation. Parts that are not known beforehand are in
// braces.
type Call struct {
	State  State  `json:"state"` // that the call leads to
	Method string `json:"method"`
	URL    string `json:"url"`
}

// Granted says whether roster has a permission.
type Granted string

// The values of Granted.
const (
	Yes     Granted = "yes"
	No      Granted = "no"
	Unknown Granted = "unknown" // only the call itself tells
)

// GrantedIf returns Yes or No.
func GrantedIf(granted bool) Granted {
	if granted {
		return Yes
	}
	return No
}

// Need is a permission that a rotation requires.
type Need struct {
	Permission string  `json:"permission"`
	Granted    Granted `json:"granted"`
}

// Estimate lists the calls of a source or a sink. Preview sets the states of the
// calls.
type Estimate struct {
	Create, Verify, Revoke  []Call // of a source
	Stage, Deliver, Unstage []Call // of a sink
	Needs                   []Need
	Full                    string // why the provider accepts no further key; "" if it does
}

// SourceEstimator is a source that knows the calls by which it creates a key and
// revokes the old ones. It changes nothing. An error blocks the rotation.
type SourceEstimator interface {
	Estimate(ctx context.Context, t Target, old []string) (Estimate, error)
}

// SinkEstimator is a sink that knows its calls. It changes nothing.
type SinkEstimator interface {
	Estimate(ctx context.Context, place registration.Sink) (Estimate, error)
}

// Preview lists what a run would do, for the targets with something to do: those
// that are due or, for another reason than the schedule, all. It reads what
// providers and sinks have, and changes nothing. Config: Store, Source, Sink and
// Now. Errors: those of the store.
func Preview(ctx context.Context, registry string, targets []Target, reason Reason, c Config) (*Plan, error) {
	now := c.Now()
	p := &Plan{APIVersion: manifest.APIVersion, Kind: PlanKind, Registry: registry, At: now.UTC().Truncate(time.Second), Credentials: []Planned{}}
	for _, t := range targets {
		j, err := openJournal(ctx, t, c)
		if err != nil {
			return nil, err
		}
		if s := j.status(now); s.Due || reason != Scheduled {
			p.Credentials = append(p.Credentials, j.preview(ctx, reason))
		}
	}
	return p, nil
}

// preview returns what a run would do for one credential.
func (j *journal) preview(ctx context.Context, reason Reason) Planned {
	t, c := j.target, j.credential
	v := previewer{j, Planned{
		Node: t.Node, Name: t.Name, Type: t.Type, Owner: t.Owner, Reason: reason, Generation: c.Generation + 1,
		Calls: []Call{}, Sinks: []string{}, Consumers: t.Consumers, Needs: []Need{}, Blockers: []string{}, Secretless: t.Secretless,
	}}
	if c.Live != nil {
		v.Created, v.Expires = moment(c.Live.Created), moment(c.Live.Expires)
	}
	continues := j.inProgress() && (reason == Scheduled || j.rotation.State != Promoted && j.rotation.State != Revoked)
	if continues {
		v.State, v.Generation, v.Reason = j.rotation.State, j.rotation.Generation, j.rotation.Reason
	}
	switch {
	case c.Previous != nil && continues:
		v.Overlap = moment(c.Previous.RevokeAt)
	case c.Live != nil && reason != Leak:
		v.Overlap = moment(j.config.Now().Add(t.Overlap))
	}
	for _, place := range t.Sinks {
		v.Sinks = append(v.Sinks, place.String())
	}
	v.estimate(ctx)
	return v.Planned
}

// previewer fills in what a run would do for one credential.
type previewer struct {
	*journal
	Planned
}

func (v *previewer) block(text string) { v.Blockers = append(v.Blockers, text) }

// take adds what an estimate needs, and what blocks it.
func (v *previewer) take(e Estimate, err error) {
	v.Needs = append(v.Needs, e.Needs...)
	if err != nil {
		v.block(err.Error())
	}
}

// estimate lists the calls of the remaining transitions, and what they need.
func (v *previewer) estimate(ctx context.Context) {
	if conflict := v.target.conflict(); conflict != "" {
		v.block(conflict)
	}
	if v.credential.Held != "" {
		v.block("on hold: " + v.credential.Held)
	}
	source, err := v.config.Source(v.target)
	if err != nil {
		v.block(err.Error())
		return
	}
	v.Origin = source.Origin()
	e := estimates{revokes: v.revokes()}
	if s, can := source.(SourceEstimator); can {
		e.source, err = s.Estimate(ctx, v.target, e.revokes)
		if v.take(e.source, err); e.source.Full != "" && v.rotation.Key == "" {
			v.block(e.source.Full)
		}
	}
	e.sinks, e.stager = v.estimateSinks(ctx)
	if e.stager < 0 {
		v.block("none of its sinks can stage a new value beside the live one")
		return
	}
	v.list(e)
}

// revokes returns the keys that a run would revoke: the previous one while it is
// accepted, and the live one unless the rotation in progress created it.
func (v *previewer) revokes() []string {
	var keys []string
	if old := v.credential.Previous; old != nil {
		keys = append(keys, old.Key)
	}
	if live := v.live(); live != "" && !reached(v.Origin, v.State, Promoted) {
		keys = append(keys, live)
	}
	return keys
}

// estimateSinks returns the calls of each sink, and the number of the one in which
// the new value is staged; -1 if no sink stages.
func (v *previewer) estimateSinks(ctx context.Context) (all []Estimate, stager int) {
	stager = -1
	for i, place := range v.target.Sinks {
		var e Estimate
		sink, err := v.config.Sink(place)
		if err == nil {
			if _, can := sink.(Stager); can && stager < 0 {
				stager = i
			}
			if s, can := sink.(SinkEstimator); can {
				e, err = s.Estimate(ctx, place)
			}
		}
		v.take(e, err)
		all = append(all, e)
	}
	return all, stager
}

// list adds the calls of the remaining transitions, and blocks those without permission.
func (v *previewer) list(e estimates) {
	rows, err := remaining(v.Origin, v.State)
	if err != nil {
		v.block(err.Error())
	}
	for _, row := range rows {
		for _, call := range row.calls(e) {
			call.State = row.to
			v.Calls = append(v.Calls, call)
		}
	}
	slices.SortFunc(v.Needs, func(a, b Need) int { return strings.Compare(a.Permission, b.Permission) })
	v.Needs = slices.Compact(v.Needs)
	for _, n := range v.Needs {
		if n.Granted == No {
			v.block("not granted: " + n.Permission)
		}
	}
}

// estimates are the calls of the source and the sinks of one credential.
type estimates struct {
	source  Estimate
	sinks   []Estimate // in the order of delivery
	stager  int        // of the sink that stages
	revokes []string   // keys
}

func (e estimates) stage() []Call { return e.sinks[e.stager].Stage }

func (e estimates) unstage() []Call { return e.sinks[e.stager].Unstage }

func (e estimates) deliveries() (calls []Call) {
	for _, sink := range e.sinks {
		calls = append(calls, sink.Deliver...)
	}
	return calls
}

// revoke lists the calls that use the new key once more and revoke the old ones;
// none if there is nothing to revoke.
func (e estimates) revoke() []Call {
	if len(e.revokes) == 0 {
		return nil
	}
	return slices.Concat(e.source.Verify, e.source.Revoke)
}
