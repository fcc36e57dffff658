// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxEvent is the largest event that GitHub delivers (docs.github.com, "Webhook
// events and payloads": 25 MB).
const maxEvent = 25 << 20

// ErrEvent is returned for an event that cannot be read.
var ErrEvent = errors.New("unreadable event of the CI system")

// PullRequest is a proposed change as the CI system describes it. Its author controls all
// fields except Base, Branch, Fork and Bot, which the system sets.
type PullRequest struct {
	Number int      // 0 if unknown
	Base   string   // commit that the change targets, or its full ref; see Branch
	Branch string   // full ref of the target branch in a clone, better than Base where the clone has it; "" if unknown
	Head   string   // newest commit of the pull request; "" if unknown
	Fork   bool     // from another repository
	Author string   // login; "" if unknown
	Bot    bool     // the author, or who caused the run, is not a person
	Labels []string // in the order of the event
	Target bool     // the run has the permissions of the base: pull_request_target
}

// PullRequestOf returns the pull request of a run, nil if the run is not for one. It
// reads the event's file on GitHub, and variables on GitLab and Azure Pipelines, which
// say less. Errors: ErrEvent, also for a pull request event without base and head.
func PullRequestOf(getenv func(string) string) (*PullRequest, error) {
	switch Detect(getenv) {
	case GitHub:
		return gitHubPullRequest(getenv)
	case GitLab:
		return gitLabPullRequest(getenv), nil
	case Azure:
		return azurePullRequest(getenv), nil
	default:
		return nil, nil //nolint:nilnil // no pull request is an answer
	}
}

// isPullRequestEvent reports the events whose runs are about one proposed change:
// pull_request, pull_request_target, pull_request_review and its like
// (docs.github.com, "Events that trigger workflows").
func isPullRequestEvent(name string) bool { return strings.HasPrefix(name, "pull_request") }

// gitHubEvent is the part of an event that is read.
type gitHubEvent struct {
	Sender      *account `json:"sender"` // who caused the event, for example by a push
	PullRequest *struct {
		Number int `json:"number"`
		Base   struct {
			Ref  string `json:"ref"`
			SHA  string `json:"sha"`
			Repo *repo  `json:"repo"`
		} `json:"base"`
		Head struct {
			SHA  string `json:"sha"`
			Repo *repo  `json:"repo"` // null when the fork is gone
		} `json:"head"`
		User   *account `json:"user"`
		Labels []struct {
			Name string `json:"name"`
		} `json:"labels"`
	} `json:"pull_request"`
}

type account struct {
	Login string `json:"login"`
	Type  string `json:"type"` // User, or something that is no person
}

func (a account) isPerson() bool { return a.Type == "User" }

type repo struct {
	ID   int64 `json:"id"`
	Fork bool  `json:"fork"`
}

func gitHubPullRequest(getenv func(string) string) (*PullRequest, error) {
	name := getenv("GITHUB_EVENT_NAME")
	if name == mergeQueueEvent {
		return mergeQueue(getenv)
	}
	if !isPullRequestEvent(name) {
		return nil, nil //nolint:nilnil // no pull request is an answer
	}
	content, err := readEvent(getenv("GITHUB_EVENT_PATH"))
	if err != nil {
		return nil, err
	}
	var event gitHubEvent
	if err := json.Unmarshal(content, &event); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	pr := event.PullRequest
	if pr == nil || pr.Base.SHA == "" || pr.Head.SHA == "" || pr.Base.Repo == nil {
		return nil, fmt.Errorf("%w: %s does not say what its base and head are", ErrEvent, name)
	}
	result := &PullRequest{
		Number: pr.Number, Base: pr.Base.SHA, Branch: remoteRef(pr.Base.Ref), Head: pr.Head.SHA,
		Fork:   pr.Head.Repo == nil || pr.Head.Repo.ID != pr.Base.Repo.ID,
		Bot:    true, // unless a person is named
		Target: name == "pull_request_target",
	}
	if pr.User != nil {
		result.Author = pr.User.Login
		result.Bot = !pr.User.isPerson() || event.Sender != nil && !event.Sender.isPerson()
	}
	for _, l := range pr.Labels {
		result.Labels = append(result.Labels, l.Name)
	}
	return result, nil
}

func readEvent(path string) (content []byte, err error) {
	if path == "" {
		return nil, fmt.Errorf("%w: GITHUB_EVENT_PATH is not set", ErrEvent)
	}
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err = io.ReadAll(io.LimitReader(file, maxEvent+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrEvent, err)
	case len(content) > maxEvent:
		return nil, fmt.Errorf("%w: it is larger than %d bytes", ErrEvent, maxEvent)
	}
	return content, nil
}

// gitLabPullRequest reads the variables of a merge request pipeline
// (docs.gitlab.com, "Predefined CI/CD variables"). Nothing there says who its
// author is.
func gitLabPullRequest(getenv func(string) string) *PullRequest {
	if getenv("CI_PIPELINE_SOURCE") != "merge_request_event" {
		return nil
	}
	pr := &PullRequest{
		Number: number(getenv("CI_MERGE_REQUEST_IID")),
		Head:   firstOf(getenv, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"),
		Fork:   getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID") != getenv("CI_MERGE_REQUEST_PROJECT_ID"),
		Labels: split(getenv("CI_MERGE_REQUEST_LABELS")),
		Bot:    true,
	}
	pr.Base, pr.Branch = gitLabBase(getenv)
	return pr
}

// azurePullRequest reads the variables of a pull request's build
// (learn.microsoft.com, "Predefined variables", System.PullRequest).
func azurePullRequest(getenv func(string) string) *PullRequest {
	if getenv("BUILD_REASON") != "PullRequest" {
		return nil
	}
	branch := remoteRef(strings.TrimPrefix(getenv("SYSTEM_PULLREQUEST_TARGETBRANCH"), "refs/heads/"))
	return &PullRequest{
		Number: number(getenv("SYSTEM_PULLREQUEST_PULLREQUESTID")),
		Base:   branch, Branch: branch, Head: getenv("SYSTEM_PULLREQUEST_SOURCECOMMITID"),
		Fork: strings.EqualFold(getenv("SYSTEM_PULLREQUEST_ISFORK"), "true"),
		Bot:  true,
	}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// PushedToDefaultBranch reports whether a run is about a push to the default
// branch of a GitHub repository, whose files were merged. Errors are ErrEvent.
func PushedToDefaultBranch(getenv func(string) string) (bool, error) {
	if Detect(getenv) != GitHub || getenv("GITHUB_EVENT_NAME") != "push" {
		return false, nil
	}
	content, err := readEvent(getenv("GITHUB_EVENT_PATH"))
	if err != nil {
		return false, err
	}
	var event struct {
		Ref        string `json:"ref"`
		Deleted    bool   `json:"deleted"`
		Repository struct {
			DefaultBranch string `json:"default_branch"`
		} `json:"repository"`
	}
	if err := json.Unmarshal(content, &event); err != nil {
		return false, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	branch := event.Repository.DefaultBranch
	if branch == "" || event.Ref == "" {
		return false, fmt.Errorf("%w: push does not say to which branch", ErrEvent)
	}
	return event.Ref == "refs/heads/"+branch && !event.Deleted && event.Ref == getenv("GITHUB_REF"), nil
}
