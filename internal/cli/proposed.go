// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/policy"
)

// autoBase is the --base of a run that is about a pull request: the commit that
// it goes to.
const autoBase = "auto"

// refuseProposed ends a command that writes when the run is about a pull
// request: what nobody has merged is not to be written, whoever proposes it. It
// asks nobody and comes before everything else.
func refuseProposed(env *Env, command string) error {
	pr, err := ci.PullRequestOf(env.Getenv)
	if err != nil {
		env.say("%s refuses to run: %v", command, err)
		return errObjections
	}
	if pr == nil {
		return nil
	}
	env.say("%s refuses to run for %s: it writes what was merged, and nothing that is proposed; run it on push to the default branch", command, nameOf(pr))
	return errObjections
}

func nameOf(pr *ci.PullRequest) string {
	if pr.Number == 0 {
		return "a pull request"
	}
	return fmt.Sprintf("pull request %d", pr.Number)
}

// refuseForeignCheckout ends a command that runs with the rights of the base and
// on the files of a pull request: pull_request_target is for workflows that do
// not look at what is proposed (docs.github.com, "Events that trigger workflows",
// pull_request_target). GITHUB_SHA is then the base's commit, and that is what
// may be checked out.
func refuseForeignCheckout(ctx context.Context, env *Env, dir string) error {
	pr, err := ci.PullRequestOf(env.Getenv)
	if err != nil || pr == nil || !pr.Target {
		return nil //nolint:nilerr // whoever needs the event says what is wrong with it
	}
	checkout, err := gitfs.Open(ctx, dir, "HEAD")
	if err == nil {
		commit := checkout.Commit()
		if err = checkout.Close(); err == nil && commit == env.Getenv("GITHUB_SHA") {
			return nil
		}
	}
	env.say("this run has the rights of the base (pull_request_target) and other files than the base's: "+
		"what is proposed could use those rights; run it on pull_request, which needs none (%s)", nameOf(pr))
	return errObjections
}

// proposal returns the revision that a pull request goes to, and who proposes
// it.
func proposal(env *Env) (base string, change policy.Change, err error) {
	pr, err := ci.PullRequestOf(env.Getenv)
	switch {
	case err != nil:
		return "", change, fmt.Errorf("--base %s: %w", autoBase, err)
	case pr == nil:
		return "", change, usage("--base %s: this run is about no pull request; name a revision, as origin/main", autoBase)
	case pr.Base == "":
		return "", change, usage("--base %s: the CI system does not say what the pull request goes to; name a revision, as origin/main", autoBase)
	}
	change = policy.Change{Bot: pr.Bot, Labels: pr.Labels}
	if pr.Author != "" {
		change.Author = "user:" + pr.Author
	}
	return pr.Base, change, nil
}
