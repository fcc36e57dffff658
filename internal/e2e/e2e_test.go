// SPDX-License-Identifier: Apache-2.0

// Package e2e runs the real binary against a Cosmos DB account, in the environment of a
// CI job, with an OIDC issuer, Entra's token endpoint and TLS. Package cloudtest
// imitates GitHub, Entra and the account's gateway, and package cosmosfront the
// database. The binary has no test hooks: it gets a proxy and a certificate through its
// environment.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"
	"github.com/appofapps/roster/internal/test/cosmosfront"
)

// front is the database server that all tests share; each test has a separate database.
var front cosmosfront.Shared

// binary is the command, built by TestMain.
var binary string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "roster")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "roster")
	build := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-o", binary, "../../cmd/roster")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build roster: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// site is a company's cloud with one database.
type site struct {
	t testing.TB
	*cloudtest.Cloud
	front    *cosmosfront.Front
	database string
	env      []string // of the job that runs
}

// newSite starts a cloud, and creates an empty database with these containers.
func newSite(t *testing.T, config cloudtest.Config, containers ...string) *site {
	t.Helper()
	f := front.Front(t)
	config.Upstream = f.URL
	s := &site{t: t, Cloud: cloudtest.Start(t, config), front: f, database: f.Database(t, append(containers, "roster")...)}
	s.env = s.GitHubEnv()
	return s
}

// store returns the database in the form of --store.
func (s *site) store() string { return "cosmos:https://acme.documents.azure.com/" + s.database }

// outcome is the output and the exit code of a process.
type outcome struct {
	stdout, stderr string
	code           int
}

// String returns the outcome without the commands that make the runner mask a token.
func (o outcome) String() string {
	return fmt.Sprintf("exit %d\n%s\n%s", o.code, o.stdout, o.talk())
}

func (o outcome) talk() string {
	var talk strings.Builder
	for line := range strings.Lines(o.stderr) {
		if !strings.HasPrefix(line, "::add-mask::") {
			talk.WriteString(line)
		}
	}
	return talk.String()
}

// command returns the binary with the job's environment and no other variables. The job
// is about a push of the registry in args.
func (s *site) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "ROSTER_STORE=" + s.store()}, pushed(s.t, s.env, args)...)
	return cmd
}

// roster runs the binary, and checks that its output contains no token.
func (s *site) roster(t *testing.T, args ...string) outcome {
	t.Helper()
	cmd := s.command(t.Context(), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("roster %s: %v", strings.Join(args, " "), err)
	}
	o := outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	s.leaks(t, o)
	return o
}

// leaks fails the test if an output contains a token, except in the command that makes
// the runner mask it.
func (s *site) leaks(t *testing.T, o outcome) {
	t.Helper()
	for _, secret := range s.Secrets() {
		if secret != "" && strings.Contains(o.stdout+o.talk(), secret) {
			t.Errorf("a token is in the output: %s", o)
		}
	}
}

// must runs the binary and expects an exit code and some texts in its output.
func (s *site) must(t *testing.T, code int, says string, args ...string) outcome {
	t.Helper()
	o := s.roster(t, args...)
	if o.code != code || !strings.Contains(o.stdout+o.stderr, says) {
		t.Fatalf("roster %s: want exit %d and %q, got %s", strings.Join(args, " "), code, says, o)
	}
	return o
}

// since returns the requests after the first n, and their number by kind.
func (s *site) since(n int) ([]cloudtest.Exchange, map[cloudtest.Kind]int) {
	log := s.Log()[n:]
	kinds := map[cloudtest.Kind]int{}
	for _, e := range log {
		kinds[e.Kind]++
	}
	return log, kinds
}

// tally formats counts in a fixed order.
func tally(kinds map[cloudtest.Kind]int) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		parts = append(parts, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	return strings.Join(parts, ", ")
}
