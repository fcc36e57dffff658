// SPDX-License-Identifier: Apache-2.0

// Package doctor finds out why a run cannot reach its store, or would not be let
// in: who it is, what vouches for it, whether Entra believes that, and whether
// the database, its containers and the rights to them are there. It changes
// nothing and prints no token; for each lack it names the command that mends it.
//
// It knows a store only by the three questions of Prober.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
)

// Kind is the kind of a diagnosis' JSON form.
const Kind = "Diagnosis"

// State is what a check found.
type State string

// The states.
const (
	OK      State = "ok"
	Lacking State = "lacking"
	Wide    State = "wide" // more than is needed: nothing fails, but it should go
)

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail,omitempty"`
	Mend   string `json:"mend,omitempty"` // the command that mends a lack
}

// Diagnosis is all that was found.
type Diagnosis struct {
	APIVersion string  `json:"apiVersion"` // manifest.APIVersion
	Kind       string  `json:"kind"`       // Kind
	Store      string  `json:"store"`
	For        Purpose `json:"for"`
	Checks     []Check `json:"checks"`
}

// Healthy reports whether nothing is lacking.
func (d *Diagnosis) Healthy() bool {
	return !slices.ContainsFunc(d.Checks, func(c Check) bool { return c.State == Lacking })
}

// Purpose is what the identity is for.
type Purpose string

// The purposes.
const (
	Plan Purpose = "plan" // reads
	Sync Purpose = "sync" // reads, creates and replaces
)

// Rights are the actions of the data plane that a purpose needs, and those that
// none does.
type Rights struct {
	Needed map[Purpose][]string
	Excess []string
}

// Identity is who runs.
type Identity interface {
	// Claims returns what an exchange would present.
	Claims(ctx context.Context) (identity.Claims, error)
	// Principal has Entra judge it.
	Principal(ctx context.Context, scope string) (identity.Principal, error)
}

// Prober is a store that can be asked about itself without a change to it.
type Prober interface {
	// ProbeDatabase returns nil if the database is there.
	ProbeDatabase(ctx context.Context) error
	// ProbeContainer returns nil if a container is there and laid out well.
	ProbeContainer(ctx context.Context, container string) error
	// ProbeAction returns nil if the identity may do something in a container.
	ProbeAction(ctx context.Context, container, action string) error
}

// Case is what there is to examine.
type Case struct {
	Store      string // as --store names it
	For        Purpose
	Who        string   // the identity in words; "" if none is needed
	Identity   Identity // nil if none is needed
	Scope      string   // of the token for the store
	Prober     Prober
	Containers []string // that must be there, in order
	Rights     Rights
}

// Examine makes every check of a case whose grounds are given.
func Examine(ctx context.Context, c Case) *Diagnosis {
	e := &examination{Case: c, diagnosis: &Diagnosis{APIVersion: manifest.APIVersion, Kind: Kind, Store: c.Store, For: c.For}}
	if !e.identity(ctx) {
		return e.diagnosis
	}
	if !e.database(ctx) {
		return e.diagnosis
	}
	var there []string
	for _, name := range c.Containers {
		if e.container(ctx, name) {
			there = append(there, name)
		}
	}
	for _, name := range there {
		e.rights(ctx, name)
	}
	return e.diagnosis
}

// examination is one on its way.
type examination struct {
	Case
	diagnosis *Diagnosis
	principal string // object id, "" if not known
}

func (e *examination) add(c Check) { e.diagnosis.Checks = append(e.diagnosis.Checks, c) }

// identity checks who runs, what vouches for it, and what Entra makes of that.
func (e *examination) identity(ctx context.Context) bool {
	if e.Identity == nil {
		e.add(Check{Name: "identity", State: OK, Detail: "none is needed: " + e.Store + " is on this machine"})
		return true
	}
	e.add(Check{Name: "identity", State: OK, Detail: e.Who})
	claims, err := e.Identity.Claims(ctx)
	switch {
	case errors.Is(err, identity.ErrNoClaims):
		e.add(Check{Name: "assertion", State: OK, Detail: "none: a developer's own login is used"})
	case err != nil:
		e.add(Check{Name: "assertion", State: Lacking, Detail: err.Error()})
		return false
	default:
		e.add(Check{Name: "assertion", State: OK, Detail: presented(claims)})
	}
	principal, err := e.Identity.Principal(ctx, e.Scope)
	var refused *identity.Refused
	switch {
	case errors.As(err, &refused):
		e.add(Check{Name: "Entra ID", State: Lacking, Detail: fmt.Sprintf("%s (AADSTS%d)", strings.TrimSuffix(refused.Sentence, "."), refused.Code), Mend: refused.Next})
		return false
	case err != nil:
		e.add(Check{Name: "Entra ID", State: Lacking, Detail: err.Error()})
		return false
	}
	e.principal = principal.Object
	detail := "accepts it, token until " + principal.Expires.UTC().Format(time.RFC3339)
	if e.principal != "" {
		detail += ", principal " + e.principal
	}
	e.add(Check{Name: "Entra ID", State: OK, Detail: detail})
	return true
}

// presented is what an assertion claims, in words.
func presented(c identity.Claims) string {
	spellings := c.Spellings()
	subject := "subject " + spellings[0]
	if len(spellings) > 1 {
		subject += " (also spelt " + strings.Join(spellings[1:], ", ") + ")"
	}
	parts := []string{subject, "issuer " + c.Issuer, "audience " + strings.Join(c.Audience, " ")}
	if !c.Expires.IsZero() {
		parts = append(parts, "until "+c.Expires.UTC().Format(time.RFC3339))
	}
	return strings.Join(parts, ", ")
}

// database checks that the account answers and has the database.
func (e *examination) database(ctx context.Context) bool {
	err := e.Prober.ProbeDatabase(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		e.add(Check{Name: "database", State: Lacking, Detail: "it is not there", Mend: e.provision()})
		return false
	case err != nil:
		e.add(Check{Name: "database", State: Lacking, Detail: err.Error(), Mend: e.mendDenied(err)})
		return false
	}
	e.add(Check{Name: "database", State: OK, Detail: "is there"})
	return true
}

func (e *examination) container(ctx context.Context, name string) bool {
	check := Check{Name: "container " + name, State: OK, Detail: "is there"}
	err := e.Prober.ProbeContainer(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		check = Check{Name: check.Name, State: Lacking, Detail: "it is not there", Mend: e.provision()}
	case err != nil:
		check = Check{Name: check.Name, State: Lacking, Detail: err.Error(), Mend: e.mendDenied(err)}
	}
	e.add(check)
	return err == nil
}

// rights checks what the identity may do in one container: what it needs to, and
// what nobody does.
func (e *examination) rights(ctx context.Context, container string) {
	var granted, lacking []string
	check := Check{Name: "rights in " + container, State: OK}
	for _, action := range e.Rights.Needed[e.For] {
		err := e.Prober.ProbeAction(ctx, container, action)
		if err == nil {
			granted = append(granted, action)
			continue
		}
		lacking = append(lacking, action+": "+err.Error())
		check.State, check.Mend = Lacking, e.mendDenied(err)
	}
	check.Detail = "may " + strings.Join(granted, ", ")
	if len(lacking) > 0 {
		check.Detail = "may not " + strings.Join(lacking, "; ")
	}
	e.add(check)
	e.excess(ctx, container)
}

// excess checks for rights that the purpose does not need.
func (e *examination) excess(ctx context.Context, container string) {
	var excess []string
	for _, action := range append(slices.Clone(e.Rights.Excess), beyond(e.Rights, e.For)...) {
		if e.Identity != nil && e.Prober.ProbeAction(ctx, container, action) == nil {
			excess = append(excess, action)
		}
	}
	if len(excess) > 0 {
		slices.Sort(excess)
		e.add(Check{
			Name: "least privilege in " + container, State: Wide,
			Detail: fmt.Sprintf("may %s, which a %s never needs", strings.Join(excess, ", "), e.For),
			Mend:   "take its wider role away: az cosmosdb sql role assignment list, then delete",
		})
	}
}

// beyond returns what another purpose needs and this one does not.
func beyond(r Rights, purpose Purpose) []string {
	var more []string
	for _, action := range r.Needed[Sync] {
		if !slices.Contains(r.Needed[purpose], action) {
			more = append(more, action)
		}
	}
	return more
}

// principalText finds whom the account's refusal names.
var principalText = regexp.MustCompile(`principal \[([0-9a-fA-F-]{36})\]`)

// mendDenied is the command that gives a right that was denied; "" for another
// error.
func (e *examination) mendDenied(err error) string {
	if !errors.Is(err, store.ErrDenied) {
		return ""
	}
	if found := principalText.FindStringSubmatch(err.Error()); found != nil {
		e.principal = found[1]
	}
	return e.provision()
}

// provision is the command that makes whatever is lacking in Azure.
func (e *examination) provision() string {
	role, principal := "--writer", e.principal
	if e.For == Plan {
		role = "--reader"
	}
	if principal == "" {
		principal = "OBJECT_ID"
	}
	return fmt.Sprintf("roster store init --store %s --subscription SUBSCRIPTION %s %s (roster store bicep prints the same)", e.Store, role, principal)
}
