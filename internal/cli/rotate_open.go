// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

// rotations are a registry's credentials and what renews them.
type rotations struct {
	*session
	containers []string // of the domains, sorted
	targets    []rotate.Target
	config     rotate.Config
}

// openRotations reads the registry and opens its store.
func (s *session) openRotations(ctx context.Context, flags planFlags, readOnly bool) (*rotations, error) {
	if err := s.loadValid(ctx, flags.registryFlags); err != nil {
		return nil, err
	}
	if !readOnly {
		if err := s.demandMerged(ctx); err != nil {
			return nil, err
		}
	}
	containers := map[string]string{}
	for _, d := range s.registry.Domains {
		containers[d.Meta.Name.Value] = d.Container()
	}
	targets, err := rotate.Targets(wire.Systems(), registration.All(s.registry), containers, s.registry.Providers, s.config.Folder)
	if err != nil {
		return nil, err
	}
	if err := s.openStore(ctx, flags.store, readOnly); err != nil {
		return nil, err
	}
	event, err := s.event()
	if err != nil {
		return nil, err
	}
	event.Manifest, event.Policy = s.registry.Digest(), s.registry.PolicyDigest()
	w := &wire.Rotations{Run: s.run, Store: s.store, Folder: s.dir, Event: event}
	return &rotations{session: s, containers: slices.Compact(slices.Sorted(maps.Values(containers))), targets: targets, config: rotate.Config{
		Store: s.store, Source: w.Source, Sink: w.Sink, Now: s.Now, Sleep: retry.Sleep, Random: s.Random, Holder: event.Operation, Event: event,
		Started: func(t rotate.Target, state rotate.State) {
			if s.Terminal {
				s.say("%s %s: %s", t.Node, t.Name, state)
			}
		},
	}}, nil
}

// name returns the name of the registry.
func (r *rotations) name() string { return r.registry.Root.Meta.Name.Value }

// status reads the state of every credential from the store.
func (r *rotations) status(ctx context.Context) (*rotate.Status, error) {
	return rotate.ReadStatus(ctx, r.name(), r.targets, r.store, r.Now())
}

// target finds a credential.
func (r *rotations) target(node, name string) (rotate.Target, error) {
	var there []string
	for _, t := range r.targets {
		if t.Node == node && t.Name == name {
			return t, nil
		}
		there = append(there, t.Node+" "+t.Name)
	}
	if len(there) == 0 {
		return rotate.Target{}, usage("this registry has no renewable credential; add for example rotate: {every: 30d} to one")
	}
	return rotate.Target{}, usage("no renewable credential %q of %q; there are: %s", name, node, strings.Join(there, ", "))
}
