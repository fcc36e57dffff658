// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNotMerged is returned for a run that may not write: it is not known to be about
// files that were merged.
var ErrNotMerged = errors.New("only merged manifests are written")

// The reasons of runs that may write, on the branch that is merged to. Everything else
// is refused: what a system adds later too. "Events that trigger workflows"
// (docs.github.com), "CI_PIPELINE_SOURCE predefined variable values"
// (docs.gitlab.com), "Build.Reason" (learn.microsoft.com, "Predefined variables").
func gitHubWrites() []string { return []string{"push", "schedule", "workflow_dispatch"} }
func gitLabWrites() []string { return []string{"api", "push", "schedule", "web"} }
func azureWrites() []string {
	return []string{"BatchedCI", "IndividualCI", "Manual", "Schedule"}
}

// Merged checks that a run may write: it is a push to the branch that changes are merged
// to, or a scheduled or manual run on it, or a person's terminal. branch is the name of
// that branch; "" is the default branch, which Azure Pipelines does not name: there it
// is main. Errors: ErrNotMerged, which says why; ErrEvent.
func Merged(getenv func(string) string, branch string) error {
	switch Detect(getenv) {
	case GitHub:
		return gitHubMerged(getenv, branch)
	case GitLab:
		return gitLabMerged(getenv, branch)
	case Azure:
		return azureMerged(getenv, branch)
	default:
		if on := getenv("CI"); on != "" && on != "false" && on != "0" {
			return notMerged("this is a run of a CI system that roster does not know; it knows GitHub Actions, GitLab and Azure Pipelines")
		}
		return nil
	}
}

func notMerged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrNotMerged}, args...)...)
}

func gitHubMerged(getenv func(string) string, branch string) error {
	name := getenv("GITHUB_EVENT_NAME")
	if !slices.Contains(gitHubWrites(), name) {
		return notMerged("the event is %q; allowed: %s", name, strings.Join(gitHubWrites(), ", "))
	}
	content, err := readEvent(getenv("GITHUB_EVENT_PATH"))
	if err != nil {
		return err
	}
	var event struct {
		Ref        string `json:"ref"`
		Deleted    bool   `json:"deleted"`
		Repository struct {
			DefaultBranch string `json:"default_branch"`
		} `json:"repository"`
	}
	if err := json.Unmarshal(content, &event); err != nil {
		return fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if branch == "" {
		branch = event.Repository.DefaultBranch
	}
	ref := getenv("GITHUB_REF")
	switch {
	case branch == "":
		return notMerged("the event does not name the default branch; name it with --branch")
	case ref != "refs/heads/"+branch:
		return notMerged("the run is on %q, and changes are merged to %q", ref, "refs/heads/"+branch)
	case name == "push" && (event.Ref != ref || event.Deleted):
		return notMerged("the event is not a push to %q", ref)
	}
	return nil
}

func gitLabMerged(getenv func(string) string, branch string) error {
	source := getenv("CI_PIPELINE_SOURCE")
	if branch == "" {
		branch = getenv("CI_DEFAULT_BRANCH")
	}
	switch {
	case getenv("CI_MERGE_REQUEST_IID") != "" || getenv("CI_MERGE_REQUEST_ID") != "" || getenv("CI_EXTERNAL_PULL_REQUEST_IID") != "":
		return notMerged("the pipeline is for a merge request")
	case !slices.Contains(gitLabWrites(), source):
		return notMerged("the source of the pipeline is %q; allowed: %s", source, strings.Join(gitLabWrites(), ", "))
	case branch == "":
		return notMerged("the pipeline does not name the default branch; name it with --branch")
	case getenv("CI_COMMIT_TAG") != "" || getenv("CI_COMMIT_BRANCH") != branch:
		return notMerged("the pipeline is on branch %q, and changes are merged to %q", getenv("CI_COMMIT_BRANCH"), branch)
	}
	return nil
}

func azureMerged(getenv func(string) string, branch string) error {
	if branch == "" {
		branch = "main"
	}
	reason, ref := getenv("BUILD_REASON"), getenv("BUILD_SOURCEBRANCH")
	switch {
	case getenv("SYSTEM_PULLREQUEST_PULLREQUESTID") != "":
		return notMerged("the build is for a pull request")
	case !slices.Contains(azureWrites(), reason):
		return notMerged("the reason of the build is %q; allowed: %s", reason, strings.Join(azureWrites(), ", "))
	case ref != "refs/heads/"+branch:
		return notMerged("the build is on %q, and changes are merged to %q; name another branch with --branch", ref, "refs/heads/"+branch)
	}
	return nil
}
