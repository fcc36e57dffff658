// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"strings"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/report"
)

// commentVariable holds the token that comments on the pull request; without it
// there is no comment. It needs the permission pull-requests: write and nothing
// more.
const commentVariable = "ROSTER_COMMENT_TOKEN"

// mostComment is less than the 65,536 characters that GitHub takes, by what the
// rest of a comment needs.
const mostComment = 60_000

// comment puts a review on the pull request of the run, in one comment that later
// runs change in place. A comment that cannot be written fails nothing: the
// summary says the same.
func comment(ctx context.Context, env *Env, o *opened, r report.Review, options report.TextOptions) error {
	token := redact.New(env.Getenv(commentVariable))
	pr, err := ci.PullRequestOf(env.Getenv)
	switch {
	case token.Reveal() == "" || ci.Detect(env.Getenv) != ci.GitHub || err != nil || pr == nil:
		return nil //nolint:nilerr // whoever needs the event says what is wrong with it
	case pr.Fork:
		env.say("no comment: the pull request is from a fork, whose runs may not write; the summary of the run says the same")
		return nil
	}
	var page strings.Builder
	if err := report.MarkdownReview(&page, r, options, mostComment); err != nil {
		return err
	}
	c := ci.Commenter{Getenv: env.Getenv, Token: token, Client: wire.HTTPClient()}
	switch done, err := c.Comment(ctx, pr.Number, o.dir, page.String()); {
	case err != nil:
		env.say("no comment: %v; the summary of the run says the same", err)
	default:
		env.say("comment on pull request %d: %s", pr.Number, done)
	}
	return nil
}
