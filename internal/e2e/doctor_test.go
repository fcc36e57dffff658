// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"

	"github.com/appofapps/roster/internal/doctor"
)

const shop = "../../examples/shop"

// diagnose runs roster doctor and returns its checks by name.
func (s *site) diagnose(t *testing.T, code int, args ...string) map[string]doctor.Check {
	t.Helper()
	o := s.must(t, code, "", append([]string{"doctor", shop, "--format", "json"}, args...)...)
	var d doctor.Diagnosis
	if err := json.Unmarshal([]byte(o.stdout), &d); err != nil {
		t.Fatalf("read the diagnosis: %v: %s", err, o)
	}
	checks := map[string]doctor.Check{}
	for _, c := range d.Checks {
		checks[c.Name] = c
	}
	return checks
}

// expect compares one check with a state and words of its detail or fix.
func expect(t *testing.T, checks map[string]doctor.Check, name string, state doctor.State, words ...string) {
	t.Helper()
	c, there := checks[name]
	if !there || c.State != state {
		t.Errorf("check %q is %+v, want %s", name, c, state)
	}
	for _, word := range words {
		if !strings.Contains(c.Detail+"\n"+c.Fix, word) {
			t.Errorf("check %q does not say %q: %+v", name, word, c)
		}
	}
}

func TestDoctorOfAHealthyRun(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, containers(t, shop)...)
	before := s.front.Dump(t, s.database)
	o := s.must(t, 0, "Healthy", "doctor", shop)
	t.Log(o.stdout)
	checks := s.diagnose(t, 0)
	expect(t, checks, "identity", doctor.OK, "GitHub Actions", "tenant", "application")
	expect(t, checks, "assertion", doctor.OK, cloudtest.GitHubSubject, cloudtest.GitHubIssuer, cloudtest.ExchangeAudience)
	expect(t, checks, "Entra ID", doctor.OK, "principal")
	expect(t, checks, "database", doctor.OK)
	for _, name := range append(containers(t, shop), "roster") {
		expect(t, checks, "container "+name, doctor.OK)
		expect(t, checks, "rights in "+name, doctor.OK, "can items/read, executeQuery, items/create, items/replace")
	}
	if after := s.front.Dump(t, s.database); len(before)+len(after) != 0 {
		t.Errorf("the database holds %v after %v", after, before)
	}
}

func TestDoctorNamesEachLack(t *testing.T) {
	t.Parallel()
	domains := containers(t, shop)
	s := newSite(t, cloudtest.Config{}, domains[1:]...)
	fix := "roster store init --store " + s.store() + " --subscription SUBSCRIPTION --writer "

	checks := s.diagnose(t, 1)
	expect(t, checks, "container "+domains[0], doctor.Lacking, "does not exist", fix)

	s.Roles("readMetadata", "items/read", "items/create", "items/replace")
	expect(t, s.diagnose(t, 1), "rights in roster", doctor.Lacking, "cannot executeQuery", fix)
	s.Roles("readMetadata", "items/read", "executeQuery", "items/replace")
	expect(t, s.diagnose(t, 1), "rights in roster", doctor.Lacking, "cannot items/create", fix)
	s.Roles("readMetadata", "items/read", "executeQuery", "items/create")
	expect(t, s.diagnose(t, 1), "rights in roster", doctor.Lacking, "cannot items/replace", fix)
	s.Roles()
	expect(t, s.diagnose(t, 1), "database", doctor.Lacking, "readMetadata", fix)

	s.Roles("readMetadata", "items/read", "executeQuery", "items/create", "items/replace", "items/upsert", "items/delete")
	expect(t, s.diagnose(t, 1), "least privilege in roster", doctor.Excessive, "items/delete, items/upsert", "never needs")
	s.Roles("readMetadata", "items/read", "executeQuery")
	s.front.Provision(t, s.database, domains...)
	checks = s.diagnose(t, 0, "--for", "plan")
	expect(t, checks, "rights in roster", doctor.OK, "can items/read, executeQuery")
	s.database = "elsewhere"
	expect(t, s.diagnose(t, 1), "database", doctor.Lacking, "does not exist", "--writer")

	s.Unfederate()
	expect(t, s.diagnose(t, 1), "Entra ID", doctor.Lacking, "AADSTS", "az ad app federated-credential create", cloudtest.GitHubSubject)
	s.env = slices.DeleteFunc(s.env, func(v string) bool { return strings.HasPrefix(v, "ACTIONS_ID_TOKEN") })
	s.must(t, 2, "id-token: write", "doctor", shop)
	if foreign := s.Foreign(); len(foreign) > 0 {
		t.Errorf("requests to %q", foreign)
	}
}
