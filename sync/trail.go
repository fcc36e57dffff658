// SPDX-License-Identifier: Apache-2.0

package sync

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
	"github.com/appofapps/roster/internal/trail"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// Kinds of the JSON forms of this file.
const (
	LogKind          = "AuditLog"
	VerificationKind = "AuditVerification"
)

// AuditLog is the events of a trail, oldest first.
type AuditLog struct {
	APIVersion string        `json:"apiVersion"` // manifest.APIVersion
	Kind       string        `json:"kind"`       // LogKind
	Events     []audit.Event `json:"events"`
}

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

// Log returns the events that a filter lets through.
func Log(ctx context.Context, st store.Store, filter audit.Filter) (*AuditLog, error) {
	log := &AuditLog{APIVersion: manifest.APIVersion, Kind: LogKind, Events: []audit.Event{}}
	err := eachChain(ctx, st, func(domain plan.Domain, app string) error {
		docs, err := st.List(ctx, domain.Container, app, store.TypeEvent)
		if err != nil {
			return fmt.Errorf("list events of %s/%s: %w", domain.Name, app, err)
		}
		for _, doc := range docs {
			var e audit.Event
			if err := json.Unmarshal(doc.Body, &e); err != nil {
				return fmt.Errorf("read %s of %s/%s: %w; see roster audit verify", doc.ID, domain.Name, app, err)
			}
			if filter.Match(e) {
				log.Events = append(log.Events, e)
			}
		}
		return nil
	})
	slices.SortFunc(log.Events, func(a, b audit.Event) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Domain, b.Domain),
			cmp.Compare(a.App, b.App), cmp.Compare(a.Seq, b.Seq))
	})
	return log, err
}

// system stands for the registry's own record among the domains.
func system() plan.Domain { return plan.Domain{Name: systemContainer, Container: systemContainer} }

// eachChain visits the registry's own chain and those of all recorded domains'
// apps, in order.
func eachChain(ctx context.Context, st store.Store, visit func(domain plan.Domain, app string) error) error {
	_, rec, err := loadRecord(ctx, st)
	if err != nil {
		return err
	}
	if err := visit(system(), systemPartition); err != nil {
		return err
	}
	for _, domain := range rec.domains() {
		apps, err := appsOf(ctx, st, domain)
		if err != nil {
			return err
		}
		for _, app := range apps {
			if err := visit(domain, app); err != nil {
				return err
			}
		}
	}
	return nil
}

// appsOf returns the top-level apps that were ever registered in a domain.
func appsOf(ctx context.Context, st store.Store, domain plan.Domain) ([]string, error) {
	entries, err := st.Entries(ctx, domain.Container)
	if err != nil {
		return nil, fmt.Errorf("list the registrations of domain %s: %w", domain.Name, err)
	}
	var apps []string
	for _, e := range entries {
		apps = append(apps, e.Partition)
	}
	slices.Sort(apps)
	return slices.Compact(apps), nil
}

// Verify checks every chain, and that each registration is what the newest
// event about it says.
func Verify(ctx context.Context, st store.Store) (*Verification, error) {
	v := &Verification{APIVersion: manifest.APIVersion, Kind: VerificationKind, Problems: []Problem{}}
	err := eachChain(ctx, st, func(domain plan.Domain, app string) error {
		return v.chain(ctx, st, domain, app)
	})
	slices.SortStableFunc(v.Problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Domain, b.Domain), strings.Compare(a.App, b.App))
	})
	return v, err
}

func (v *Verification) chain(ctx context.Context, st store.Store, domain plan.Domain, app string) error {
	events, err := st.List(ctx, domain.Container, app, store.TypeEvent)
	if err != nil {
		return fmt.Errorf("list events of %s/%s: %w", domain.Name, app, err)
	}
	head := audit.Head{}
	doc, err := st.Read(ctx, store.Key{Container: domain.Container, Partition: app, ID: trail.HeadID})
	switch {
	case err == nil:
		if head, err = trail.DecodeHead(doc); err != nil {
			v.object(domain, app, "", "head", err.Error())
		}
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("read chain head of %s/%s: %w", domain.Name, app, err)
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
	doc, _, err := loadRecord(ctx, st)
	if err != nil {
		return err
	}
	said, is := "", ""
	if len(events) > 0 {
		if event, err := audit.Decode(events[len(events)-1].Body); err == nil {
			said = digestOf(event.After)
		}
	}
	if doc.ID != "" {
		is = canon.Sum(doc.Body)
	}
	if said != is {
		v.object(system(), systemPartition, "", "not-as-recorded", "the registry's record is not what the newest event about it says")
	}
	return nil
}

// registrations compares what is registered with what the trail says.
func (v *Verification) registrations(ctx context.Context, st store.Store, domain plan.Domain, app string, events []audit.Stored) error {
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

func (v *Verification) object(domain plan.Domain, app, event, rule, message string) {
	v.Problems = append(v.Problems, Problem{Domain: domain.Name, App: app, Event: event, Rule: rule, Message: message})
}
