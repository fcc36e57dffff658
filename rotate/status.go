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

// Status is the state of every credential.
type Status struct {
	APIVersion  string             `json:"apiVersion"` // manifest.APIVersion
	Kind        string             `json:"kind"`       // StatusKind
	Registry    string             `json:"registry"`
	At          time.Time          `json:"at"`
	Expiring    []Expiring         `json:"expiring"`    // the soonest first
	Credentials []CredentialStatus `json:"credentials"` // by node and name

	Undeclared []Undeclared `json:"undeclared,omitempty"` // credentials that no manifest renews any more; only if inspected
}

// Expiring lists credentials whose live key expires within some days, without those
// of an entry with fewer days.
type Expiring struct {
	Days        int      `json:"days"`
	Credentials []string `json:"credentials"` // as node and name
}

// soon are the numbers of days for which expiring keys are listed.
var soon = []int{7, 14, 30} //nolint:gochecknoglobals // a constant

// CredentialStatus is the state of one credential.
type CredentialStatus struct {
	Node       string     `json:"node"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Owner      string     `json:"owner"`
	Generation int        `json:"generation"` // of the live key; 0 before the first rotation
	Created    *time.Time `json:"created,omitempty"`
	Expires    *time.Time `json:"expires,omitempty"` // absent: never, or no key yet
	Due        bool       `json:"due"`
	Next       *time.Time `json:"next,omitempty"`  // when there is something to do
	State      State      `json:"state,omitempty"` // of the rotation in progress
	Reason     Reason     `json:"reason,omitempty"`
	Attempt    int        `json:"attempt,omitempty"` // how often a run acquired the rotation
	Holder     string     `json:"holder,omitempty"`  // run that holds the lease
	Lease      *time.Time `json:"lease,omitempty"`   // until when the lease lasts
	Waits      string     `json:"waits,omitempty"`
	Overlap    *time.Time `json:"overlap,omitempty"`   // until when the previous key is accepted
	Missing    []string   `json:"missing,omitempty"`   // consumers that have not acknowledged the live key
	Leftover   []string   `json:"leftover,omitempty"`  // keys that the next rotation revokes
	Checked    bool       `json:"checked,omitempty"`   // the provider was inspected
	Orphans    []string   `json:"orphans,omitempty"`   // keys that roster created and no rotation needs; only if checked
	Foreign    int        `json:"foreign,omitempty"`   // keys that roster did not create; only if checked
	Unchecked  string     `json:"unchecked,omitempty"` // why the provider could not be inspected
	Held       string     `json:"held,omitempty"`
	Failures   int        `json:"failures,omitempty"`
	Cause      string     `json:"cause,omitempty"`      // of the last failure
	Secretless string     `json:"secretless,omitempty"` // how to do without the secret
}

// ReadStatus reads the state of the targets. It changes nothing and calls no
// provider. Errors: those of the store.
func ReadStatus(ctx context.Context, registry string, targets []Target, st store.Store, now time.Time) (*Status, error) {
	s := &Status{
		APIVersion: manifest.APIVersion, Kind: StatusKind, Registry: registry, At: now.UTC().Truncate(time.Second),
		Expiring: []Expiring{}, Credentials: []CredentialStatus{},
	}
	for _, t := range targets {
		j, err := openJournal(ctx, t, Config{Store: st})
		if err != nil {
			return nil, err
		}
		s.Credentials = append(s.Credentials, j.status(now))
	}
	s.Expiring = expiring(s.Credentials, now)
	return s, nil
}

// Inspect completes a status with what the providers of its targets have. A provider
// that cannot be inspected is named, and the others are inspected all the same.
func (s *Status) Inspect(ctx context.Context, targets []Target, c Config) {
	for i, t := range targets {
		status := &s.Credentials[i]
		v, err := Inspect(ctx, t, c)
		if err != nil {
			status.Unchecked = err.Error()
			continue
		}
		status.Checked, status.Orphans, status.Foreign = true, v.Orphans, v.Foreign
	}
}

// expiring groups credentials by how soon their live key expires.
func expiring(list []CredentialStatus, now time.Time) []Expiring {
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

func (j *journal) status(now time.Time) CredentialStatus {
	t, c := j.target, j.credential
	s := CredentialStatus{
		Node: t.Node, Name: t.Name, Type: t.Type, Owner: t.Owner, Generation: c.Generation,
		Held: c.Held, Failures: c.Failures, Secretless: t.Secretless,
	}
	if c.Live != nil {
		s.Created, s.Expires = moment(c.Live.Created), moment(c.Live.Expires)
	}
	if c.Previous != nil {
		s.Overlap = moment(c.Previous.RevokeAt)
	}
	s.Leftover = append(slices.Clone(c.Leftover), j.rotation.Leftover...)
	due := Due(t, c)
	s.Next, s.Due = moment(due), !now.Before(due)
	if !j.inProgress() {
		return s
	}
	r := j.rotation
	s.State, s.Reason, s.Cause, s.Due = r.State, r.Reason, r.Cause, !now.Before(r.Wait)
	s.Next, s.Attempt = moment(r.Wait), r.Lease.Fence
	if r.State == Promoted && c.Previous != nil {
		s.Missing = j.missing()
	}
	if now.Before(r.Wait) {
		s.Waits = r.For
	}
	if now.Before(r.Lease.Until) {
		s.Holder, s.Lease = r.Lease.Holder, moment(r.Lease.Until)
	}
	return s
}
