// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/appofapps/roster/internal/test/contracttest"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/rotate"
)

// preview is what a run would do now.
func (c *cloud) preview(reason rotate.Reason) *rotate.Plan {
	c.Helper()
	p, err := rotate.Preview(context.Background(), "acme", c.targets, reason, worker{cloud: c, name: "preview"}.config())
	if err != nil {
		c.Fatal(err)
	}
	return p
}

// changes are all requests so far that were to change something, and writes of files:
// not what only proves who asks, or reads by way of a POST.
func (c *cloud) changes() []string {
	var all []string
	for host, knobs := range map[string]*contracttest.Knobs{
		"graph.microsoft.com": &c.graph.Knobs, oktaHost: &c.okta.Knobs, "management.azure.com": &c.arm.Knobs, vaultHost: &c.vault.Knobs, gitHubHost: &c.github.Knobs,
	} {
		for _, line := range knobs.Mutations() {
			method, path, _ := strings.Cut(line, " ")
			if !regexp.MustCompile(`/(token|introspect|listKeys|readonlykeys)$`).MatchString(path) {
				all = append(all, method+" https://"+host+path)
			}
		}
		knobs.Forget()
	}
	return all
}

// called is a call as the vendors see it.
func called(calls []rotate.Call) []string {
	var list []string
	for _, call := range calls {
		if proves := regexp.MustCompile(`/(token|introspect|dbs)$`).MatchString(call.URL); !proves && strings.HasPrefix(call.URL, "https:") {
			list = append(list, call.Method+" "+call.URL)
		}
	}
	return list
}

// foretold is a plan, and how much had been changed when it was made.
type foretold struct {
	calls []string
	after int
}

// follow runs the schedule until a generation is done, with a look beforehand each time,
// and returns what was foretold and all that was changed.
func (c *cloud) follow(generation int) (plans []foretold, made []string) {
	c.Helper()
	for i := range 50 {
		p := c.preview(rotate.Scheduled)
		if looked := c.changes(); len(looked) > 0 {
			c.Errorf("to look changed something: %v", looked)
		}
		if len(p.Credentials) > 0 {
			if planned := p.Credentials[0]; len(planned.Blockers) > 0 || planned.Generation != generation || planned.Overlap == nil && generation > 1 {
				c.Errorf("%+v", planned)
			}
			plans = append(plans, foretold{called(p.Credentials[0].Calls), len(made)})
		}
		result, alive := c.process(fmt.Sprint("run-", i), rotate.Scheduled, c.targets...)
		made = append(made, c.changes()...)
		if c.settled(generation) {
			return plans, made
		}
		time.Sleep(c.pause(result, alive))
	}
	c.Errorf("generation %d does not come to its end", generation)
	return plans, made
}

// TestPreview says what a run would ask of whom: nothing is changed meanwhile, and
// what follows until the rotation is done is the same and no more, for every source and
// sink, before there is a key and after, and for what is left of a rotation that waited.
func TestPreview(t *testing.T) {
	need(t)
	versions := regexp.MustCompile(`/[0-9a-f]{32}$`)
	for _, target := range readTargets(t) {
		plans := 0
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, target.Name)
			c.targets[0].Consumers = nil
			for generation := 1; generation <= 3; generation++ {
				c.changes()
				list, made := c.follow(generation)
				for i := range made {
					made[i] = versions.ReplaceAllString(made[i], "/{version}")
				}
				for i, plan := range list {
					left := slices.Sorted(slices.Values(made[plan.after:]))
					slices.Sort(plan.calls)
					if diff := cmp.Diff(plan.calls, left); diff != "" {
						t.Errorf("%s, generation %d, plan %d (-planned +made):\n%s", target, generation, i, diff)
					}
				}
				plans += len(list)
				credential, _ := c.records(target)
				time.Sleep(time.Until(credential.Live.Created.Add(target.Every)))
			}
			c.sound()
		})
		if plans < 5 {
			t.Errorf("%s: only %d plans", target, plans)
		}
	}
}

// TestPreviewUnderWay says what is left of a rotation that was cut after each of its
// states: less and less.
func TestPreviewUnderWay(t *testing.T) {
	need(t)
	for _, target := range readTargets(t) {
		last, states := 1000, map[rotate.State]bool{}
		for at := 1; at < 60; at++ {
			synctest.Test(t, func(t *testing.T) {
				c := renewed(t, target.Name)
				c.plan[at] = fault{name: "kill before", kill: true}
				c.process("cut", rotate.Scheduled, c.targets...)
				_, under := c.records(c.targets[0])
				if under == nil || under.State == rotate.Promoted {
					return
				}
				p := c.preview(rotate.Scheduled).Credentials
				if len(p) != 1 || p[0].State != under.State || p[0].Generation != 2 || len(p[0].Calls) > last {
					t.Fatalf("%s, cut at %d: %d calls after %d: %+v", target, at, len(p[0].Calls), last, p)
				}
				last = len(p[0].Calls)
				states[p[0].State] = true
			})
		}
		if len(states) < 4 {
			t.Errorf("%s: only %v", target, states)
		}
	}
}

// TestPreviewBlocked says what stands in the way, and which permission is missing,
// before anything is tried.
func TestPreviewBlocked(t *testing.T) {
	need(t)
	everything := func(string, string) bool { return true }
	for name, test := range map[string]struct {
		credential string
		spoil      func(c *cloud)
		blocker    string
		need       rotate.Need
	}{
		"a vault that refuses": {"entra", func(c *cloud) { c.vault.Deny(everything) }, "status 403", rotate.Need{
			Permission: "Key Vault Secrets Officer on checkout-entra and checkout-entra-next of vault acme", Granted: rotate.No,
		}},
		"an application that is not there": {"entra", func(c *cloud) { c.graph.Applications[0].Name = "other" }, "no matching application in Entra ID", rotate.Need{
			Permission: "Application.ReadWrite.OwnedBy of Microsoft Graph", Granted: rotate.Unknown,
		}},
		"two secrets in Okta": {"okta", func(c *cloud) {
			for _, id := range []string{"ocs1", "ocs2"} {
				c.okta.Apps[oktaApp].Secrets = append(c.okta.Apps[oktaApp].Secrets, &contracttest.OktaSecret{ID: id, Value: foreign, Status: "ACTIVE"})
			}
		}, "no room for a third secret", rotate.Need{Permission: "scope okta.apps.manage in Okta", Granted: rotate.Yes}},
		"a scope that was not granted": {"okta", func(c *cloud) { c.okta.Scopes = nil }, "invalid_scope", rotate.Need{Permission: "scope okta.apps.manage in Okta", Granted: rotate.No}},
		"a role that only reads": {"db", func(c *cloud) { c.arm.Actions = []string{"*/read"} }, "not granted: Microsoft.DocumentDB/databaseAccounts/regenerateKey/action", rotate.Need{
			Permission: "Microsoft.DocumentDB/databaseAccounts/regenerateKey/action on acme-registry", Granted: rotate.No,
		}},
		"a role that lists": {"reports", func(c *cloud) { c.arm.Actions = []string{"Microsoft.DocumentDB/*/readonlykeys/action"} }, "not granted: ", rotate.Need{
			Permission: "Microsoft.DocumentDB/databaseAccounts/readonlykeys/action on acme-registry", Granted: rotate.Yes,
		}},
		"a secret of the organisation that nobody made": {"token", func(c *cloud) { delete(c.github.Readers, "acme CHECKOUT"); c.exempt = true }, "create it once in the organisation's settings", rotate.Need{
			Permission: "the organisation's permission Secrets: write on acme", Granted: rotate.Unknown,
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, test.credential)
			test.spoil(c)
			p := c.preview(rotate.Scheduled).Credentials[0]
			if !strings.Contains(strings.Join(p.Blockers, "\n"), test.blocker) {
				t.Errorf("%s: %q", name, p.Blockers)
			}
			if !slices.Contains(p.Needs, test.need) {
				t.Errorf("%s: needs %+v", name, p.Needs)
			}
			if made := c.changes(); len(made) > 0 {
				t.Errorf("%s: changed %s", name, fmt.Sprint(made))
			}
		})
	}
}
