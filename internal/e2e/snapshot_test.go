// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

// TestSnapshot syncs to Cosmos DB, signs a snapshot with a key in Key Vault, and plans
// from it in a process without identity and network. Both plans have the same digest.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, containers(t, shop)...)
	s.Vault(t)
	dir := filepath.Join(t.TempDir(), "shop")
	if err := os.CopyFS(dir, os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	const key = "--sign-with=keyvault:" + cloudtest.VaultKey
	line := strings.TrimSpace(s.must(t, 0, "shop+", "snapshot", "key", dir, key).stdout)
	edit(t, filepath.Join(dir, "roster.yaml"), "spec:\n", "spec:\n  snapshotKeys: ["+line+"]\n")

	file := filepath.Join(t.TempDir(), "roster.snapshot")
	s.must(t, 0, "snapshot of 37 registrations", "sync", dir, key, "--snapshot", file)
	edit(t, filepath.Join(dir, "apps/orders/checkout.yaml"), "version: v1.42.0", "version: v1.43.0")
	digest := regexp.MustCompile(`Digest: (sha256:[0-9a-f]{64})`)
	want := digest.FindString(s.must(t, 0, "1 to update", "plan", dir, "--commit", "c0ffee").stdout)

	before := len(s.Log())
	offline := &site{t: t, Cloud: s.Cloud, env: []string{"HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9"}}
	if got := digest.FindString(offline.must(t, 0, "1 to update", "plan", dir, "--commit", "c0ffee", "--snapshot", file).stdout); got != want || got == "" {
		t.Errorf("%q from the store, %q from its snapshot", want, got)
	}
	if n := len(s.Log()) - before; n != 0 {
		t.Errorf("the plan from a snapshot made %d requests", n)
	}

	// A key without permission, and one that is not in a vault.
	s.Unfederate()
	s.must(t, 3, "AADSTS", "snapshot", dir, key, "--out", file)
	s.must(t, 2, "invalid address of a key in Key Vault", "snapshot", dir, "--sign-with=keyvault:https://vault.azure.net.evil.example/keys/a", "--out", file)
}

// edit replaces a text of a file that has it.
func edit(t *testing.T, path, old, text string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(content), old) {
		t.Fatalf("%s does not have %q: %v", path, old, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(content), old, text, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
