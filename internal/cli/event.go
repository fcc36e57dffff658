// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/gitfs"
)

func nameOf(pr *ci.PullRequest) string {
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
