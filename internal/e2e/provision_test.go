// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/internal/test/cloudtest"
	"github.com/appofapps/roster/internal/test/contracttest"

	"github.com/appofapps/roster/report"
)

const (
	subscription = "11111111-1111-1111-1111-111111111111"
	principal    = "0b7ec700-5a4b-4c3d-9e2f-1a0b9c8d7e6f"
)

// provisioned runs store init and returns its steps.
func (s *site) provisioned(t *testing.T, code int, args ...string) []provision.Step {
	t.Helper()
	args = append([]string{"store", "init", copyOf(t, shop), "--subscription", subscription, "--writer", principal, "--format", "json"}, args...)
	o := s.must(t, code, "", args...)
	var r report.Provisioned
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil {
		t.Fatalf("read the result: %v: %s", err, o)
	}
	return r.Steps
}

// count returns the number of steps in each state.
func count(steps []provision.Step) string {
	states := map[provision.State]int{}
	for _, s := range steps {
		states[s.State]++
	}
	return fmt.Sprint(states)
}

// azureSite is a site with Azure Resource Manager, which checks every request against
// the vendor's description.
func azureSite(t *testing.T) (*site, *contracttest.ARM) {
	t.Helper()
	arm := contracttest.NewARM(t)
	arm.Subscription, arm.Account, arm.Polls = subscription, "acme", 0
	s := newSite(t, cloudtest.Config{}, containers(t, shop)...)
	s.Handle("management.azure.com", arm)
	return s, arm
}

// TestStoreInit creates everything that the example registry needs, finds it in the
// second run, and syncs to the created containers.
func TestStoreInit(t *testing.T) {
	t.Parallel()
	s, arm := azureSite(t)
	missing := s.provisioned(t, 1, "--dry-run")
	if n := len(arm.Mutations()); n != 0 {
		t.Errorf("looking made %d changes", n)
	}
	steps := s.provisioned(t, 0)
	t.Logf("looked: %s; made: %s", count(missing), count(steps))
	before := len(arm.Mutations())
	again := s.provisioned(t, 0)
	if n := len(arm.Mutations()) - before; n != 0 || len(provision.Unfinished(again)) != 0 {
		t.Errorf("the second run made %d changes: %s", n, count(again))
	}
	var made []string
	for name := range maps.Keys(arm.Containers) {
		made = append(made, strings.TrimPrefix(name, s.database+"/"))
	}
	slices.Sort(made)
	s.must(t, 0, "Synced", "sync", copyOf(t, shop))
	var used []string
	for _, d := range s.front.Dump(t, s.database) {
		used = append(used, d.Container)
	}
	slices.Sort(used)
	if used = slices.Compact(used); !slices.Equal(made, used) {
		t.Errorf("made %q, sync uses %q", made, used)
	}
	if foreign := s.Foreign(); len(foreign) > 0 {
		t.Errorf("requests to %q", foreign)
	}
}

// TestStoreInitFederates lets a pipeline sign in as an application, once.
func TestStoreInitFederates(t *testing.T) {
	t.Parallel()
	s, _ := azureSite(t)
	application := &contracttest.Application{ID: "33333333-1111-1111-1111-111111111111", AppID: "44444444-1111-1111-1111-111111111111"}
	graph := contracttest.NewGraph(t, application)
	s.Handle("graph.microsoft.com", graph)
	flag := application.AppID + "=" + cloudtest.GitHubSubject
	for range 2 {
		s.provisioned(t, 0, "--federate", flag)
	}
	if n := len(graph.Mutations()); n != 1 || len(application.Federations) != 1 {
		t.Errorf("%d changes, federated credentials %v", n, application.Federations)
	}
}

// TestStoreInitDenied denies the creation of roles: the rest is created, and for the
// roles a command is printed.
func TestStoreInitDenied(t *testing.T) {
	t.Parallel()
	s, arm := azureSite(t)
	arm.Deny(func(method, path string) bool { return method == "PUT" && strings.Contains(path, "sqlRole") })
	steps := s.provisioned(t, 3)
	for _, step := range steps {
		var want provision.State
		switch step.Kind {
		case provision.KindAccount:
			want = provision.Present
		case provision.KindRole:
			want = provision.Denied
		case provision.KindAssignment:
			want = provision.Missing // waiting for its role
		default:
			want = provision.Made
		}
		if step.State != want || want != provision.Made && want != provision.Present && !strings.HasPrefix(step.Fix, "az ") {
			t.Errorf("step %+v, want %s", step, want)
		}
	}
}

// TestStoreInitOfAnEmulator creates the same in an emulator on this machine, and syncs
// to it without an identity.
func TestStoreInitOfAnEmulator(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{})
	s.env = []string{"ROSTER_STORE=cosmos:" + s.front.URL + "/emulated-" + s.database}
	for range 2 {
		s.must(t, 0, "catalogue, orders, payments, platform, roster", "store", "init", copyOf(t, shop))
	}
	s.must(t, 0, "Synced", "sync", copyOf(t, shop))
	s.must(t, 0, "Healthy", "doctor", shop)
	s.must(t, 0, "The trail is whole", "audit", "verify")
}

func TestStoreInitOfTheWrongThing(t *testing.T) {
	t.Parallel()
	s, _ := azureSite(t)
	s.must(t, 2, "nothing to provision", "store", "init", copyOf(t, shop), "--store", "local:x.db")
	s.must(t, 2, "subscription", "store", "init", copyOf(t, shop))
	s.must(t, 2, "public cloud", "store", "init", copyOf(t, shop), "--subscription", subscription, "--store", "cosmos:https://acme.documents.azure.us/registry")
	s.must(t, 2, "APPLICATION_ID=SUBJECT", "store", "init", copyOf(t, shop), "--subscription", subscription, "--federate", "x")
	s.must(t, 2, "no roster.yaml", "store", "init", t.TempDir(), "--subscription", subscription)
	s.must(t, 0, "param serverless bool", "store", "bicep", shop, "--subscription", subscription)
}
