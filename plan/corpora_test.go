// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/appofapps/roster/internal/test/corpora"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
)

// movement is what came and went of a set.
type movement struct {
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

// identityMovement is the same of what an identity holds.
type identityMovement struct {
	Gains []string `json:"gains"`
	Loses []string `json:"loses"`
}

// expectedDiff is what the source of the registry says of two of its revisions.
type expectedDiff struct {
	NodesAdded     []string                    `json:"nodesAdded"`
	NodesRemoved   []string                    `json:"nodesRemoved"`
	VersionChanged map[string][2]string        `json:"versionChanged"`
	ConfigChanged  []string                    `json:"configChanged"`
	Scopes         map[string]movement         `json:"scopes"`
	Credentials    map[string]movement         `json:"credentials"`
	PerIdentity    map[string]identityMovement `json:"perIdentity"`
}

func registrations(t *testing.T, name string) []registration.Sealed {
	t.Helper()
	registry, findings, err := manifest.Load(t.Context(), os.DirFS(corpora.Dir(t, name)), manifest.Options{Workers: 2})
	if err != nil || len(findings) > 0 {
		t.Fatalf("load %s: %v, %v", name, findings, err)
	}
	all, err := registration.SealAll(registration.All(registry))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestGOVUKDiff holds a plan between two real revisions against what their
// source says, which was not computed by roster.
func TestGOVUKDiff(t *testing.T) {
	t.Parallel()
	before, after := registrations(t, "govuk-earlier"), registrations(t, "govuk")
	var want expectedDiff
	corpora.Expected(t, filepath.Join(corpora.Dir(t, "govuk"), "expected-diff.json"), &want)
	p := newPlan(t, before, after)
	if d := cmp.Diff(want, summary(p), cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b string) bool { return a < b })); d != "" {
		t.Errorf("the plan is not what is expected (-want +got):\n%s", d)
	}
	t.Logf("GOV.UK: %d nodes before, %d after: %d created, %d updated, %d deleted",
		len(before), len(after), p.Count(plan.Create), p.Count(plan.Update), p.Count(plan.Delete))
}

// summary says of a plan what expectedDiff says of the source.
func summary(p *plan.Plan) expectedDiff {
	s := expectedDiff{
		VersionChanged: map[string][2]string{}, Scopes: map[string]movement{},
		Credentials: map[string]movement{}, PerIdentity: map[string]identityMovement{},
	}
	for _, c := range p.Changes {
		before, after := registration.Sealed{}, registration.Sealed{}
		switch c.Action {
		case plan.Create:
			s.NodesAdded, after = append(s.NodesAdded, c.Node), *c.After
		case plan.Delete:
			s.NodesRemoved, before = append(s.NodesRemoved, c.Node), *c.Before
		case plan.Update:
			before, after = *c.Before, *c.After
			if before.Version != after.Version {
				s.VersionChanged[c.Node] = [2]string{before.Version, after.Version}
			}
			if !sameConfig(before, after) {
				s.ConfigChanged = append(s.ConfigChanged, c.Node)
			}
		}
		if len(c.Added)+len(c.Removed) > 0 {
			s.Scopes[c.Node] = movement{c.Added, c.Removed}
		}
		if m := moved(names(before), names(after)); len(m.Added)+len(m.Removed) > 0 {
			s.Credentials[c.Node] = m
		}
	}
	for _, i := range p.Identities {
		s.PerIdentity[i.Identity] = identityMovement{i.Gains, i.Loses}
	}
	return s
}

func sameConfig(a, b registration.Sealed) bool {
	left, _ := json.Marshal(a.Config)
	right, _ := json.Marshal(b.Config)
	return bytes.Equal(left, right)
}

func names(r registration.Sealed) []string {
	var list []string
	for _, c := range r.Credentials {
		list = append(list, c.Name)
	}
	return list
}

func moved(before, after []string) movement {
	var m movement
	for _, name := range after {
		if !slices.Contains(before, name) {
			m.Added = append(m.Added, name)
		}
	}
	for _, name := range before {
		if !slices.Contains(after, name) {
			m.Removed = append(m.Removed, name)
		}
	}
	return m
}
