// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// Desired is what the manifests ask for.
type Desired struct {
	Registry      string // name of the Root
	Domains       []plan.Domain
	Registrations []registration.Sealed // by path
	Manifest      string                // digest of all manifests
	Policy        string                // digest of the policy manifests
	Commit        string                // revision of the manifests, if known
	Guardrails    guardrail.Limits
}

// DesiredOf returns what the manifests of a resolved registry ask for. Errors:
// those of registration.SealAll.
func DesiredOf(registry *manifest.Registry, commit string) (Desired, error) {
	registrations, err := registration.SealAll(registration.All(registry))
	if err != nil {
		return Desired{}, err
	}
	d := Desired{
		Registry:      registry.Root.Meta.Name.Value,
		Registrations: registrations,
		Manifest:      registry.Digest(),
		Policy:        registry.PolicyDigest(),
		Commit:        commit,
		Guardrails:    guardrail.Of(registry.Root),
	}
	for _, domain := range registry.Domains {
		d.Domains = append(d.Domains, plan.Domain{Name: domain.Meta.Name.Value, Container: domain.Container()})
	}
	return d, nil
}

// place is the address of a registration.
type place struct {
	container, partition, id string
}

// State is the part of the store's content that planning needs.
type State struct {
	registrations []registration.Sealed // by path; equal digests share the value with Desired
	domains       []plan.Domain         // of the manifests and of the registry document, by name
	digest        string                // of every etag that the plan depends on
	stored        ledger.Registry       // the registry document; zero in an empty store
	entries       map[place]store.Entry // registrations and tombstones
}

// Read reads the state of a store. It fetches a registration only if its body differs
// from the desired one; the digest that a document claims proves nothing. workers
// limits concurrent requests.
// Errors: ledger.ErrForeignStore, ErrContainer, registration.ErrDigest, and those of the store.
func Read(ctx context.Context, st store.Store, desired Desired, workers int) (*State, error) {
	s := &State{entries: map[place]store.Entry{}}
	if err := s.readRegistry(ctx, st, desired.Registry); err != nil {
		return nil, err
	}
	if err := s.joinDomains(desired.Domains); err != nil {
		return nil, err
	}
	if err := s.readEntries(ctx, st, workers); err != nil {
		return nil, err
	}
	if err := s.readRegistrations(ctx, st, desired, workers); err != nil {
		return nil, err
	}
	return s, nil
}

// Commit returns the commit of the manifests that were synced last, "" if none is
// recorded.
func (s *State) Commit() string { return s.stored.Commit }

func (s *State) readRegistry(ctx context.Context, st store.Store, name string) error {
	stored, err := ledger.ReadRegistry(ctx, st)
	if err != nil {
		return err
	}
	s.stored = stored
	return stored.OwnedBy(name)
}

// ErrContainer is returned for a domain that asks for another container than its own. A
// container belongs to one domain for ever: its audit trail names that domain.
var ErrContainer = errors.New("container of another domain")

// joinDomains joins the domains of the manifests and of the registry document. Errors:
// ErrContainer.
func (s *State) joinDomains(wanted []plan.Domain) error {
	if err := s.ownContainers(wanted); err != nil {
		return err
	}
	for _, d := range s.stored.DomainList() {
		s.domains = append(s.domains, plan.Domain{Name: d.Name, Container: d.Container})
	}
	for _, d := range wanted {
		if _, known := s.stored.Domains[d.Name]; !known {
			d.New = true
			s.domains = append(s.domains, d)
		}
	}
	slices.SortFunc(s.domains, func(a, b plan.Domain) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// ownContainers checks that no domain asks for the container of another one. Errors:
// ErrContainer.
func (s *State) ownContainers(wanted []plan.Domain) error {
	owners := map[string]string{} // by container
	for _, d := range s.stored.DomainList() {
		owners[d.Container] = d.Name
	}
	for _, d := range wanted {
		recorded, known := s.stored.Domains[d.Name]
		owner, taken := owners[d.Container]
		switch {
		case known && recorded != d.Container:
			return fmt.Errorf("%w: domain %s is stored in container %q, but its manifest names %q: a domain's container cannot change; set spec.container to %q",
				ErrContainer, d.Name, recorded, d.Container, recorded)
		case taken && owner != d.Name:
			return fmt.Errorf("%w: container %q belongs to domain %s, also after that domain has left the manifests; give domain %s another spec.container",
				ErrContainer, d.Container, owner, d.Name)
		}
		owners[d.Container] = d.Name
	}
	return nil
}

func (s *State) readEntries(ctx context.Context, st store.Store, workers int) error {
	lists, err := parallel.Map(ctx, workers, len(s.domains), func(ctx context.Context, i int) ([]store.Entry, error) {
		entries, err := st.Entries(ctx, s.domains[i].Container, store.TypeRegistration)
		if err != nil {
			return nil, fmt.Errorf("list the registrations of domain %s: %w", s.domains[i].Name, err)
		}
		return entries, nil
	})
	if err != nil {
		return err
	}
	heads := []string{s.stored.ETag}
	for i, list := range lists {
		for _, e := range list {
			s.entries[place{s.domains[i].Container, e.Partition, e.ID}] = e
			heads = append(heads, s.domains[i].Container+"/"+e.Partition+"/"+e.ID+" "+e.ETag)
		}
	}
	s.digest, err = canon.Digest(heads)
	return err
}

// readRegistrations fills in Registrations. A registration whose digest equals the
// desired one is taken from there; all others are read from the store.
func (s *State) readRegistrations(ctx context.Context, st store.Store, desired Desired, workers int) error {
	containers := map[string]string{}
	for _, d := range s.domains {
		containers[d.Name] = d.Container
	}
	unchanged := map[place]bool{}
	for _, r := range desired.Registrations {
		at := place{containers[r.Domain], r.Partition(), r.DocumentID()}
		entry, known := s.entries[at]
		if !known || entry.Deleted {
			continue
		}
		if r.Digest() == entry.Sum && entry.Sum == entry.Digest {
			unchanged[at] = true
			s.registrations = append(s.registrations, r)
		}
	}
	changed, err := s.fetch(ctx, st, unchanged, workers)
	if err != nil {
		return err
	}
	s.registrations = append(s.registrations, changed...)
	slices.SortFunc(s.registrations, func(a, b registration.Sealed) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// fetch reads every registration that is not a tombstone and not known.
func (s *State) fetch(ctx context.Context, st store.Store, known map[place]bool, workers int) ([]registration.Sealed, error) {
	var wanted []place
	for at, entry := range s.entries {
		if !entry.Deleted && !known[at] {
			wanted = append(wanted, at)
		}
	}
	slices.SortFunc(wanted, func(a, b place) int {
		return strings.Compare(a.container+"/"+a.partition+"/"+a.id, b.container+"/"+b.partition+"/"+b.id)
	})
	return parallel.Map(ctx, workers, len(wanted), func(ctx context.Context, i int) (registration.Sealed, error) {
		at := wanted[i]
		doc, err := st.Read(ctx, store.Key{Container: at.container, Partition: at.partition, ID: at.id})
		if err != nil {
			return registration.Sealed{}, fmt.Errorf("read registration %s of %s: %w", at.id, at.partition, err)
		}
		return openRegistration(doc)
	})
}

// ErrIdle is returned for an override of a guardrail that refuses nothing.
var ErrIdle = errors.New("override matches nothing")

// Plan returns the changes that make the store equal to desired, and the refusals
// of the guardrails at a time. allowed names the guardrails to override; other
// overrides are ignored. Errors: ErrIdle.
func Plan(state *State, desired Desired, allowed []string, now time.Time) (*plan.Plan, error) {
	inputs := plan.Inputs{Manifest: desired.Manifest, Policy: desired.Policy, Store: state.digest, Commit: desired.Commit}
	p, err := plan.New(desired.Registry, state.registrations, desired.Registrations, inputs, state.domains)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	p.Refuse(desired.Guardrails, state.registrations, guardrail.Since(state.stored.Recent, now), nil)
	if err := idle(p.Refusals, allowed); err != nil {
		return nil, err
	}
	p.Refusals = slices.DeleteFunc(p.Refusals, func(r guardrail.Refusal) bool { return slices.Contains(allowed, r.Override) })
	return p, nil
}

// idle returns ErrIdle for an override of a guardrail that objects to nothing. One with
// another number or name is refused by the guardrail itself.
func idle(refusals []guardrail.Refusal, allowed []string) error {
	for _, override := range allowed {
		name, _, _ := strings.Cut(override, "=")
		objects := slices.ContainsFunc(refusals, func(r guardrail.Refusal) bool { return strings.HasPrefix(r.Override, name+"=") })
		if slices.Contains(guardrail.Overrides(), name) && !objects {
			return fmt.Errorf("%w: no guardrail objects to this plan by %q; remove it from --allow", ErrIdle, override)
		}
	}
	return nil
}
