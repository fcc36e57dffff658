// SPDX-License-Identifier: Apache-2.0

// Package plan computes what would change: the difference of two sets of
// registrations, sorted, as data that survives JSON. Start with New, or with Decode
// for a saved plan.
//
//	before   after    change
//	absent   absent   none
//	absent   present  create
//	present  present  none if their canonical bytes are equal, else update
//	present  absent   delete
//
// Equal inputs give equal bytes: the package reads no store, clock or environment.
// Guardrails judge a finished plan (see Refuse) and never change it.
package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
)

// Kind is the kind of a plan's JSON form.
const Kind = "Plan"

// Action is what happens to a registration.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// A Plan is the changes between two states, and the inputs that it was made from.
type Plan struct {
	APIVersion string              `json:"apiVersion"` // manifest.APIVersion
	Kind       string              `json:"kind"`       // Kind
	Registry   string              `json:"registry"`   // name of the Root
	Inputs     Inputs              `json:"inputs"`
	Domains    []Domain            `json:"domains"`    // of all changes, by name
	Changes    []Change            `json:"changes"`    // by path
	Identities []IdentityChange    `json:"identities"` // those whose access changes, by subject
	Refusals   []guardrail.Refusal `json:"refusals"`   // by guardrails
	Digest     string              `json:"digest"`     // of all fields but itself and Refusals
}

// Inputs are the digests of what a plan was computed from. The plan is stale as
// soon as one of them changes.
type Inputs struct {
	Manifest string `json:"manifest"`         // manifest.Registry.Digest
	Policy   string `json:"policy"`           // manifest.Registry.PolicyDigest
	Store    string `json:"store"`            // digest of every etag in the domains' containers
	Commit   string `json:"commit,omitempty"` // the revision the manifests came from, if known
}

// Domain is the container of a domain. New is true if the store does not have it yet.
type Domain struct {
	Name      string `json:"name"`
	Container string `json:"container"`
	New       bool   `json:"new,omitempty"`
}

// A Change is one registration before and after.
type Change struct {
	Action  Action               `json:"action"`
	Node    string               `json:"node"`
	Before  *registration.Sealed `json:"before,omitempty"`
	After   *registration.Sealed `json:"after,omitempty"`
	Fields  []string             `json:"fields,omitempty"`  // of an update: the names that differ
	Added   []string             `json:"added,omitempty"`   // scopes held after and not covered before
	Removed []string             `json:"removed,omitempty"` // scopes held before and not covered after
}

// An IdentityChange is what one identity gains and loses, over all nodes that it can
// act as.
type IdentityChange struct {
	Identity string   `json:"identity"`
	Gains    []string `json:"gains,omitempty"`
	Loses    []string `json:"loses,omitempty"`
}

// Subject returns the registration that the change is about: the one after,
// or, of a deletion, the one before.
func (c Change) Subject() registration.Sealed {
	if c.After != nil {
		return *c.After
	}
	return *c.Before
}

// Count returns the number of changes of an action.
func (p *Plan) Count(action Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == action {
			n++
		}
	}
	return n
}

// Empty reports whether applying the plan would write nothing.
func (p *Plan) Empty() bool {
	return len(p.Changes) == 0 && !slices.ContainsFunc(p.Domains, func(d Domain) bool { return d.New })
}

// Diff returns the changes that lead from before to after. Both lists are
// sorted by path and hold a path once.
func Diff(before, after []registration.Sealed) ([]Change, error) {
	var changes []Change
	budget := access.NewBudget(changeSteps)
	for len(before) > 0 || len(after) > 0 {
		var change *Change
		var err error
		switch order := compareHeads(before, after); {
		case order < 0:
			change, before = removal(budget, &before[0]), before[1:]
		case order > 0:
			change, after = creation(budget, &after[0]), after[1:]
		default:
			change, err = update(budget, &before[0], &after[0])
			before, after = before[1:], after[1:]
		}
		if err != nil {
			return nil, err
		}
		if change != nil {
			changes = append(changes, *change)
		}
	}
	return changes, nil
}

func compareHeads(before, after []registration.Sealed) int {
	switch {
	case len(before) == 0:
		return 1
	case len(after) == 0:
		return -1
	}
	return strings.Compare(before[0].Path, after[0].Path)
}

func creation(budget *access.Budget, after *registration.Sealed) *Change {
	return &Change{Action: Create, Node: after.Path, After: after, Added: uncovered(budget, after.Scopes, nil)}
}

func removal(budget *access.Budget, before *registration.Sealed) *Change {
	return &Change{Action: Delete, Node: before.Path, Before: before, Removed: uncovered(budget, before.Scopes, nil)}
}

func update(budget *access.Budget, before, after *registration.Sealed) (*Change, error) {
	fields, err := differingFields(before, after)
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	return &Change{
		Action: Update, Node: after.Path, Before: before, After: after, Fields: fields,
		Added:   uncovered(budget, after.Scopes, before.Scopes),
		Removed: uncovered(budget, before.Scopes, after.Scopes),
	}, nil
}

// changeSteps is what the questions about all changes, or about all identities, may
// cost: about a second.
const changeSteps = 16 * access.DefaultBudget

// uncovered returns the scopes of list that are not wholly included in the
// union of others: exact at the grain of a declared scope. What cannot be
// proven to be covered within the budget is listed.
func uncovered(budget *access.Budget, list, others []string) []string {
	if slices.Equal(list, others) {
		return nil
	}
	cover := access.UnionOf(others)
	var result []string
	for _, text := range list {
		if !budget.Included(access.UnionOf([]string{text}), cover).Holds {
			result = append(result, text)
		}
	}
	return result
}

// differingFields returns the JSON names of the top-level fields in which two
// registrations differ.
func differingFields(before, after *registration.Sealed) ([]string, error) {
	if before.Digest() == after.Digest() {
		return nil, nil
	}
	return fieldsThatDiffer(before.Bytes(), after.Bytes())
}

// Seal fills in the plan's digest.
func (p *Plan) Seal() error {
	digest, err := p.sum()
	if err != nil {
		return err
	}
	p.Digest = digest
	return nil
}

// Intact reports whether the plan still has the digest that Seal computed.
func (p *Plan) Intact() (bool, error) {
	digest, err := p.sum()
	return digest == p.Digest, err
}

func (p *Plan) sum() (string, error) {
	bare := *p
	bare.Digest, bare.Refusals = "", nil
	digest, err := canon.Digest(bare)
	if err != nil {
		return "", fmt.Errorf("digest plan: %w", err)
	}
	return digest, nil
}

// New returns the sealed plan from before to after. Both lists are sorted by
// path; inputs and domains are stored as given.
func New(registry string, before, after []registration.Sealed, inputs Inputs, domains []Domain) (*Plan, error) {
	changes, err := Diff(before, after)
	if err != nil {
		return nil, err
	}
	p := &Plan{
		APIVersion: manifest.APIVersion,
		Kind:       Kind,
		Registry:   registry,
		Inputs:     inputs,
		Domains:    domains,
		Changes:    changes,
		Identities: identityChanges(before, after, changes),
		Refusals:   []guardrail.Refusal{},
	}
	p.fill()
	return p, p.Seal()
}

// fill makes absent lists empty ones, so that the plan is the same data before
// and after it was JSON.
func (p *Plan) fill() {
	if p.Domains == nil {
		p.Domains = []Domain{}
	}
	if p.Changes == nil {
		p.Changes = []Change{}
	}
	if p.Identities == nil {
		p.Identities = []IdentityChange{}
	}
}
