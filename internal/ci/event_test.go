// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/ci"
)

const (
	personEvent = `{"action": "opened", "number": 7, "pull_request": {"number": 7, "base": {"sha": "b1", "repo": {"id": 1}},
		"head": {"sha": "h1", "repo": {"id": 1, "fork": false}}, "user": {"login": "ada", "type": "User"},
		"labels": [{"name": "access"}, {"name": "a\nb"}]}, "repository": {"id": 1}}`
	forkEvent = `{"pull_request": {"number": 8, "base": {"sha": "b1", "repo": {"id": 1}}, "head": {"sha": "h1", "repo": {"id": 2, "fork": true}},
		"user": {"login": "dependabot[bot]", "type": "Bot"}}}`
	goneEvent = `{"pull_request": {"number": 9, "base": {"sha": "b1", "repo": {"id": 1}}, "head": {"sha": "h1", "repo": null}, "user": null}}`
)

func TestPullRequestOf(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env   map[string]string
		event string
		want  *ci.PullRequest
	}{
		"terminal": {nil, "", nil},
		"push":     {map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}, `{"ref": "refs/heads/main"}`, nil},
		"person": {
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"},
			personEvent,
			&ci.PullRequest{Number: 7, Base: "b1", Head: "h1", Author: "ada", Labels: []string{"access", "a\nb"}},
		},
		"fork of a bot": {
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request_target"},
			forkEvent,
			&ci.PullRequest{Number: 8, Base: "b1", Head: "h1", Fork: true, Author: "dependabot[bot]", Bot: true, Target: true},
		},
		"fork that is gone": {
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request_review"},
			goneEvent,
			&ci.PullRequest{Number: 9, Base: "b1", Head: "h1", Fork: true, Bot: true},
		},
		"person whose branch a bot pushed": {
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"},
			strings.Replace(personEvent, `"repository"`, `"sender": {"login": "renovate[bot]", "type": "Bot"}, "repository"`, 1),
			&ci.PullRequest{Number: 7, Base: "b1", Head: "h1", Author: "ada", Bot: true, Labels: []string{"access", "a\nb"}},
		},
		"named target": {
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"},
			strings.Replace(goneEvent, `"base": {`, `"base": {"ref": "release/1", `, 1),
			&ci.PullRequest{Number: 9, Base: "b1", Branch: "refs/remotes/origin/release/1", Head: "h1", Fork: true, Bot: true},
		},
		"merge queue": {
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "merge_group"},
			`{"action": "checks_requested", "merge_group": {"base_sha": "b4", "head_sha": "h4"}, "sender": {"login": "ada", "type": "User"}}`,
			&ci.PullRequest{Base: "b4", Head: "h4", Bot: true},
		},
		"merge request": {
			map[string]string{
				"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "4", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b2",
				"CI_COMMIT_SHA": "h2", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5", "CI_MERGE_REQUEST_PROJECT_ID": "6", "CI_MERGE_REQUEST_LABELS": "one,two",
			},
			"",
			&ci.PullRequest{Number: 4, Base: "b2", Head: "h2", Fork: true, Labels: []string{"one", "two"}, Bot: true},
		},
		"merge request whose branch is known": {
			map[string]string{
				"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b2", "CI_COMMIT_SHA": "h2",
				"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release/1",
			},
			"",
			&ci.PullRequest{Base: "b2", Branch: "refs/remotes/origin/release/1", Head: "h2", Bot: true},
		},
		"merge request with merged results": {
			map[string]string{
				"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b2", "CI_COMMIT_SHA": "m2",
				"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "t2", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "h2",
			},
			"",
			&ci.PullRequest{Base: "t2", Head: "h2", Bot: true},
		},
		"branch of GitLab": {map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push"}, "", nil},
		"Azure": {
			map[string]string{
				"TF_BUILD": "True", "BUILD_REASON": "PullRequest", "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
				"SYSTEM_PULLREQUEST_PULLREQUESTID": "11", "SYSTEM_PULLREQUEST_SOURCECOMMITID": "h3", "SYSTEM_PULLREQUEST_ISFORK": "True",
			},
			"",
			&ci.PullRequest{Number: 11, Base: "refs/remotes/origin/main", Branch: "refs/remotes/origin/main", Head: "h3", Fork: true, Bot: true},
		},
		"build of Azure": {map[string]string{"TF_BUILD": "True", "BUILD_REASON": "IndividualCI"}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ci.PullRequestOf(environment(t, test.env, test.event))
			if d := cmp.Diff(test.want, got); d != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
		})
	}
}

// environment returns an environment with an event in a file, if there is one.
func environment(t *testing.T, env map[string]string, event string) func(string) string {
	t.Helper()
	path := ""
	if event != "" {
		path = filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(path, []byte(event), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) string {
		if name == "GITHUB_EVENT_PATH" {
			return path
		}
		return env[name]
	}
}

// TestUnreadableEvents shows events by which nothing may be decided.
func TestUnreadableEvents(t *testing.T) {
	t.Parallel()
	env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}
	for name, event := range map[string]string{
		"no file":       "",
		"no JSON":       "{",
		"a list":        "[]",
		"no request":    `{"action": "opened"}`,
		"null":          `{"pull_request": null}`,
		"no base":       `{"pull_request": {"head": {"sha": "h", "repo": {"id": 1}}}}`,
		"no head":       `{"pull_request": {"base": {"sha": "b", "repo": {"id": 1}}}}`,
		"another type":  strings.Replace(personEvent, `"number": 7, "base"`, `"number": "7", "base"`, 1),
		"sha of a list": strings.Replace(personEvent, `"sha": "b1"`, `"sha": ["b1"]`, 1),
		"no repository": strings.Replace(personEvent, `"repo": {"id": 1}},`, `"repo": null},`, 1),
		"trailing text": personEvent + "x",
	} {
		if got, err := ci.PullRequestOf(environment(t, env, event)); !errors.Is(err, ci.ErrEvent) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestPushedToDefaultBranch(t *testing.T) {
	t.Parallel()
	const push = `{"ref": "refs/heads/main", "repository": {"default_branch": "main"}}`
	for name, test := range map[string]struct {
		env   map[string]string
		event string
		want  bool
		fails bool
	}{
		"the default branch": {map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}, push, true, false},
		"another ref":        {map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/x"}, push, false, false},
		"another branch":     {map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/x"}, strings.Replace(push, "heads/main", "heads/x", 1), false, false},
		"a tag of that name": {map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/main"}, strings.Replace(push, "heads/main", "tags/main", 1), false, false},
		"deleted":            {map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}, strings.Replace(push, "{", `{"deleted": true, `, 1), false, false},
		"another event":      {map[string]string{"GITHUB_EVENT_NAME": "schedule", "GITHUB_REF": "refs/heads/main"}, push, false, false},
		"no branch":          {map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}, `{"ref": "refs/heads/main"}`, false, true},
		"no file":            {map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}, "", false, true},
	} {
		test.env["GITHUB_ACTIONS"] = "true"
		got, err := ci.PushedToDefaultBranch(environment(t, test.env, test.event))
		if got != test.want || errors.Is(err, ci.ErrEvent) != test.fails {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
