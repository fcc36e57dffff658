// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

// spent is what a run opened and asked for.
type spent struct {
	connections map[string]int // opened, by host
	assertions  int            // asked of the CI system
	audiences   []string       // that tokens of roster's own identity were asked for
}

// spend runs the binary and returns what that took.
func (s *site) spend(t *testing.T, args ...string) spent {
	t.Helper()
	before, asked := s.Connections(), len(s.Log())
	s.must(t, 0, "", args...)
	var r spent
	r.connections = s.Connections()
	for host, n := range before {
		if r.connections[host] -= n; r.connections[host] == 0 {
			delete(r.connections, host)
		}
	}
	for _, x := range s.Log()[asked:] {
		switch x.Kind {
		case cloudtest.KindOIDC:
			r.assertions++
		case cloudtest.KindToken:
			if !slices.Contains(r.audiences, x.Audience) {
				r.audiences = append(r.audiences, x.Audience)
			}
		default:
		}
	}
	slices.Sort(r.audiences)
	return r
}

// TestOneIdentityAndOneTransport counts at the other end of the wire. Every run has
// one identity: the CI system vouches for it once for each service that it talks
// to. And it has one transport: hosts that are asked one request after the other
// see one connection.
func TestOneIdentityAndOneTransport(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, "orders")
	newProviders(t, s.Cloud)
	s.env = append(s.env, "ROSTER_GITHUB_TOKEN="+ownToken)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(renewable)); err != nil {
		t.Fatal(err)
	}
	for _, run := range []struct {
		args     []string
		services int
	}{
		{[]string{"sync", dir}, 1},
		{[]string{"rotate", dir}, 4}, // the store, Graph, Resource Manager, Key Vault
	} {
		r := s.spend(t, run.args...)
		t.Logf("roster %s: %+v", run.args[0], r)
		if len(r.audiences) != run.services || r.assertions != run.services {
			t.Errorf("roster %s: %d assertions for %q, want one for each of %d services", run.args[0], r.assertions, r.audiences, run.services)
		}
		for _, host := range slices.Sorted(maps.Keys(r.connections)) {
			if n := r.connections[host]; n != 1 {
				t.Errorf("roster %s opened %d connections to %s, want 1", run.args[0], n, host)
			}
		}
	}
}
