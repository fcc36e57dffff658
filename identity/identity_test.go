// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/test/cloudtest"
)

// job is the environment of a job, and its source.
type job struct {
	name   string
	env    func(*testing.T, *cloudtest.Cloud) []string
	source identity.Source
	claims identity.Claims // without times
}

func jobs() []job {
	audience := []string{cloudtest.ExchangeAudience}
	return []job{
		{
			"GitHub Actions", func(_ *testing.T, c *cloudtest.Cloud) []string { return c.GitHubEnv() }, identity.GitHubActions,
			identity.Claims{
				Issuer: cloudtest.GitHubIssuer, Subject: cloudtest.GitHubSubject, Audience: audience,
				Repository: "acme/registry", RepositoryID: "700100200", RepositoryOwnerID: "100200", Environment: "prod", Ref: "refs/heads/main",
				WorkflowRef: "acme/registry/.github/workflows/sync.yml@refs/heads/main",
			},
		},
		{
			"Azure Pipelines", func(_ *testing.T, c *cloudtest.Cloud) []string { return c.AzurePipelinesEnv() }, identity.AzurePipelines,
			identity.Claims{Issuer: cloudtest.PipelinesIssuer, Subject: cloudtest.PipelinesSubject, Audience: audience},
		},
		{
			"GitLab", func(_ *testing.T, c *cloudtest.Cloud) []string { return c.GitLabEnv() }, identity.TokenVariable,
			identity.Claims{Issuer: cloudtest.GitLabIssuer, Subject: cloudtest.GitLabSubject, Audience: audience, Ref: "main"},
		},
		{
			"AKS", func(t *testing.T, c *cloudtest.Cloud) []string { return c.AKSEnv(t) }, identity.TokenFile,
			identity.Claims{Issuer: cloudtest.AKSIssuer, Subject: cloudtest.AKSSubject, Audience: audience},
		},
	}
}

func TestEachSourceGetsATokenForEachScope(t *testing.T) {
	t.Parallel()
	for _, j := range jobs() {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			c, _ := config(cloud, j.env(t, cloud))
			i := newIdentity(t, c)
			if i.Source() != j.source {
				t.Errorf("source is %q, want %q", string(i.Source()), string(j.source))
			}
			first, err := get(t.Context(), i)
			if err != nil {
				t.Fatalf("GetToken: %v", err)
			}
			again, err := get(t.Context(), i)
			if err != nil || again != first {
				t.Errorf("the second token is another one (%t), error %v", again != first, err)
			}
			other, err := get(t.Context(), i, "https://graph.microsoft.com/.default")
			if err != nil || other == first {
				t.Errorf("the token for another scope is the same (%t), error %v", other == first, err)
			}
			if n := count(cloud, cloudtest.KindToken); n != 2 {
				t.Errorf("%d exchanges, want one for each of two scopes", n)
			}
			if hosts := cloud.Foreign(); hosts != nil {
				t.Errorf("requests went to %q", hosts)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	for _, j := range jobs() {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			c, _ := config(cloud, j.env(t, cloud))
			got, err := newIdentity(t, c).Claims(t.Context())
			if err != nil {
				t.Fatalf("Claims: %v", err)
			}
			if left := time.Until(got.Expires); left < 4*time.Minute || left > 5*time.Minute {
				t.Errorf("the assertion has %v left, want the 5 minutes of a fresh one", left)
			}
			got.Expires = time.Time{}
			if d := cmp.Diff(j.claims, got); d != "" {
				t.Errorf("claims differ (-want +got):\n%s", d)
			}
			if n := count(cloud, cloudtest.KindToken); n != 0 {
				t.Errorf("the assertion was presented %d times, want never", n)
			}
		})
	}
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	ids := identity.Claims{RepositoryID: "7", RepositoryOwnerID: "1"}
	for _, test := range []struct {
		subject string
		ids     bool
		want    []string
	}{
		{"repo:acme/registry:environment:prod", true, []string{"repo:acme@1/registry@7:environment:prod"}},
		{"repo:acme/registry:environment:a:b/c@d", true, []string{"repo:acme@1/registry@7:environment:a:b/c@d"}},
		{"repo:acme@1/registry@7:ref:refs/heads/main", true, []string{"repo:acme/registry:ref:refs/heads/main"}},
		{"repo:acme@1/registry@7:pull_request", false, []string{"repo:acme/registry:pull_request"}},
		{"repo:acme/registry:pull_request", false, nil},
		{"repository_id:7:environment:prod", true, nil}, // a template of the organisation's own
		{"repo:acme", true, nil},
		{"project_path:acme/registry:ref_type:branch:ref:main", true, nil},
		{"", true, nil},
	} {
		c := identity.Claims{}
		if test.ids {
			c = ids
		}
		c.Subject = test.subject
		if got, want := c.Spellings(), append([]string{test.subject}, test.want...); !slices.Equal(got, want) {
			t.Errorf("spellings of %q are %q, want %q", test.subject, got, want)
		}
	}
}

func TestTheAssertionIsMaskedBeforeItIsPresented(t *testing.T) {
	t.Parallel()
	cloud := cloudtest.Start(t, cloudtest.Config{})
	c, out := config(cloud, cloud.GitHubEnv())
	var atExchange atomic.Pointer[string]
	cloud.OnRequest(func(x cloudtest.Exchange) cloudtest.Fault {
		if x.Kind == cloudtest.KindToken {
			text := out.String()
			atExchange.Store(&text)
		}
		return cloudtest.Fault{}
	})
	if _, err := get(t.Context(), newIdentity(t, c)); err != nil {
		t.Fatalf("GetToken: %v", err)
	}
	masked := atExchange.Load()
	if masked == nil {
		t.Fatal("no exchange was seen")
	}
	value, ok := strings.CutPrefix(strings.TrimSpace(*masked), "::add-mask::")
	if !ok || !slices.Contains(cloud.Secrets(), value) {
		t.Errorf("when the assertion was presented, the runner had been told %q", *masked)
	}
}

// A job that lasts longer than its assertion (2 s here, 5 minutes on GitHub) and its
// token (which is renewed 5 minutes before it expires).
const (
	assertionLife = 2 * time.Second
	tokenLife     = 5*time.Minute + 2*time.Second
	longer        = 3 * time.Second
)

// longJob is a job that has its first token.
type longJob struct {
	job
	cloud *cloudtest.Cloud
	i     *identity.Identity
	file  string // of its assertion, if that is in one
	first string
}

// begin starts a job, after change has altered its configuration, and gets its first
// token.
func begin(t *testing.T, j job, change func(*cloudtest.Cloud, *identity.Config)) longJob {
	t.Helper()
	cloud := cloudtest.Start(t, cloudtest.Config{AssertionLife: assertionLife, TokenLife: tokenLife})
	c, _ := config(cloud, j.env(t, cloud))
	change(cloud, &c)
	l := longJob{job: j, cloud: cloud, i: newIdentity(t, c), file: c.Getenv("AZURE_FEDERATED_TOKEN_FILE")}
	var err error
	if l.first, err = get(t.Context(), l.i); err != nil {
		t.Fatalf("%s: GetToken at first: %v", j.name, err)
	}
	return l
}

func TestALongJobGoesOn(t *testing.T) {
	t.Parallel()
	var begun []longJob
	for _, j := range jobs() {
		if j.source != identity.TokenVariable { // that one cannot be renewed: see below
			begun = append(begun, begin(t, j, func(*cloudtest.Cloud, *identity.Config) {}))
		}
	}
	time.Sleep(longer)
	for _, l := range begun {
		if l.source == identity.TokenFile { // as the kubelet does
			if err := os.Rename(getenv(l.cloud.AKSEnv(t))("AZURE_FEDERATED_TOKEN_FILE"), l.file); err != nil {
				t.Fatal(err)
			}
		}
		second, err := get(t.Context(), l.i)
		if err != nil || second == l.first {
			t.Errorf("%s after %v: same token %t, error %v", l.name, longer, second == l.first, err)
		}
		if _, err := get(t.Context(), l.i, "https://vault.azure.net/.default"); err != nil {
			t.Errorf("%s after %v, the first token for another scope: %v", l.name, longer, err)
		}
		for _, x := range l.cloud.Log() {
			if x.Replayed && l.source != identity.TokenFile {
				t.Errorf("%s: request %d presents an assertion for the second time", l.name, x.N)
			}
		}
	}
}

// The negative control: a cached assertion expires.
func TestAnAssertionThatIsKeptEnds(t *testing.T) {
	t.Parallel()
	want := map[identity.Source]string{
		identity.GitHubActions: "must not cache them",
		identity.TokenVariable: "the token in ROSTER_ID_TOKEN cannot be renewed",
		identity.TokenFile:     "check that the file in AZURE_FEDERATED_TOKEN_FILE is still renewed",
	}
	var begun []longJob
	for _, j := range jobs() {
		if want[j.source] != "" {
			begun = append(begun, begin(t, j, func(cloud *cloudtest.Cloud, c *identity.Config) {
				if kept := cloud.Mint(nil); c.IDToken != nil {
					c.IDToken = func(context.Context, string) (string, error) { return kept, nil }
				}
			}))
		}
	}
	time.Sleep(longer)
	for _, l := range begun {
		_, err := get(t.Context(), l.i)
		refused, ok := errors.AsType[*identity.Refused](err)
		if !ok || refused.Code != 700024 || !strings.Contains(refused.Next, want[l.source]) ||
			!strings.Contains(refused.Next, "the assertion expires at 20") || !strings.Contains(refused.Next, "the clock here says 20") {
			t.Errorf("%s after %v: %v; want 700024 with %q", l.name, longer, err, want[l.source])
		}
	}
}

func TestOneCredentialServesManyAtOnce(t *testing.T) {
	t.Parallel()
	cloud := cloudtest.Start(t, cloudtest.Config{})
	c, _ := config(cloud, cloud.GitHubEnv())
	i := newIdentity(t, c)
	var wait sync.WaitGroup
	for n := range 20 {
		wait.Go(func() {
			host := []string{scope, "https://graph.microsoft.com/.default"}[n%2]
			if _, err := get(t.Context(), i, host); err != nil {
				t.Errorf("GetToken: %v", err)
			}
			if n%5 == 0 {
				if _, err := i.Claims(t.Context()); err != nil {
					t.Errorf("Claims: %v", err)
				}
			}
		})
	}
	wait.Wait()
	if n := count(cloud, cloudtest.KindToken); n != 2 {
		t.Errorf("%d exchanges, want one for each of two scopes", n)
	}
}
