// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/canary"
	"github.com/appofapps/roster/internal/test/cloudtest"
	"github.com/appofapps/roster/internal/test/contracttest"
)

// TestRotate renews a client secret of Entra ID into Key Vault with the real binary, in
// a job that has only its OIDC token. Graph and the vault are checked against
// Microsoft's descriptions, Entra ID proves the new secret, and the state is in Cosmos
// DB. No output and no document contains a secret.
func TestRotate(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, "orders")
	const client = "44444444-1111-1111-1111-111111111111"
	graph := contracttest.NewGraph(t, &contracttest.Application{ID: "33333333-1111-1111-1111-111111111111", AppID: client, Name: "checkout-prod"})
	vault := contracttest.NewVault(t, "acme-prod.vault.azure.net")
	s.Handle("graph.microsoft.com", graph)
	s.Handle("acme-prod.vault.azure.net", vault)
	s.ClientSecrets(func(id, secret string) bool { return slices.Contains(graph.Secrets()[id], secret) })

	dir := t.TempDir()
	for name, text := range map[string]string{
		"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [domain.yaml, app.yaml]}\n",
		"domain.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:o\", sinks: [{keyVault: acme-prod}]}\n",
		"app.yaml": "apiVersion: roster/v1\nkind: App\nmetadata: {name: checkout}\nspec:\n  domain: orders\n  owner: group:o\n  version: v1\n  scopes: []\n" +
			"  identity: {entra: {application: checkout-prod}}\n  credentials:\n" +
			"    - {name: entra, type: entra-client-secret, rotate: {every: 30d, overlap: 24h}, sinks: [{keyVault: acme-prod, secret: checkout}]}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.must(t, 0, "1 created", "sync", dir)
	s.must(t, 1, "a federated credential of the application needs no secret", "rotate", dir, "--dry-run")
	before := len(graph.Mutations()) + len(vault.Mutations())
	if before != 0 {
		t.Errorf("the dry run changed something: %d", before)
	}
	rotated := s.must(t, 0, "1 rotated", "rotate", dir)
	secrets := graph.Secrets()[client]
	if len(secrets) != 1 || vault.Serves("checkout") != secrets[0] {
		t.Fatalf("valid %v, served %q", secrets, vault.Serves("checkout"))
	}
	again := s.must(t, 0, "nothing to do", "rotate", dir)
	status := s.must(t, 0, "generation 1, 0 days old, expires in 4", "rotate", "status", dir)
	log := s.must(t, 0, "rotation.done", "audit", "log", dir, "--format", "json")
	s.must(t, 0, "The trail is whole", "audit", "verify", dir)
	for _, o := range []outcome{rotated, again, status, log} {
		if strings.Contains(o.stdout+o.stderr, secrets[0]) {
			t.Errorf("a secret is shown: %s", o)
		}
	}

	// An identity without permission: nothing is half done, and the credential is held
	// after several attempts.
	graph.Deny(func(_, path string) bool { return strings.HasSuffix(path, "/addPassword") })
	s.must(t, 1, "to renew these credentials now: --confirm 1", "rotate", dir, "--now", "--owner", "group:o")
	s.must(t, 3, "403", "rotate", dir, "--now", "--owner", "group:o", "--confirm", "1")
	for range 3 {
		s.must(t, 3, "403", "rotate", dir)
	}
	s.must(t, 1, "5 failures in a row", "rotate", dir)
	if vault.Serves("checkout") != secrets[0] {
		t.Error("what works was touched")
	}
	graph.Deny(nil)
	s.must(t, 0, "", "rotate", "release", "orders/checkout", "entra", dir)
	s.must(t, 0, "waits for the overlap", "rotate", dir)
	if secrets := graph.Secrets()[client]; len(secrets) != 2 || vault.Serves("checkout") != secrets[1] {
		t.Errorf("valid %v, served %q", secrets, vault.Serves("checkout"))
	}
}

// TestRotationInWorkflows runs the scheduled workflow that init writes, for a registry
// with every source: client secrets of Entra ID and Okta, both kinds of keys of a Cosmos
// DB account, and a token that roster issues. All are renewed with only the job's OIDC
// token, and the next run has nothing to do. Then it is started by hand after a leak.
func TestRotationInWorkflows(t *testing.T) {
	c := newConsumer(t)
	p := newProviders(t, c.Cloud)
	c.env = []string{"ROSTER_GITHUB_TOKEN=" + ownToken}
	files := os.DirFS(renewable)
	for _, name := range []string{"orders.yaml", "workforce.yaml", "ledger-db.yaml", "checkout.yaml", "ledger.yaml"} {
		text, err := fs.ReadFile(files, name)
		if err == nil { // what a job writes to a file is gone with it
			text = regexp.MustCompile(`\{file: secrets/(\w+)\}`).ReplaceAll(text, []byte("{keyVault: acme, secret: $1-own}"))
			err = os.WriteFile(filepath.Join(c.dir, "registry", name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	c.edit("registry/roster.yaml", `["domains/*.yaml", "apps/*/*.yaml", "agents/*.yaml"]`, `["*.yaml"]`)
	c.commit("everything that is renewed")
	c.mustSay(c.job("roster-sync.yml", "push", push(), true), true, "The trail is whole")
	schedule := map[string]any{"schedule": "41 * * * *", "repository": push()["repository"]}
	first := c.job("roster-rotate.yml", "schedule", schedule, true)
	c.mustSay(first, true, "5 rotated", "::set-output:: rotated=5", "Summary - ### ✅ 5 credentials, 5 rotated", "gantt")
	places := func() map[string]string {
		all := map[string]string{"token": p.vault.Serves("checkout-own"), "entra": p.vault.Serves("checkout-entra"), "okta": p.vault.Serves("checkout-okta"), "db": p.vault.Serves("ledger-db"), "reports": p.vault.Serves("reports")}
		for name, accepted := range map[string]bool{
			"entra": p.graph.Opens(entraApp, all["entra"]), "okta": p.okta.Opens(oktaApp, all["okta"]), "db": p.arm.Opens(all["db"]), "reports": p.arm.Opens(all["reports"]), "token": all["token"] == p.github.Serves("acme CHECKOUT"),
		} {
			if !accepted || all[name] == "" {
				t.Errorf("%s: the served value is not accepted", name)
			}
		}
		return all
	}
	before := places()
	asked := len(c.site.Log())
	c.mustSay(c.job("roster-rotate.yml", "schedule", schedule, true), true, "0 rotated", "nothing to do")
	for _, x := range c.site.Log()[asked:] {
		if x.Method == "PUT" || x.Kind == cloudtest.KindBatch {
			t.Errorf("the second run changed something: %s %s%s", x.Method, x.Host, x.Path)
		}
	}
	byHand := map[string]any{"inputs": map[string]any{"owner": "group:checkout", "reason": "leak", "confirm": "3"}, "repository": push()["repository"]}
	leaked := c.job("roster-rotate.yml", "workflow_dispatch", byHand, true)
	c.mustSay(leaked, true, "3 rotated")
	after := places()
	for _, name := range []string{"entra", "okta", "token"} {
		if after[name] == before[name] {
			t.Errorf("%s still serves what leaked", name)
		}
	}
	if after["db"] != before["db"] || p.graph.Opens(entraApp, before["entra"]) || p.okta.Opens(oktaApp, before["okta"]) {
		t.Error("another owner's key was renewed, or what leaked is accepted")
	}
	if found := canary.Find([]byte(maskless(first.log+leaked.log)), p.secrets()...); len(found) > 0 {
		t.Errorf("in the logs: %v", found)
	}
}
