// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// Kinds of the JSON forms of this file.
const (
	LogKind          = "AuditLog"
	VerificationKind = "AuditVerification"
)

// Verification is what checking a whole trail gave.
type Verification struct {
	APIVersion    string    `json:"apiVersion"` // manifest.APIVersion
	Kind          string    `json:"kind"`       // VerificationKind
	Chains        int       `json:"chains"`
	Events        int       `json:"events"`
	Registrations int       `json:"registrations"` // tombstones left out
	Problems      []Problem `json:"problems"`
}

// Problem is one thing that cannot be true of a trail that nobody touched.
type Problem struct {
	Domain  string `json:"domain"`
	App     string `json:"app"`
	Event   string `json:"event,omitempty"` // id of the stored event, if one is concerned
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// Verify checks every chain, and that each registration is what the newest
// event about it says.
func Verify(ctx context.Context, st store.Store) (*Verification, error) {
	v := &Verification{APIVersion: manifest.APIVersion, Kind: VerificationKind, Problems: []Problem{}}
	err := eachChain(ctx, st, func(domain Domain, app string) error {
		return v.chain(ctx, st, domain, app)
	})
	slices.SortStableFunc(v.Problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Domain, b.Domain), strings.Compare(a.App, b.App))
	})
	return v, err
}

func (v *Verification) chain(ctx context.Context, st store.Store, domain Domain, app string) error {
	events, err := st.List(ctx, domain.Container, app, store.TypeEvent)
	if err != nil {
		return fmt.Errorf("list events of %s/%s: %w", domain.Name, app, err)
	}
	head, _, err := readHead(ctx, st, domain.Container, app)
	switch {
	case errors.Is(err, errHead):
		v.object(domain, app, "", "head", err.Error())
	case err != nil:
		return fmt.Errorf("read the chain of %s/%s: %w", domain.Name, app, err)
	}
	stored := make([]audit.Stored, len(events))
	for i, doc := range events {
		stored[i] = audit.Stored{ID: doc.ID, Body: doc.Body}
	}
	if len(events) > 0 || head != (audit.Head{}) {
		v.Chains++
	}
	v.Events += len(events)
	for _, p := range audit.Verify(audit.Chain{Domain: domain.Name, App: app}, stored, head, store.EventID) {
		v.object(domain, app, p.Event, string(p.Rule), p.Message)
	}
	if domain == system() {
		return v.record(ctx, st, stored)
	}
	return v.registrations(ctx, st, domain, app, stored)
}

// record compares the registry's record with the newest event about it: a domain
// that was taken out of it would not be looked at.
func (v *Verification) record(ctx context.Context, st store.Store, events []audit.Stored) error {
	registry, err := ReadRegistry(ctx, st)
	if err != nil {
		return err
	}
	said, is := "", ""
	if len(events) > 0 {
		if event, err := audit.Decode(events[len(events)-1].Body); err == nil {
			said = digestOf(event.After)
		}
	}
	if registry.Body() != nil {
		is = canon.Sum(registry.Body())
	}
	if said != is {
		v.object(system(), SystemPartition, "", "not-as-recorded", "the registry's record is not what the newest event about it says")
	}
	return nil
}

// registrations compares what is registered with what the trail says.
func (v *Verification) registrations(ctx context.Context, st store.Store, domain Domain, app string, events []audit.Stored) error {
	docs, err := st.List(ctx, domain.Container, app, store.TypeRegistration)
	if err != nil {
		return fmt.Errorf("list registrations of %s/%s: %w", domain.Name, app, err)
	}
	last := map[string]string{} // document id -> digest that the trail says
	for _, e := range events {
		var event audit.Event
		if json.Unmarshal(e.Body, &event) != nil || !event.OfRegistration() {
			continue // audit.Verify has said so, or it is not about a registration
		}
		last[registration.Record{Path: event.Node}.DocumentID()] = digestOf(event.After)
	}
	for _, doc := range docs {
		said, known := last[doc.ID]
		is := "" // of a tombstone
		if !doc.Deleted {
			v.Registrations++
			is = canon.Sum(doc.Body)
		}
		switch {
		case !known:
			v.object(domain, app, "", "no-event", "registration "+doc.ID+" is not in the trail")
		case said != is:
			v.object(domain, app, "", "not-as-recorded", "registration "+doc.ID+" is not what the newest event about it says")
		}
		delete(last, doc.ID)
	}
	for id, digest := range last {
		if digest != "" {
			v.object(domain, app, "", "no-registration", "registration "+id+" is in the trail, but not in the store")
		}
	}
	return nil
}

func digestOf(registration json.RawMessage) string {
	if len(registration) == 0 {
		return ""
	}
	return canon.Sum(registration)
}

func (v *Verification) object(domain Domain, app, event, rule, message string) {
	v.Problems = append(v.Problems, Problem{Domain: domain.Name, App: app, Event: event, Rule: rule, Message: message})
}
