// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/ci"
)

func TestContext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		env    map[string]string
		system ci.System
		actor  audit.Actor
		source audit.Source
	}{
		{
			"a terminal",
			map[string]string{"USER": "ada"},
			ci.Terminal,
			audit.Actor{Kind: audit.ActorPerson, Name: "ada"},
			audit.Source{System: "terminal"},
		},
		{
			"a terminal on Windows",
			map[string]string{"USERNAME": "ada"},
			ci.Terminal,
			audit.Actor{Kind: audit.ActorPerson, Name: "ada"},
			audit.Source{System: "terminal"},
		},
		{
			"a pull request on GitHub",
			map[string]string{
				"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octocat", "GITHUB_ACTOR_ID": "1", "GITHUB_REPOSITORY": "acme/registry",
				"GITHUB_REPOSITORY_ID": "2", "GITHUB_REPOSITORY_OWNER_ID": "3", "GITHUB_REF": "refs/pull/17/merge", "GITHUB_SHA": "abc",
				"GITHUB_WORKFLOW_REF": "acme/registry/.github/workflows/sync.yml@refs/heads/main", "GITHUB_WORKFLOW_SHA": "def",
				"GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_EVENT_NAME": "pull_request", "USER": "runner",
			},
			ci.GitHub,
			audit.Actor{Kind: audit.ActorCI, Name: "octocat", ID: "1"},
			audit.Source{
				System: "github", Repository: "acme/registry", RepositoryID: "2", RepositoryOwnerID: "3", Ref: "refs/pull/17/merge", SHA: "abc",
				WorkflowRef: "acme/registry/.github/workflows/sync.yml@refs/heads/main", WorkflowSHA: "def",
				RunID: "42", RunAttempt: "1", Event: "pull_request", PullRequest: 17,
			},
		},
		{
			"a branch on GitHub that is named like a pull request",
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/x/merge"},
			ci.GitHub,
			audit.Actor{Kind: audit.ActorCI},
			audit.Source{System: "github", Ref: "refs/pull/x/merge"},
		},
		{
			"Azure Pipelines",
			map[string]string{
				"TF_BUILD": "True", "BUILD_REQUESTEDFOR": "Ada", "BUILD_REQUESTEDFORID": "1", "BUILD_REPOSITORY_NAME": "registry",
				"BUILD_REPOSITORY_ID": "2", "BUILD_SOURCEBRANCH": "refs/heads/main", "BUILD_SOURCEVERSION": "abc",
				"BUILD_BUILDID": "42", "SYSTEM_JOBATTEMPT": "1", "BUILD_REASON": "IndividualCI",
			},
			ci.Azure,
			audit.Actor{Kind: audit.ActorCI, Name: "Ada", ID: "1"},
			audit.Source{
				System: "azure", Repository: "registry", RepositoryID: "2", Ref: "refs/heads/main", SHA: "abc",
				RunID: "42", RunAttempt: "1", Event: "IndividualCI",
			},
		},
		{
			"GitLab",
			map[string]string{
				"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "ada", "GITLAB_USER_ID": "1", "CI_PROJECT_PATH": "acme/registry", "CI_PROJECT_ID": "2",
				"CI_COMMIT_REF_NAME": "main", "CI_COMMIT_SHA": "abc", "CI_PIPELINE_ID": "42", "CI_PIPELINE_SOURCE": "push",
			},
			ci.GitLab,
			audit.Actor{Kind: audit.ActorCI, Name: "ada", ID: "1"},
			audit.Source{System: "gitlab", Repository: "acme/registry", RepositoryID: "2", Ref: "main", SHA: "abc", RunID: "42", Event: "push"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			getenv := func(name string) string { return test.env[name] }
			if got := ci.Detect(getenv); got != test.system {
				t.Errorf("system is %s, want %s", got, test.system)
			}
			actor, source := ci.Context(getenv)
			if d := cmp.Diff(test.actor, actor); d != "" {
				t.Errorf("actor differs (-want +got):\n%s", d)
			}
			if d := cmp.Diff(test.source, source); d != "" {
				t.Errorf("source differs (-want +got):\n%s", d)
			}
		})
	}
}
