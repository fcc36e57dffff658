// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/policy"
)

// autoBase is the --base of a run for a pull request: the commit that the pull
// request targets.
const autoBase = "auto"

func nameOf(pr *ci.PullRequest) string {
	if pr.Queue {
		return "an entry of the merge queue"
	}
	if pr.Number == 0 {
		return "a pull request"
	}
	return fmt.Sprintf("pull request %d", pr.Number)
}

// refuseForeignCheckout ends a command that has the permissions of the base and the
// files of a pull request. pull_request_target is for workflows that do not read
// the files of the pull request (docs.github.com, "Events that trigger workflows",
// pull_request_target). The commit of the event is then the base's, and only that
// one may be checked out.
func refuseForeignCheckout(ctx context.Context, env *Env, dir string) error {
	pr, err := ci.PullRequestOf(env.Getenv)
	if err != nil || pr == nil || !pr.Target {
		return nil //nolint:nilerr // the command that needs the event reports it
	}
	checkout, err := gitfs.Open(ctx, dir, "HEAD")
	if err == nil {
		commit := checkout.Commit()
		if err = checkout.Close(); err == nil && commit == ci.Commit(env.Getenv) {
			return nil
		}
	}
	env.say("refusing to run: pull_request_target gives this job the base's permissions, but the files of %s are checked out; "+
		"run it on pull_request, which needs no permissions", nameOf(pr))
	return errFindings
}

// proposal returns the revision that a pull request targets, and its author.
func proposal(ctx context.Context, env *Env, dir string) (base string, change policy.Change, err error) {
	pr, err := ci.PullRequestOf(env.Getenv)
	switch {
	case err != nil:
		return "", change, fmt.Errorf("--base %s: %w", autoBase, err)
	case pr == nil:
		return "", change, usage("--base %s: this run is not for a pull request; name a revision, for example origin/main", autoBase)
	case pr.Base == "":
		return "", change, usage("--base %s: the CI system does not name the target of the pull request; name a revision, for example origin/main", autoBase)
	}
	change = policy.Change{Bot: pr.Bot, Labels: pr.Labels}
	if pr.Author != "" {
		change.Author = "user:" + pr.Author
	}
	base, err = target(ctx, dir, pr)
	return base, change, err
}

// target returns what a pull request is compared with: the first of its bases that the
// clone has. A change that is its own base is refused: nothing would be compared.
func target(ctx context.Context, dir string, pr *ci.PullRequest) (string, error) {
	parents, err := gitfs.Parents(ctx, dir)
	if err != nil {
		return pr.Base, nil //nolint:nilerr // reading the base says what is wrong
	}
	bases := pr.Bases(parents)
	for i, revision := range bases {
		commit, err := gitfs.Commit(ctx, dir, revision)
		if err != nil && i+1 < len(bases) {
			continue
		}
		if head, headErr := gitfs.Head(ctx, dir); err == nil && headErr == nil && head == commit {
			return "", fmt.Errorf("--base %s: the base %s is the commit that is checked out, so nothing would be compared; check out the merge of %s",
				autoBase, gitfs.Short(commit), nameOf(pr))
		}
		return revision, nil
	}
	return pr.Base, nil
}
