// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/manifest"
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

// Verify checks every chain, and that each stored document is what the newest event
// about it says. Errors: those of the store; contradictions are Problems.
func Verify(ctx context.Context, st store.Store) (*Verification, error) {
	v := &Verification{APIVersion: manifest.APIVersion, Kind: VerificationKind, Problems: []Problem{}}
	err := eachChain(ctx, st, func(domain Domain, app string) error {
		docs, err := st.List(ctx, domain.Container, app, store.AnyType)
		if err != nil {
			return fmt.Errorf("list the documents of %s/%s: %w", domain.Name, app, err)
		}
		v.partition(domain, app, docs)
		return nil
	})
	slices.SortStableFunc(v.Problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Domain, b.Domain), strings.Compare(a.App, b.App))
	})
	return v, err
}

// partition checks the chain of an app, and the documents of its partition.
func (v *Verification) partition(domain Domain, app string, docs []store.Document) {
	var stored []audit.Stored
	var head audit.Head
	for _, doc := range docs {
		switch {
		case doc.Type == store.TypeEvent:
			stored = append(stored, audit.Stored{ID: doc.ID, Body: doc.Body})
		case doc.ID == headID && json.Unmarshal(doc.Body, &head) != nil:
			head = audit.Head{}
			v.report(domain, app, Problem{Rule: "head", Message: errHead.Error()})
		}
	}
	if len(stored) > 0 || head != (audit.Head{}) {
		v.Chains++
	}
	v.Events += len(stored)
	for _, p := range audit.Verify(audit.Chain{Domain: domain.Name, App: app}, stored, head, store.EventID) {
		v.report(domain, app, Problem{Event: p.Event, Rule: string(p.Rule), Message: p.Message})
	}
	r := recordOf(stored)
	for _, doc := range docs {
		if doc.Type == store.TypeRegistration && !doc.Deleted {
			v.Registrations++
		}
		if p := r.problem(doc); p != nil {
			v.report(domain, app, *p)
		}
		delete(r.named, doc.ID)
	}
	for _, missing := range slices.Sorted(maps.Keys(r.named)) {
		if p := lacking(r.named[missing]); p != nil {
			v.report(domain, app, *p)
		}
	}
}

// report adds a problem of an app's trail.
func (v *Verification) report(domain Domain, app string, p Problem) {
	p.Domain, p.App = domain.Name, app
	v.Problems = append(v.Problems, p)
}
