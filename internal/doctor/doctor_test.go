// SPDX-License-Identifier: Apache-2.0

package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/store"
)

// patient is an identity and a store with some errors; what has none is well.
type patient struct {
	claims, token, database error
	containers, actions     map[string]error // by container, by action
}

func (p *patient) Claims(context.Context) (identity.Claims, error) {
	return identity.Claims{Issuer: "https://issuer", Subject: "somebody", Audience: []string{"us"}}, p.claims
}

func (p *patient) Principal(context.Context, string) (identity.Principal, error) {
	return identity.Principal{Object: "me", Expires: time.Unix(0, 0)}, p.token
}

func (p *patient) ProbeDatabase(context.Context) error { return p.database }

func (p *patient) ProbeContainer(_ context.Context, name string) error { return p.containers[name] }

func (p *patient) ProbeAction(_ context.Context, _, action string) error {
	return p.actions[action]
}

// examine returns the checks in one line each.
func examine(p *patient, purpose doctor.Purpose, who doctor.Identity) (lines []string, healthy bool) {
	d := doctor.Examine(context.Background(), doctor.Case{
		Store: "cosmos:x", For: purpose, Who: "a test", Identity: who, Prober: p, Containers: []string{"a", "b"},
		Rights: doctor.Rights{
			Narrow: "remove its wider role: az cosmosdb sql role assignment list, then delete",
			Needed: map[doctor.Purpose][]string{doctor.Plan: {"read"}, doctor.Sync: {"read", "write"}},
			Excess: []string{"delete"},
		},
	})
	for _, c := range d.Checks {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", c.State, c.Name, c.Detail, c.Fix)))
	}
	return lines, d.Healthy()
}

func TestExamine(t *testing.T) {
	t.Parallel()
	denied := fmt.Errorf("%w: principal [0b7ec700-5a4b-4c3d-9e2f-1a0b9c8d7e6f] lacks it", store.ErrDenied)
	none := map[string]error{"delete": denied}
	for _, c := range []struct {
		name    string
		patient patient
		purpose doctor.Purpose
		nobody  bool // no identity is needed
		healthy bool
		says    []string // the beginnings of the last checks
	}{
		{name: "well", patient: patient{actions: none}, purpose: doctor.Sync, healthy: true, says: []string{"ok rights in a: can read, write", "ok rights in b: can read, write"}},
		{name: "no identity needed", purpose: doctor.Sync, nobody: true, healthy: true, says: []string{"ok rights in b: can read, write"}},
		{name: "a developer", patient: patient{claims: identity.ErrNoClaims, actions: none}, purpose: doctor.Sync, healthy: true, says: []string{"ok rights in b"}},
		{name: "no assertion", patient: patient{claims: errors.New("none")}, purpose: doctor.Sync, says: []string{"lacking assertion: none"}},
		{
			name: "refused", patient: patient{token: &identity.Refused{Code: 700213, Sentence: "No match.", Next: "do this"}}, purpose: doctor.Sync,
			says: []string{"lacking Entra ID: No match (AADSTS700213) do this"},
		},
		{
			name: "no database", patient: patient{database: store.ErrNotFound}, purpose: doctor.Plan,
			says: []string{"lacking database: does not exist roster store init --store cosmos:x --subscription SUBSCRIPTION --reader me "},
		},
		{
			name: "no container", patient: patient{containers: map[string]error{"a": store.ErrNotFound}, actions: none}, purpose: doctor.Sync,
			says: []string{"lacking container a: does not exist roster store init", "ok container b", "ok rights in b"},
		},
		{
			name: "a right is missing", patient: patient{actions: map[string]error{"write": denied, "delete": denied}}, purpose: doctor.Sync,
			says: []string{"lacking rights in b: cannot write: permission denied by the store: principal [0b7ec700-5a4b-4c3d-9e2f-1a0b9c8d7e6f] lacks it roster store init --store cosmos:x --subscription SUBSCRIPTION --writer 0b7ec700-5a4b-4c3d-9e2f-1a0b9c8d7e6f"},
		},
		{name: "too much for a plan", purpose: doctor.Plan, healthy: true, says: []string{"excessive least privilege in b: can delete, write, which a plan never needs"}},
		{name: "too much for a sync", purpose: doctor.Sync, healthy: true, says: []string{"excessive least privilege in b: can delete, which a sync never needs"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := c.patient
			var who doctor.Identity = &p
			if c.nobody {
				who = nil
			}
			lines, healthy := examine(&p, c.purpose, who)
			last := lines[max(len(lines)-len(c.says), 0):]
			for i, want := range c.says {
				if !strings.HasPrefix(last[i], want) {
					t.Errorf("check %d is\n%s, want\n%s", i, last[i], want)
				}
			}
			if healthy != c.healthy {
				t.Errorf("healthy %t:\n%s", healthy, strings.Join(lines, "\n"))
			}
		})
	}
}

func TestExamineFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "registry.db")
	healthy := func(context.Context) error { return nil }
	examine := func(path string, open func(context.Context) error) string {
		d := doctor.ExamineFile(t.Context(), doctor.Case{Store: "local:" + path, For: doctor.Sync}, path, open)
		var lines []string
		for _, c := range d.Checks {
			lines = append(lines, fmt.Sprintf("%s %s: %s%s", c.Name, c.State, c.Detail, c.Fix))
		}
		return strings.Join(lines, "\n")
	}
	expect := func(got string, words ...string) {
		t.Helper()
		for _, word := range words {
			if !strings.Contains(got, word) {
				t.Errorf("the diagnosis does not say %q:\n%s", word, got)
			}
		}
	}
	expect(examine(path, nil), "identity ok: none is needed", "file ok:", "does not exist yet; roster sync creates it")
	expect(examine(filepath.Dir(path), nil), "file lacking:", "is a folder; name a file, as local:"+path)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(examine(path, healthy), "file ok:", "rights ok:")
	expect(examine(path, func(context.Context) error { return errors.New("not a database") }), "file lacking: not a database")
	if os.Geteuid() != 0 { // whom no mode keeps from writing
		if err := os.Chmod(path, 0o400); err != nil {
			t.Fatal(err)
		}
		expect(examine(path, healthy), "file ok:", "rights lacking:", "chmod u+w")
	}
}
