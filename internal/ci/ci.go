// SPDX-License-Identifier: Apache-2.0

// Package ci knows the CI systems: which one runs a command, for whom and for which
// commit, where it takes summaries, outputs and comments, and how GitHub vouches for a
// job. Start with Detect.
//
// It reads the environment that it is given. Its answers are claims of the CI system,
// for the audit trail and the output format, and never a proof of identity.
package ci

import (
	"strconv"
	"strings"

	"github.com/appofapps/roster/audit"
)

// System is a CI system.
type System string

// The systems. Terminal means no CI system.
const (
	GitHub   System = "github"
	Azure    System = "azure"
	GitLab   System = "gitlab"
	Terminal System = "terminal"
)

// Detect returns the CI system of the environment. It reads the variables that each
// vendor documents as always set: GITHUB_ACTIONS (docs.github.com,
// "Default environment variables"), TF_BUILD (learn.microsoft.com, "Predefined
// variables"), GITLAB_CI (docs.gitlab.com, "Predefined CI/CD variables").
func Detect(getenv func(string) string) System {
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		return GitHub
	case strings.EqualFold(getenv("TF_BUILD"), "true"):
		return Azure
	case getenv("GITLAB_CI") == "true":
		return GitLab
	}
	return Terminal
}

// Context returns who runs the command, and from where.
func Context(getenv func(string) string) (audit.Actor, audit.Source) {
	switch system := Detect(getenv); system {
	case GitHub:
		return github(getenv)
	case Azure:
		return azure(getenv)
	case GitLab:
		return gitlab(getenv)
	default:
		return audit.Actor{Kind: audit.ActorPerson, Name: firstOf(getenv, "USER", "LOGNAME", "USERNAME")},
			audit.Source{System: string(system)}
	}
}

func github(getenv func(string) string) (audit.Actor, audit.Source) {
	return audit.Actor{Kind: audit.ActorCI, Name: getenv("GITHUB_ACTOR"), ID: getenv("GITHUB_ACTOR_ID")},
		audit.Source{
			System:            string(GitHub),
			Repository:        getenv("GITHUB_REPOSITORY"),
			RepositoryID:      getenv("GITHUB_REPOSITORY_ID"),
			RepositoryOwnerID: getenv("GITHUB_REPOSITORY_OWNER_ID"),
			Ref:               getenv("GITHUB_REF"),
			SHA:               getenv("GITHUB_SHA"),
			WorkflowRef:       getenv("GITHUB_WORKFLOW_REF"),
			WorkflowSHA:       getenv("GITHUB_WORKFLOW_SHA"),
			RunID:             getenv("GITHUB_RUN_ID"),
			RunAttempt:        getenv("GITHUB_RUN_ATTEMPT"),
			Event:             getenv("GITHUB_EVENT_NAME"),
			PullRequest:       pullRequest(getenv("GITHUB_REF")),
		}
}

// pullRequest returns the number in refs/pull/N/merge, 0 for any other ref.
func pullRequest(ref string) int {
	rest, found := strings.CutPrefix(ref, "refs/pull/")
	if !found {
		return 0
	}
	digits, _, _ := strings.Cut(rest, "/")
	return number(digits)
}

// number parses an integer; it is 0 for other text.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func azure(getenv func(string) string) (audit.Actor, audit.Source) {
	return audit.Actor{Kind: audit.ActorCI, Name: getenv("BUILD_REQUESTEDFOR"), ID: getenv("BUILD_REQUESTEDFORID")},
		audit.Source{
			System:       string(Azure),
			Repository:   getenv("BUILD_REPOSITORY_NAME"),
			RepositoryID: getenv("BUILD_REPOSITORY_ID"),
			Ref:          getenv("BUILD_SOURCEBRANCH"),
			SHA:          getenv("BUILD_SOURCEVERSION"),
			RunID:        getenv("BUILD_BUILDID"),
			RunAttempt:   getenv("SYSTEM_JOBATTEMPT"),
			Event:        getenv("BUILD_REASON"),
		}
}

func gitlab(getenv func(string) string) (audit.Actor, audit.Source) {
	return audit.Actor{Kind: audit.ActorCI, Name: getenv("GITLAB_USER_LOGIN"), ID: getenv("GITLAB_USER_ID")},
		audit.Source{
			System:       string(GitLab),
			Repository:   getenv("CI_PROJECT_PATH"),
			RepositoryID: getenv("CI_PROJECT_ID"),
			Ref:          getenv("CI_COMMIT_REF_NAME"),
			SHA:          getenv("CI_COMMIT_SHA"),
			RunID:        getenv("CI_PIPELINE_ID"),
			Event:        getenv("CI_PIPELINE_SOURCE"),
		}
}

func firstOf(getenv func(string) string, names ...string) string {
	for _, name := range names {
		if value := getenv(name); value != "" {
			return value
		}
	}
	return ""
}

// RunURL returns the URL of the run's page, "" if it is unknown.
func RunURL(getenv func(string) string) string {
	switch Detect(getenv) {
	case GitHub:
		if run := getenv("GITHUB_RUN_ID"); run != "" {
			return getenv("GITHUB_SERVER_URL") + "/" + getenv("GITHUB_REPOSITORY") + "/actions/runs/" + run
		}
	case GitLab:
		return getenv("CI_JOB_URL")
	default:
		return ""
	}
	return ""
}

// TempFolder returns the folder for files that later steps of the job read, "" if it is
// unknown.
func TempFolder(getenv func(string) string) string {
	switch Detect(getenv) {
	case GitHub:
		return getenv("RUNNER_TEMP")
	case Azure:
		return getenv("AGENT_TEMPDIRECTORY")
	case GitLab:
		return getenv("CI_PROJECT_DIR")
	default:
		return ""
	}
}
