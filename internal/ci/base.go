// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"encoding/json"
	"fmt"
)

// MergedBase returns the parent of a merge that is the base of the change: the CI system
// has merged the change into its target, and runs for that commit. head and parents are
// those of the commit checked out. It returns "" if that is another commit, or no such
// merge: an author can push a merge commit of his own.
func (p *PullRequest) MergedBase(getenv func(string) string, head string, parents []string) string {
	if len(parents) != 2 || p.Head == "" || parents[1] != p.Head || head != Commit(getenv) {
		return ""
	}
	return parents[0]
}

// remoteRef returns the full ref that a clone has for a branch of its origin, "" for no
// branch.
func remoteRef(branch string) string {
	if branch == "" {
		return ""
	}
	return "refs/remotes/origin/" + branch
}

// mergeQueueEvent is the event of GitHub for the changes that a merge queue is about to
// merge (docs.github.com, "Events that trigger workflows", merge_group).
const mergeQueueEvent = "merge_group"

// mergeQueue reads the event of a merge queue. It does not say whose changes these are.
func mergeQueue(getenv func(string) string) (*PullRequest, error) {
	content, err := readEvent(getenv("GITHUB_EVENT_PATH"))
	if err != nil {
		return nil, err
	}
	var event struct {
		Group struct {
			Base string `json:"base_sha"`
			Head string `json:"head_sha"`
		} `json:"merge_group"`
	}
	if err := json.Unmarshal(content, &event); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if event.Group.Base == "" || event.Group.Head == "" {
		return nil, fmt.Errorf("%w: %s does not say what its base and head are", ErrEvent, mergeQueueEvent)
	}
	return &PullRequest{Base: event.Group.Base, Head: event.Group.Head, Bot: true}, nil
}

// gitLabBase returns the base of a merge request: the commit that a pipeline for merged
// results merges into, else the tip of the target branch. The commit where the source
// branch began is older than both, and is the last resort.
func gitLabBase(getenv func(string) string) (base, branch string) {
	if merged := getenv("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"); merged != "" {
		return merged, ""
	}
	return getenv("CI_MERGE_REQUEST_DIFF_BASE_SHA"), remoteRef(getenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"))
}
