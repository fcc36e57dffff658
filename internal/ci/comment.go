// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	githubclient "github.com/appofapps/roster/internal/cloud/github"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
)

// ErrComment is returned for a comment that could not be written.
var ErrComment = errors.New("comment not written")

// What Comment did.
const (
	CommentMade      = "made"
	CommentChanged   = "changed"
	CommentUnchanged = "unchanged"
)

// maxPages is how many pages of 100 comments are searched for the job's own.
const maxPages = 30

// A Commenter keeps one comment of a job on a pull request.
type Commenter struct {
	Getenv func(string) string
	Token  redact.Secret // with the permission pull-requests: write
	Client *http.Client
}

// Comment creates the job's comment on a pull request, or changes the existing one. A
// hidden mark of the workflow, job and folder identifies it, and only a comment that
// this token's own user wrote counts: anybody can write the mark. Errors: ErrComment.
func (c Commenter) Comment(ctx context.Context, number int, folder, markdown string) (done string, err error) {
	repository := c.Getenv("GITHUB_REPOSITORY")
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`).MatchString(repository) || number <= 0 {
		return "", fmt.Errorf("%w: the run does not say which pull request it is about", ErrComment)
	}
	client, err := c.client()
	if err != nil {
		return "", fmt.Errorf("%w: GITHUB_API_URL: %w", ErrComment, err)
	}
	done, err = c.write(ctx, client, thread{repository, number}, c.mark(folder), markdown)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", explain(err)
	}
	return done, nil
}

// client returns a client of GitHub that gives up early: somebody waits for the job.
func (c Commenter) client() (*githubclient.Client, error) {
	own := *c.Client
	own.Timeout = requestLife
	return githubclient.New(githubclient.Config{API: c.Getenv("GITHUB_API_URL"), Token: c.Token, HTTP: &own, Budget: budget()})
}

// thread is the comments of a pull request.
type thread struct {
	repository string
	number     int
}

// write makes the comment with a mark equal to markdown. A comment whose creation had no
// answer is not created again: the next run finds it if it exists.
func (c Commenter) write(ctx context.Context, client *githubclient.Client, t thread, mark, markdown string) (done string, err error) {
	body := mark + "\n" + markdown
	there, err := c.find(ctx, client, t, mark)
	switch {
	case err != nil:
		return "", err
	case there == nil:
		path := fmt.Sprintf("/repos/%s/issues/%d/comments", t.repository, t.number)
		return CommentMade, client.Post(ctx, path, map[string]any{"body": body}, nil)
	case strings.TrimSpace(there.Body) == strings.TrimSpace(body):
		return CommentUnchanged, nil
	}
	path := fmt.Sprintf("/repos/%s/issues/comments/%d", t.repository, there.ID)
	return CommentChanged, client.Patch(ctx, path, map[string]any{"body": body}, nil)
}

// explain names the missing permission where GitHub refuses the token.
func explain(err error) error {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		if rest.IsStatus(err, status) {
			return fmt.Errorf("%w: %w; the job needs `permissions: {pull-requests: write}`", ErrComment, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrComment, err)
}

// mark returns the beginning of the job's comment. Markdown hides it.
func (c Commenter) mark(folder string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", c.Getenv("GITHUB_WORKFLOW"), c.Getenv("GITHUB_JOB"), folder))
	return "<!-- roster " + hex.EncodeToString(sum[:8]) + " -->"
}

// existing is a comment on the pull request.
type existing struct {
	ID   int64  `json:"databaseId"`
	Body string `json:"body"`
	Mine bool   `json:"viewerDidAuthor"`
}

// search reads comments and whether the token's user wrote them. Only GraphQL tells that
// to a job's token: docs.github.com, "GraphQL API", objects, IssueComment.
const search = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { databaseId body viewerDidAuthor }
      }
    }
  }
}`

// page is an answer to search.
type page struct {
	Repository struct {
		PullRequest *struct {
			Comments struct {
				PageInfo struct {
					HasNextPage bool   `json:"hasNextPage"`
					EndCursor   string `json:"endCursor"`
				} `json:"pageInfo"`
				Nodes []existing `json:"nodes"`
			} `json:"comments"`
		} `json:"pullRequest"`
	} `json:"repository"`
}

// find returns the job's own comment, nil if it has not commented yet.
func (c Commenter) find(ctx context.Context, client *githubclient.Client, t thread, mark string) (*existing, error) {
	owner, name, _ := strings.Cut(t.repository, "/")
	variables := map[string]any{"owner": owner, "name": name, "number": t.number, "after": nil}
	for range maxPages {
		var answer page
		if err := client.Query(ctx, c.Getenv("GITHUB_GRAPHQL_URL"), search, variables, &answer); err != nil {
			return nil, err
		}
		pr := answer.Repository.PullRequest
		if pr == nil {
			return nil, errors.New("GitHub does not show the pull request's comments")
		}
		for _, comment := range pr.Comments.Nodes {
			if comment.Mine && strings.HasPrefix(comment.Body, mark) {
				return &comment, nil
			}
		}
		if !pr.Comments.PageInfo.HasNextPage {
			return nil, nil //nolint:nilnil // no comment is an answer
		}
		variables["after"] = pr.Comments.PageInfo.EndCursor
	}
	return nil, fmt.Errorf("more than %d comments", 100*maxPages)
}
