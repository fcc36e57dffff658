// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/cloudtest"
	"github.com/appofapps/roster/internal/test/corpora"
)

// TestLongJob runs a job for many times the lifetime of its first assertion and token.
// It continues to work, with a fresh assertion for every exchange.
func TestLongJob(t *testing.T) {
	t.Parallel()
	dir := copyOf(t, corpora.Dir(t, "govuk-earlier"))
	const life = 3 * time.Second
	s := newSite(t, cloudtest.Config{AssertionLife: life, TokenLife: life}, containers(t, dir)...)
	s.OnRequest(func(e cloudtest.Exchange) cloudtest.Fault {
		if e.Kind != cloudtest.KindBatch {
			return cloudtest.Fault{}
		}
		return cloudtest.Fault{Do: func() { time.Sleep(life / 20) }}
	})
	start := time.Now()
	s.must(t, 0, "Synced: 186 created", "sync", dir, "--allow", "dangling-scope=12", "--allow", "shared-credential=60")
	took := time.Since(start)
	log, kinds := s.since(0)
	if took < 3*life || kinds[cloudtest.KindToken] < 3 {
		t.Errorf("the job took %v with %d exchanges: it did not outlive its token", took, kinds[cloudtest.KindToken])
	}
	for _, e := range log {
		if e.Replayed || e.Status >= 400 && e.Status != 404 {
			t.Errorf("request %d: %s %s: status %d, replayed %t", e.N, e.Kind, e.Path, e.Status, e.Replayed)
		}
	}
	t.Logf("%v with assertions and tokens of %v: %s", took.Round(time.Second/10), life, tally(kinds))
}

// TestLongJobWithOneAssertion is the control: with one assertion for the whole job, the
// same job fails after the assertion has expired, and reports why.
func TestLongJobWithOneAssertion(t *testing.T) {
	t.Parallel()
	dir := copyOf(t, corpora.Dir(t, "govuk-earlier"))
	const life = 3 * time.Second
	s := newSite(t, cloudtest.Config{AssertionLife: life, TokenLife: life}, containers(t, dir)...)
	s.env = s.GitLabEnv()
	s.OnRequest(func(cloudtest.Exchange) cloudtest.Fault {
		return cloudtest.Fault{Do: func() { time.Sleep(life / 20) }}
	})
	o := s.must(t, 3, "AADSTS700024", "sync", dir, "--allow", "dangling-scope=12", "--allow", "shared-credential=60")
	t.Log(o.talk())
}
