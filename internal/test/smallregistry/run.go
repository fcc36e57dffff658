// SPDX-License-Identifier: Apache-2.0

package smallregistry

import (
	"context"
	"testing"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/sync"
)

// Config returns the configuration of a sync by ada at a fixed time.
func Config(operation string) sync.Config {
	return sync.Config{
		Actor: audit.Actor{Kind: audit.ActorPerson, Name: "ada"}, Operation: operation,
		Now: func() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) },
	}
}

// Run reads, plans and applies, like the command sync.
func Run(ctx context.Context, st store.Store, desired sync.Desired, config sync.Config) (*sync.Result, error) {
	state, err := sync.Read(ctx, st, desired, 4)
	if err != nil {
		return nil, err
	}
	p, err := sync.Plan(state, desired, nil, config.Now())
	if err != nil {
		return nil, err
	}
	p.Refusals = nil // other tests cover the guardrails
	config.Guardrails = desired.Guardrails
	return sync.Apply(ctx, st, p, state, config)
}

// MustRun is Run, but fails the test on an error.
func MustRun(t testing.TB, st store.Store, desired sync.Desired, operation string) *sync.Result {
	t.Helper()
	result, err := Run(t.Context(), st, desired, Config(operation))
	if err != nil {
		t.Fatalf("sync %s: %v", operation, err)
	}
	return result
}
