// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"strings"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/report"
)

// commentVariable is the variable with the token for the comment on the pull
// request. Without it there is no comment. The token needs only the permission
// pull-requests: write.
const commentVariable = "ROSTER_COMMENT_TOKEN"

// mostComment is less than the 65,536 characters that GitHub accepts. The rest is
// for what surrounds the review.
const mostComment = 60_000

// comment writes a review to the pull request of the run, in one comment that later
// runs update. A failed comment does not fail the command: the summary has the same
// text.
func (s *session) comment(ctx context.Context, r report.Review, options report.TextOptions) error {
	token := redact.New(s.Getenv(commentVariable))
	pr, err := ci.PullRequestOf(s.Getenv)
	switch {
	case token.Reveal() == "" || ci.Detect(s.Getenv) != ci.GitHub || err != nil || pr == nil:
		return nil //nolint:nilerr // the command that needs the event reports it
	case pr.Fork:
		s.say("no comment: runs of a fork's pull request may not write; the summary of the run has the same text")
		return nil
	}
	var page strings.Builder
	if err := report.MarkdownReview(&page, r, options, mostComment); err != nil {
		return err
	}
	c := ci.Commenter{Getenv: s.Getenv, Token: token, Client: s.run.Client()}
	switch done, err := c.Comment(ctx, pr.Number, s.dir, page.String()); {
	case err != nil:
		s.say("no comment: %v; the summary of the run has the same text", err)
	default:
		s.say("comment on pull request %d: %s", pr.Number, done)
	}
	return nil
}
