// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/cloudtest"
	"github.com/appofapps/roster/internal/contracttest"
)

// TestRotate renews a client secret of Entra ID into Key Vault with the binary
// itself, in a job that has nothing but its OIDC token: Graph and the vault are
// held to Microsoft's descriptions, Entra ID proves the new secret, and the state is
// in Cosmos DB. Nobody prints a secret, and no document holds one.
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
		"domain.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:o\"}\n",
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

	// An identity that may not: nothing is half done, and the credential is held
	// after several tries.
	graph.Deny(func(method, path string) bool { return strings.HasSuffix(path, "/addPassword") })
	s.must(t, 1, "to renew them now: --confirm 1", "rotate", dir, "--now", "--owner", "group:o")
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
