// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/appofapps/roster/internal/ci"
)

// gitHubEvents are all events that start a workflow: docs.github.com, "Events that
// trigger workflows".
func gitHubEvents() []string {
	return []string{
		"branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment", "deployment_status", "discussion",
		"discussion_comment", "fork", "gollum", "image_version", "issue_comment", "issues", "label", "merge_group", "milestone", "page_build",
		"public", "pull_request", "pull_request_comment", "pull_request_review", "pull_request_review_comment", "pull_request_target",
		"push", "registry_package", "release", "repository_dispatch", "schedule", "status", "watch", "workflow_call", "workflow_dispatch",
		"workflow_run", "", "PUSH", "an event of tomorrow",
	}
}

// TestMergedEvents holds every event of three CI systems, on the branch that is merged
// to, against the allow-list.
func TestMergedEvents(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(path, []byte(`{"ref":"refs/heads/main","repository":{"default_branch":"main"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, system := range []struct {
		name, variable string
		env            map[string]string
		all, writes    []string
	}{
		{
			"GitHub", "GITHUB_EVENT_NAME",
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": path},
			gitHubEvents(),
			[]string{"push", "schedule", "workflow_dispatch"},
		},
		{
			"GitLab", "CI_PIPELINE_SOURCE",
			map[string]string{"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"},
			[]string{
				"api", "chat", "external", "external_pull_request_event", "merge_request_event", "ondemand_dast_scan", "ondemand_dast_validation",
				"parent_pipeline", "pipeline", "push", "schedule", "security_orchestration_policy", "trigger", "web", "webide", "", "Push",
			},
			[]string{"api", "push", "schedule", "web"},
		},
		{
			"Azure Pipelines", "BUILD_REASON",
			map[string]string{"TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/heads/main"},
			[]string{"Manual", "IndividualCI", "BatchedCI", "Schedule", "ValidateShelveset", "CheckInShelveset", "PullRequest", "ResourceTrigger", "BuildCompletion", ""},
			[]string{"BatchedCI", "IndividualCI", "Manual", "Schedule"},
		},
	} {
		for _, event := range system.all {
			system.env[system.variable] = event
			err := ci.Merged(func(name string) string { return system.env[name] }, "")
			if want := slices.Contains(system.writes, event); want != (err == nil) || err != nil && !errors.Is(err, ci.ErrNotMerged) {
				t.Errorf("%s %q: %v", system.name, event, err)
			}
		}
	}
}

// TestMergedBranches refuses other branches, tags and deleted ones.
func TestMergedBranches(t *testing.T) {
	t.Parallel()
	event := func(text string) string {
		path := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pushed := event(`{"ref":"refs/heads/main","repository":{"default_branch":"main"}}`)
	github := func(name, ref, path string) map[string]string {
		return map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_REF": ref, "GITHUB_EVENT_PATH": path}
	}
	gitlab := func(more ...string) map[string]string {
		env := map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
		for i := 0; i < len(more); i += 2 {
			env[more[i]] = more[i+1]
		}
		return env
	}
	azure := func(ref string, more ...string) map[string]string {
		env := map[string]string{"TF_BUILD": "True", "BUILD_REASON": "Manual", "BUILD_SOURCEBRANCH": ref}
		for i := 0; i < len(more); i += 2 {
			env[more[i]] = more[i+1]
		}
		return env
	}
	for name, test := range map[string]struct {
		env    map[string]string
		branch string
		writes bool
	}{
		"a terminal":                       {map[string]string{}, "", true},
		"a CI system that nobody knows":    {map[string]string{"CI": "true"}, "", false},
		"a push":                           {github("push", "refs/heads/main", pushed), "", true},
		"a push to another branch":         {github("push", "refs/heads/x", event(`{"ref":"refs/heads/x","repository":{"default_branch":"main"}}`)), "", false},
		"a push to a named branch":         {github("push", "refs/heads/x", event(`{"ref":"refs/heads/x","repository":{"default_branch":"main"}}`)), "x", true},
		"a push to main, x is named":       {github("push", "refs/heads/main", pushed), "x", false},
		"a push of a tag":                  {github("push", "refs/tags/main", event(`{"ref":"refs/tags/main","repository":{"default_branch":"main"}}`)), "", false},
		"a branch was deleted":             {github("push", "refs/heads/main", event(`{"ref":"refs/heads/main","deleted":true,"repository":{"default_branch":"main"}}`)), "", false},
		"the event is of another ref":      {github("push", "refs/heads/main", event(`{"ref":"refs/heads/x","repository":{"default_branch":"main"}}`)), "", false},
		"no default branch":                {github("push", "refs/heads/main", event(`{"ref":"refs/heads/main"}`)), "", false},
		"dispatch on a branch":             {github("workflow_dispatch", "refs/heads/x", pushed), "", false},
		"dispatch on a pull request":       {github("workflow_dispatch", "refs/pull/7/merge", pushed), "", false},
		"no event":                         {github("push", "refs/heads/main", ""), "", false},
		"GitLab":                           {gitlab(), "", true},
		"GitLab, another branch":           {gitlab("CI_COMMIT_BRANCH", "x"), "", false},
		"GitLab, a named branch":           {gitlab("CI_COMMIT_BRANCH", "x"), "x", true},
		"GitLab, a tag":                    {gitlab("CI_COMMIT_TAG", "main"), "", false},
		"GitLab, a merge request":          {gitlab("CI_MERGE_REQUEST_IID", "7"), "", false},
		"GitLab, no default branch":        {gitlab("CI_DEFAULT_BRANCH", ""), "", false},
		"Azure Pipelines":                  {azure("refs/heads/main"), "", true},
		"Azure Pipelines, master":          {azure("refs/heads/master"), "", false},
		"Azure Pipelines, master is named": {azure("refs/heads/master"), "master", true},
		"Azure Pipelines, a pull request":  {azure("refs/pull/7/merge"), "", false},
		"Azure Pipelines, its number":      {azure("refs/heads/main", "SYSTEM_PULLREQUEST_PULLREQUESTID", "7"), "", false},
	} {
		if err := ci.Merged(func(name string) string { return test.env[name] }, test.branch); test.writes != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
