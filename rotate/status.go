// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"slices"
	"time"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
)

// StatusKind is the kind of the JSON form of Status.
const StatusKind = "RotationStatus"

// Status is where every credential stands.
type Status struct {
	APIVersion  string     `json:"apiVersion"` // manifest.APIVersion
	Kind        string     `json:"kind"`       // StatusKind
	Registry    string     `json:"registry"`
	At          time.Time  `json:"at"`
	Expiring    []Expiring `json:"expiring"`    // the soonest first
	Credentials []Standing `json:"credentials"` // by node and name

	Undeclared []Undeclared `json:"undeclared,omitempty"` // that no manifest renews any more; only if asked
}

// Expiring are credentials whose live key ends within some days, and not within the
// fewer days of another entry.
type Expiring struct {
	Days        int      `json:"days"`
	Credentials []string `json:"credentials"` // as node and name
}

// soon are the days within which it is said that a key ends.
var soon = []int{7, 14, 30} //nolint:gochecknoglobals // a constant

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
	Attempt    int        `json:"attempt,omitempty"` // how often a run took it up
	Holder     string     `json:"holder,omitempty"`  // who works at it now
	Lease      *time.Time `json:"lease,omitempty"`   // until when
	Waits      string     `json:"waits,omitempty"`
	Overlap    *time.Time `json:"overlap,omitempty"`  // until when the key before is accepted
	Missing    []string   `json:"missing,omitempty"`  // consumers that have not acknowledged the live key
	Leftover   []string   `json:"leftover,omitempty"` // keys that are to be ended as well
	Asked      bool       `json:"asked,omitempty"`    // the provider was asked what it has
	Orphans    []string   `json:"orphans,omitempty"`  // keys of ours that no rotation needs; only if asked
	Foreign    int        `json:"foreign,omitempty"`  // keys that are not ours; only if asked
	Unasked    string     `json:"unasked,omitempty"`  // why it could not be asked
	Held       string     `json:"held,omitempty"`
	Failures   int        `json:"failures,omitempty"`
	Cause      string     `json:"cause,omitempty"`      // of the last failure
	Secretless string     `json:"secretless,omitempty"` // how to do without it
}

// Look reads where the targets stand. It changes nothing and asks no provider.
func Look(ctx context.Context, registry string, targets []Target, st store.Store, now time.Time) (*Status, error) {
	s := &Status{
		APIVersion: manifest.APIVersion, Kind: StatusKind, Registry: registry, At: now.UTC().Truncate(time.Second),
		Expiring: []Expiring{}, Credentials: []Standing{},
	}
	for _, t := range targets {
		w := &worker{Config: Config{Store: st}, t: t}
		if err := w.load(ctx); err != nil {
			return nil, err
		}
		s.Credentials = append(s.Credentials, w.standing(now))
	}
	s.Expiring = expiring(s.Credentials, now)
	return s, nil
}

// Ask completes a status with what the providers of its targets have. One that cannot
// be asked is said, and keeps the others from nothing.
func (s *Status) Ask(ctx context.Context, targets []Target, c Config) {
	for i, t := range targets {
		st := &s.Credentials[i]
		h, err := Ask(ctx, t, c)
		if err != nil {
			st.Unasked = err.Error()
			continue
		}
		st.Asked, st.Orphans, st.Foreign = true, h.Orphans, h.Foreign
	}
}

// expiring sorts credentials by how soon they end.
func expiring(list []Standing, now time.Time) []Expiring {
	all := []Expiring{}
	begin := time.Time{}
	for _, days := range soon {
		end := now.AddDate(0, 0, days)
		e := Expiring{Days: days}
		for _, c := range list {
			if at := c.Expires; at != nil && at.After(begin) && !at.After(end) {
				e.Credentials = append(e.Credentials, c.Node+" "+c.Name)
			}
		}
		if begin = end; len(e.Credentials) > 0 {
			all = append(all, e)
		}
	}
	return all
}

func (w *worker) standing(now time.Time) Standing {
	c := w.credential
	st := Standing{
		Node: w.t.Node, Name: w.t.Name, Type: w.t.Type, Owner: w.t.Owner, Generation: c.Generation,
		Held: c.Held, Failures: c.Failures, Secretless: w.t.Secretless,
	}
	if c.Live != nil {
		st.Created, st.Expires = moment(c.Live.Created), moment(c.Live.Expires)
	}
	if c.Previous != nil {
		st.Overlap = moment(c.Previous.RevokeAt)
	}
	st.Leftover = append(slices.Clone(c.Leftover), w.rotation.Leftover...)
	due := Due(w.t, c)
	st.Next, st.Due = moment(due), !now.Before(due)
	if w.rotationETag == "" {
		return st
	}
	r := w.rotation
	st.State, st.Reason, st.Cause, st.Due = r.State, r.Reason, r.Cause, !now.Before(r.Wait)
	st.Next, st.Attempt = moment(r.Wait), r.Lease.Fence
	if r.State == Promoted && c.Previous != nil {
		st.Missing = w.missing()
	}
	if now.Before(r.Wait) {
		st.Waits = r.For
	}
	if now.Before(r.Lease.Until) {
		st.Holder, st.Lease = r.Lease.Holder, moment(r.Lease.Until)
	}
	return st
}
