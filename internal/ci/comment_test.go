// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/test/cloudtest"
)

// pullRequestJob is the environment of a job about a pull request.
func pullRequestJob() func(string) string {
	return env("GITHUB_ACTIONS", "true", "GITHUB_REPOSITORY", "acme/registry", "GITHUB_WORKFLOW", "roster", "GITHUB_JOB", "check",
		"GITHUB_API_URL", "https://api.github.com", "GITHUB_GRAPHQL_URL", "https://api.github.com/graphql")
}

func newCommenter(cloud *cloudtest.Cloud, token string) ci.Commenter {
	client := &http.Client{Transport: cloud.Transport()}
	return ci.Commenter{Getenv: pullRequestJob(), Token: redact.New(token), Client: client}
}

// TestComment makes a comment, leaves it while nothing changes, changes it in
// place, and takes nobody else's for its own.
func TestComment(t *testing.T) {
	t.Parallel()
	cloud := cloudtest.Start(t, cloudtest.Config{})
	// The mark of the job, which anybody can read and write.
	probe := cloud.Pulls()
	c := newCommenter(cloud, cloudtest.CommentToken)
	if done, err := c.Comment(t.Context(), 5, "registry", "page\n"); done != ci.CommentMade || err != nil {
		t.Fatalf("%s, %v", done, err)
	}
	mark, _, _ := strings.Cut(probe.Comments()[0].Body, "\n")

	strangers := []cloudtest.Comment{
		{ID: 1, Body: mark + "\nforged"}, {ID: 2, Body: "hello " + mark, Mine: true}, {ID: 3, Body: mark + "\nforged again"},
	}
	pulls := cloud.Pulls(strangers...)
	for i, step := range []struct{ page, done string }{
		{"one\n", ci.CommentMade}, {"one\n", ci.CommentUnchanged}, {"two\n", ci.CommentChanged}, {"two", ci.CommentUnchanged}, {"three", ci.CommentChanged},
	} {
		done, err := c.Comment(t.Context(), 5, "registry", step.page)
		if done != step.done || err != nil {
			t.Errorf("step %d: %s, %v", i, done, err)
		}
	}
	all := pulls.Comments()
	if pulls.Writes() != 3 || len(all) != 4 || all[3].Body != mark+"\nthree" {
		t.Errorf("%d writes, comments %v", pulls.Writes(), all)
	}
	for i, stranger := range strangers {
		if all[i] != stranger {
			t.Errorf("%v became %v", stranger, all[i])
		}
	}
	if done, err := c.Comment(t.Context(), 5, "another", "page"); done != ci.CommentMade || err != nil {
		t.Errorf("another folder: %s, %v", done, err)
	}
}

// TestCommentRefused shows what happens where GitHub does not take one, and that
// nothing of its answer or of the token is told.
func TestCommentRefused(t *testing.T) {
	t.Parallel()
	cloud := cloudtest.Start(t, cloudtest.Config{})
	for name, test := range map[string]struct {
		token  string
		number int
		refuse []int
		writes int
		says   string // "": it works
	}{
		"no right to read":  {cloudtest.CommentToken, 5, []int{403}, 0, "pull-requests: write"},
		"no right to write": {cloudtest.CommentToken, 5, []int{0, 403}, 0, "pull-requests: write"},
		"another's token":   {"ghs_canary-other", 5, nil, 0, "status 401"},
		"no number":         {cloudtest.CommentToken, 0, nil, 0, "which pull request"},
		"read again":        {cloudtest.CommentToken, 5, []int{502}, 1, ""},
		"written again":     {cloudtest.CommentToken, 5, []int{0, 429}, 1, ""},
		"not written twice": {cloudtest.CommentToken, 5, []int{0, 502}, 0, "status 502"},
		"a redirect":        {cloudtest.CommentToken, 5, []int{302}, 0, "status 302"},
	} {
		pulls := cloud.Pulls()
		pulls.Refuse(test.refuse...)
		c := newCommenter(cloud, test.token)
		done, err := c.Comment(t.Context(), test.number, "registry", "page")
		switch {
		case test.says == "" && (done != ci.CommentMade || err != nil):
			t.Errorf("%s: %s, %v", name, done, err)
		case test.says != "" && (!errors.Is(err, ci.ErrComment) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "canary")):
			t.Errorf("%s: %v", name, err)
		}
		if pulls.Writes() != test.writes {
			t.Errorf("%s: %d comments were written", name, pulls.Writes())
		}
	}

	c := newCommenter(cloud, cloudtest.CommentToken)
	for name, value := range map[string]string{
		"GITHUB_REPOSITORY": "acme/registry/../../user", "GITHUB_GRAPHQL_URL": "http://api.github.com/graphql", "GITHUB_API_URL": "http://api.github.com",
	} {
		c.Getenv = func(asked string) string {
			if asked == name {
				return value
			}
			return pullRequestJob()(asked)
		}
		cloud.Pulls() // without a comment, so that one has to be made
		if _, err := c.Comment(t.Context(), 5, "registry", "page"); !errors.Is(err, ci.ErrComment) {
			t.Errorf("%s is %s: %v", name, value, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.Getenv = pullRequestJob()
	if _, err := c.Comment(ctx, 5, "registry", "page"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
