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
	Credentials []Planned `json:"credentials"` // those that there is something to do for, by node and name
}

// Planned is what would be done for one credential.
type Planned struct {
	Node       string     `json:"node"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Owner      string     `json:"owner"`
	Shape      Shape      `json:"shape,omitempty"`
	Reason     Reason     `json:"reason"`
	Generation int        `json:"generation"`        // that would be made, or is being made
	Created    *time.Time `json:"created,omitempty"` // of the live key; absent for none yet
	Expires    *time.Time `json:"expires,omitempty"` // of the live key; absent for never
	State      State      `json:"state,omitempty"`   // of the rotation under way; absent for none
	Calls      []Call     `json:"calls"`             // that change something or use the new key, in order
	Sinks      []string   `json:"sinks"`             // in the order of delivery
	Consumers  []string   `json:"consumers,omitempty"`
	Overlap    *time.Time `json:"overlap,omitempty"` // until when the old key would be accepted at least
	Needs      []Need     `json:"needs"`
	Blockers   []string   `json:"blockers"` // why it would fail
	Secretless string     `json:"secretless,omitempty"`
}

// A Call is one request that would be made. What is not known beforehand stands in
// braces.
type Call struct {
	State  State  `json:"state"` // that it leads to
	Method string `json:"method"`
	URL    string `json:"url"`
}

// Granted says whether a permission is.
type Granted string

// What is known of a permission.
const (
	Yes     Granted = "yes"
	No      Granted = "no"
	Unknown Granted = "unknown" // nothing but the call itself tells
)

// GrantedIf is Yes or No.
func GrantedIf(granted bool) Granted {
	if granted {
		return Yes
	}
	return No
}

// A Need is a permission that a rotation takes.
type Need struct {
	Permission string  `json:"permission"`
	Granted    Granted `json:"granted"`
}

// Forecast is what a source or a sink would ask, and of what kind. The states of its
// calls are set by who asks for it.
type Forecast struct {
	Make, Prove, End        []Call // of a source
	Stage, Deliver, Unstage []Call // of a sink
	Needs                   []Need
	Full                    string // why the provider takes no other key; "" if it does
}

// SourceForecaster is a source that says beforehand what it would ask to make a key and
// to end old ones. It reads, and changes nothing. An error stands in the way as well.
type SourceForecaster interface {
	Forecast(ctx context.Context, t Target, old []string) (Forecast, error)
}

// SinkForecaster is a sink that does so.
type SinkForecaster interface {
	Forecast(ctx context.Context, place registration.Sink) (Forecast, error)
}

// Preview says what a run would do, for the targets that it would do something for:
// those that are due or, for another reason than the schedule's, all. It reads what
// providers and sinks have, and changes nothing. Errors: those of the store.
func Preview(ctx context.Context, registry string, targets []Target, reason Reason, c Config) (*Plan, error) {
	p := &Plan{APIVersion: manifest.APIVersion, Kind: PlanKind, Registry: registry, At: c.Now().UTC().Truncate(time.Second), Credentials: []Planned{}}
	for _, t := range targets {
		w := &worker{Config: c, t: t}
		if err := w.load(ctx); err != nil {
			return nil, err
		}
		if st := w.standing(c.Now()); !st.Due && reason == Scheduled {
			continue
		}
		p.Credentials = append(p.Credentials, w.planned(ctx, reason))
	}
	return p, nil
}

func (w *worker) planned(ctx context.Context, reason Reason) Planned {
	c := w.credential
	p := Planned{
		Node: w.t.Node, Name: w.t.Name, Type: w.t.Type, Owner: w.t.Owner, Reason: reason, Generation: c.Generation + 1,
		Calls: []Call{}, Sinks: []string{}, Consumers: w.t.Consumers, Needs: []Need{}, Blockers: []string{}, Secretless: w.t.Secretless,
	}
	if c.Live != nil {
		p.Created, p.Expires = moment(c.Live.Created), moment(c.Live.Expires)
	}
	under := w.rotationETag != "" && (reason == Scheduled || w.rotation.State != Promoted && w.rotation.State != Revoked)
	if under {
		p.State, p.Generation, p.Reason = w.rotation.State, w.rotation.Generation, w.rotation.Reason
	}
	switch {
	case c.Previous != nil && under:
		p.Overlap = moment(c.Previous.RevokeAt)
	case c.Live != nil && reason != Leak:
		p.Overlap = moment(w.Now().Add(w.t.Overlap))
	}
	for _, place := range w.t.Sinks {
		p.Sinks = append(p.Sinks, place.String())
	}
	w.forecast(ctx, &p)
	return p
}

// forecast asks source and sinks what they would do, and puts it in order.
func (w *worker) forecast(ctx context.Context, p *Planned) {
	block := func(text string) { p.Blockers = append(p.Blockers, text) }
	if w.t.Shared != "" {
		block("it is the same key at the provider as " + w.t.Shared)
	}
	if w.credential.Held != "" {
		block("held: " + w.credential.Held)
	}
	source, err := w.Source(w.t)
	if err != nil {
		block(err.Error())
		return
	}
	w.source, p.Shape = source, source.Shape()
	var of Forecast
	if f, can := source.(SourceForecaster); can {
		of, err = f.Forecast(ctx, w.t, w.old(p))
		if p.take(of, err); of.Full != "" && rank(p.State) < rank(Created) && w.rotation.Key == "" {
			block(of.Full)
		}
	}
	places, stager := w.places(ctx, p)
	if stager < 0 {
		block("none of its sinks can keep a new value beside the old one")
		return
	}
	w.order(p, w.legs(of, places, stager))
	slices.SortFunc(p.Needs, func(a, b Need) int { return strings.Compare(a.Permission, b.Permission) })
	p.Needs = slices.Compact(p.Needs)
	for _, n := range p.Needs {
		if n.Granted == No {
			block("not granted: " + n.Permission)
		}
	}
}

// old are the keys that would be ended: the one before, while that is accepted, and the
// live one unless that is what the rotation under way has made.
func (w *worker) old(p *Planned) []string {
	var keys []string
	if w.credential.Previous != nil {
		keys = append(keys, w.credential.Previous.Key)
	}
	if live := liveKey(w.credential); live != "" && rank(p.State) < rank(Promoted) {
		keys = append(keys, live)
	}
	return keys
}

// places asks each sink, and finds the one in which the new value is staged, -1 if
// there is none.
func (w *worker) places(ctx context.Context, p *Planned) (all []Forecast, stager int) {
	stager = -1
	for i, place := range w.t.Sinks {
		sink, err := w.Sink(place)
		if err != nil {
			p.take(Forecast{}, err)
			all = append(all, Forecast{})
			continue
		}
		if _, can := sink.(Stager); can && stager < 0 {
			stager = i
		}
		var of Forecast
		if f, can := sink.(SinkForecaster); can {
			of, err = f.Forecast(ctx, place)
			p.take(of, err)
		}
		all = append(all, of)
	}
	return all, stager
}

// take adds what a forecast needs, and what stands in its way.
func (p *Planned) take(f Forecast, err error) {
	p.Needs = append(p.Needs, f.Needs...)
	if err != nil {
		p.Blockers = append(p.Blockers, err.Error())
	}
}

// leg is calls that lead to a state.
type leg struct {
	leads State
	calls []Call
}

// legs are the way of a rotation, in the order in which a run makes the calls.
func (w *worker) legs(source Forecast, places []Forecast, stager int) []leg {
	list := []leg{{StagedUp, places[stager].Stage}, {Created, source.Make}}
	if w.source.Shape() != Bring {
		list = []leg{{StagedUp, source.Make}, {StagedUp, places[stager].Stage}}
	}
	list = append(list, leg{Verified, source.Prove})
	for _, place := range places {
		list = append(list, leg{Delivered, place.Deliver})
	}
	return append(list, leg{Revoked, source.Prove}, leg{Revoked, source.End}, leg{Done, places[stager].Unstage})
}

// order takes the calls over that the rotation under way does not have behind it.
func (w *worker) order(p *Planned, legs []leg) {
	ends := len(w.old(p)) > 0
	for _, step := range legs {
		if step.leads == Revoked && !ends || p.State != "" && rank(step.leads) <= rank(p.State) {
			continue
		}
		for _, call := range step.calls {
			call.State = step.leads
			p.Calls = append(p.Calls, call)
		}
	}
}

// rank is how far a state is, -1 for none. StagedUp and Created change places between shapes, but
// neither is passed before the other is.
func rank(s State) int {
	return slices.Index([]State{Prepared, StagedUp, Created, Verified, Delivered, Promoted, Revoked, Done}, s)
}
