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

// Verification is the result of checking a whole trail.
type Verification struct {
	APIVersion    string    `json:"apiVersion"` // manifest.APIVersion
	Kind          string    `json:"kind"`       // VerificationKind
	Chains        int       `json:"chains"`
	Events        int       `json:"events"`
	Registrations int       `json:"registrations"` // without tombstones
	Problems      []Problem `json:"problems"`
}

// Problem is one contradiction in a trail, or between the trail and the store.
type Problem struct {
	Domain  string `json:"domain"`
	App     string `json:"app"`
	Event   string `json:"event,omitempty"` // id of the stored event, if one is concerned
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// Verify checks every chain, and that each stored registration equals the newest
// event about it. Errors: those of the store; contradictions are Problems.
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
		v.report(domain, app, Problem{Rule: "head", Message: err.Error()})
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
		v.report(domain, app, Problem{Event: p.Event, Rule: string(p.Rule), Message: p.Message})
	}
	if domain == systemDomain() {
		return v.registryDocument(ctx, st, stored)
	}
	return v.registrations(ctx, st, domain, app, stored)
}

// registryDocument compares the registry document with the newest event about it.
// Without this check, a domain removed from the document would not be verified.
func (v *Verification) registryDocument(ctx context.Context, st store.Store, events []audit.Stored) error {
	registry, err := ReadRegistry(ctx, st)
	if err != nil {
		return err
	}
	recorded, stored := "", ""
	if len(events) > 0 {
		if event, err := audit.Decode(events[len(events)-1].Body); err == nil {
			recorded = digestOf(event.After)
		}
	}
	if registry.Body() != nil {
		stored = canon.Sum(registry.Body())
	}
	if recorded != stored {
		v.report(systemDomain(), SystemPartition, Problem{Rule: "not-as-recorded", Message: "the registry document differs from the newest event about it"})
	}
	return nil
}

// registrations compares the stored registrations with the newest event about
// each.
func (v *Verification) registrations(ctx context.Context, st store.Store, domain Domain, app string, events []audit.Stored) error {
	docs, err := st.List(ctx, domain.Container, app, store.TypeRegistration)
	if err != nil {
		return fmt.Errorf("list registrations of %s/%s: %w", domain.Name, app, err)
	}
	last := map[string]string{} // document id -> digest in its newest event
	for _, e := range events {
		var event audit.Event
		if json.Unmarshal(e.Body, &event) != nil || !event.OfRegistration() {
			continue // audit.Verify reported it, or it is not about a registration
		}
		last[registration.Record{Path: event.Node}.DocumentID()] = digestOf(event.After)
	}
	for _, doc := range docs {
		recorded, known := last[doc.ID]
		stored := "" // of a tombstone
		if !doc.Deleted {
			v.Registrations++
			stored = canon.Sum(doc.Body)
		}
		switch {
		case !known:
			v.report(domain, app, Problem{Rule: "no-event", Message: "registration " + doc.ID + " is not in the trail"})
		case recorded != stored:
			v.report(domain, app, Problem{Rule: "not-as-recorded", Message: "registration " + doc.ID + " differs from the newest event about it"})
		}
		delete(last, doc.ID)
	}
	for id, digest := range last {
		if digest != "" {
			v.report(domain, app, Problem{Rule: "no-registration", Message: "registration " + id + " is in the trail, but not in the store"})
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

// report adds a problem of an app's trail.
func (v *Verification) report(domain Domain, app string, p Problem) {
	p.Domain, p.App = domain.Name, app
	v.Problems = append(v.Problems, p)
}
