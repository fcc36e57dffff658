// SPDX-License-Identifier: Apache-2.0

// Package doctor finds out why a run cannot use its store. Start with Examine. It
// checks the identity of the run, its assertion, whether Entra accepts it, the
// database, the containers, and the permissions on them. For each problem the
// Diagnosis has the command that fixes it.
//
// The package changes nothing and prints no token. It asks the store only the three
// questions of Prober.
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

// Kind is the kind of a Diagnosis in JSON.
const Kind = "Diagnosis"

// State is the result of a check.
type State string

// The states.
const (
	OK        State = "ok"
	Lacking   State = "lacking"
	Excessive State = "excessive" // more than needed: nothing fails, but remove it
)

// Check is one check and its result.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail,omitempty"`
	Fix    string `json:"fix,omitempty"` // the command that fixes the problem
}

// Diagnosis is the result of an examination.
type Diagnosis struct {
	APIVersion string  `json:"apiVersion"` // manifest.APIVersion
	Kind       string  `json:"kind"`       // Kind
	Store      string  `json:"store"`
	For        Purpose `json:"for"`
	Checks     []Check `json:"checks"`
}

// Healthy reports whether no check is Lacking.
func (d *Diagnosis) Healthy() bool {
	return !slices.ContainsFunc(d.Checks, func(c Check) bool { return c.State == Lacking })
}

// Purpose is the command that the identity runs.
type Purpose string

// The purposes.
const (
	Plan Purpose = "plan" // reads
	Sync Purpose = "sync" // reads, creates and replaces
)

// Rights are the actions of the data plane that each purpose needs, and those that
// no purpose needs, with the step that takes those away.
type Rights struct {
	Needed map[Purpose][]string
	Excess []string
	Narrow string
}

// Identity is the identity of the run.
type Identity interface {
	// Claims returns the claims that an exchange would present.
	Claims(ctx context.Context) (identity.Claims, error)
	// Principal requests a token and returns the principal in it.
	Principal(ctx context.Context, scope string) (identity.Principal, error)
}

// Prober is a store that can be examined without changing it.
type Prober interface {
	// ProbeDatabase returns nil if the database exists.
	ProbeDatabase(ctx context.Context) error
	// ProbeContainer returns nil if a container exists with the right layout.
	ProbeContainer(ctx context.Context, container string) error
	// ProbeAction returns nil if the identity has the permission for an action in a
	// container.
	ProbeAction(ctx context.Context, container, action string) error
}

// Case is the input of an examination.
type Case struct {
	Store      string // as --store names it
	For        Purpose
	Who        string   // the identity in words; "" if none is needed
	Identity   Identity // nil if none is needed
	Scope      string   // of the token for the store
	Prober     Prober
	Containers []string // that must exist, in order
	Rights     Rights
}

// Examine runs the checks of a case in order. It skips checks whose preconditions
// failed.
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

// examination is a running examination.
type examination struct {
	Case
	diagnosis *Diagnosis
	principal string // object id, "" if not known
}

func (e *examination) add(c Check) { e.diagnosis.Checks = append(e.diagnosis.Checks, c) }

// identity checks the identity, its assertion, and whether Entra accepts it.
func (e *examination) identity(ctx context.Context) bool {
	if e.Identity == nil {
		e.add(Check{Name: "identity", State: OK, Detail: "not needed: " + e.Store + " is on this machine"})
		return true
	}
	e.add(Check{Name: "identity", State: OK, Detail: e.Who})
	claims, err := e.Identity.Claims(ctx)
	switch {
	case errors.Is(err, identity.ErrNoClaims):
		e.add(Check{Name: "assertion", State: OK, Detail: "not needed: a developer's login is used"})
	case err != nil:
		e.add(Check{Name: "assertion", State: Lacking, Detail: err.Error()})
		return false
	default:
		e.add(Check{Name: "assertion", State: OK, Detail: presented(claims)})
	}
	principal, err := e.Identity.Principal(ctx, e.Scope)
	refused, isRefused := errors.AsType[*identity.Refused](err)
	switch {
	case isRefused:
		e.add(Check{Name: identity.Service, State: Lacking, Detail: fmt.Sprintf("%s (AADSTS%d)", strings.TrimSuffix(refused.Sentence, "."), refused.Code), Fix: refused.Next})
		return false
	case err != nil:
		e.add(Check{Name: identity.Service, State: Lacking, Detail: err.Error()})
		return false
	}
	e.principal = principal.Object
	detail := "accepted, token expires at " + principal.Expires.UTC().Format(time.RFC3339)
	if e.principal != "" {
		detail += ", principal " + e.principal
	}
	e.add(Check{Name: identity.Service, State: OK, Detail: detail})
	return true
}

// presented returns the claims of an assertion as a phrase.
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

// database checks that the account answers and that the database exists.
func (e *examination) database(ctx context.Context) bool {
	err := e.Prober.ProbeDatabase(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		e.add(Check{Name: "database", State: Lacking, Detail: "does not exist", Fix: e.provision()})
		return false
	case err != nil:
		e.add(Check{Name: "database", State: Lacking, Detail: err.Error(), Fix: e.fixDenied(err)})
		return false
	}
	e.add(Check{Name: "database", State: OK, Detail: "exists"})
	return true
}

func (e *examination) container(ctx context.Context, name string) bool {
	check := Check{Name: "container " + name, State: OK, Detail: "exists"}
	err := e.Prober.ProbeContainer(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		check = Check{Name: check.Name, State: Lacking, Detail: "does not exist", Fix: e.provision()}
	case err != nil:
		check = Check{Name: check.Name, State: Lacking, Detail: err.Error(), Fix: e.fixDenied(err)}
	}
	e.add(check)
	return err == nil
}

// rights checks the permissions of the identity in one container: those that it
// needs, and those that nobody needs.
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
		check.State, check.Fix = Lacking, e.fixDenied(err)
	}
	check.Detail = "can " + strings.Join(granted, ", ")
	if len(lacking) > 0 {
		check.Detail = "cannot " + strings.Join(lacking, "; ")
	}
	e.add(check)
	e.excess(ctx, container)
}

// excess checks for permissions that the purpose does not need.
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
			Name: "least privilege in " + container, State: Excessive,
			Detail: fmt.Sprintf("can %s, which a %s never needs", strings.Join(excess, ", "), e.For),
			Fix:    e.Rights.Narrow,
		})
	}
}

// beyond returns the actions that other purposes need and this one does not.
func beyond(r Rights, purpose Purpose) []string {
	var more []string
	for _, action := range r.Needed[Sync] {
		if !slices.Contains(r.Needed[purpose], action) {
			more = append(more, action)
		}
	}
	return more
}

// principalText finds the principal in a refusal of the account.
var principalText = regexp.MustCompile(`principal \[([0-9a-fA-F-]{36})\]`)

// fixDenied returns the command that grants a denied permission; "" for another
// error.
func (e *examination) fixDenied(err error) string {
	if !errors.Is(err, store.ErrDenied) {
		return ""
	}
	if found := principalText.FindStringSubmatch(err.Error()); found != nil {
		e.principal = found[1]
	}
	return e.provision()
}

// provision returns the command that creates the missing resources in Azure.
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
