// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/remote"
	"github.com/appofapps/roster/internal/retry"
)

// ErrComment is returned for a comment that could not be written.
var ErrComment = errors.New("GitHub does not take it")

// What became of a comment.
const (
	CommentMade      = "made"
	CommentChanged   = "changed"
	CommentUnchanged = "unchanged"
)

// mostPages ends the search for a comment among many: 3,000 comments are read.
const mostPages = 30

// maxAnswer is more than a page of the largest comments takes.
const maxAnswer = 16 << 20

// A Commenter keeps one comment of a job on a pull request.
type Commenter struct {
	Getenv func(string) string
	Token  redact.Secret // with the permission pull-requests: write
	Client *http.Client  // follows no redirect
}

// Comment makes the job's comment on a pull request, or changes the one that is
// there. It is known by a hidden mark of the workflow, job and folder, and
// believed only if this token's own user wrote it: anybody can write the mark.
// Errors: ErrComment.
func (c Commenter) Comment(ctx context.Context, number int, folder, markdown string) (done string, err error) {
	repository := c.Getenv("GITHUB_REPOSITORY")
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`).MatchString(repository) || number <= 0 {
		return "", fmt.Errorf("%w: the run does not say of which pull request it is", ErrComment)
	}
	mark := c.mark(folder)
	body := mark + "\n" + markdown
	there, err := c.find(ctx, repository, number, mark)
	switch {
	case err != nil:
		return "", err
	case there == nil:
		path := fmt.Sprintf("/repos/%s/issues/%d/comments", repository, number)
		return CommentMade, c.send(ctx, http.MethodPost, c.Getenv("GITHUB_API_URL")+path, map[string]any{"body": body}, nil)
	case strings.TrimSpace(there.Body) == strings.TrimSpace(body):
		return CommentUnchanged, nil
	}
	path := fmt.Sprintf("/repos/%s/issues/comments/%d", repository, there.ID)
	return CommentChanged, c.send(ctx, http.MethodPatch, c.Getenv("GITHUB_API_URL")+path, map[string]any{"body": body}, nil)
}

// mark is what the job's comment begins with; nobody sees it.
func (c Commenter) mark(folder string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", c.Getenv("GITHUB_WORKFLOW"), c.Getenv("GITHUB_JOB"), folder))
	return "<!-- roster " + hex.EncodeToString(sum[:8]) + " -->"
}

// existing is a comment that is there.
type existing struct {
	ID   int64  `json:"databaseId"`
	Body string `json:"body"`
	Mine bool   `json:"viewerDidAuthor"`
}

// search asks for comments with who wrote them, which no other interface tells
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

// find returns the job's own comment, nil if there is none.
func (c Commenter) find(ctx context.Context, repository string, number int, mark string) (*existing, error) {
	owner, name, _ := strings.Cut(repository, "/")
	variables := map[string]any{"owner": owner, "name": name, "number": number, "after": nil}
	for range mostPages {
		var answer struct {
			Data struct {
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
			} `json:"data"`
		}
		if err := c.send(ctx, http.MethodPost, c.Getenv("GITHUB_GRAPHQL_URL"), map[string]any{"query": search, "variables": variables}, &answer); err != nil {
			return nil, err
		}
		pr := answer.Data.Repository.PullRequest
		if pr == nil {
			return nil, fmt.Errorf("%w: it does not show the pull request's comments", ErrComment)
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
	return nil, fmt.Errorf("%w: there are more than %d comments", ErrComment, 100*mostPages)
}

// send sends one request, again if GitHub asks for that. What makes a comment is
// not sent twice after an answer that got lost: the next run finds what is there.
func (c Commenter) send(ctx context.Context, method, link string, in, out any) error {
	if u, err := url.Parse(link); err != nil || u.Scheme != "https" || u.User != nil {
		return fmt.Errorf("%w: GITHUB_API_URL or GITHUB_GRAPHQL_URL is not an https URL", ErrComment)
	}
	content, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode comment: %w", err)
	}
	again := out != nil || method == http.MethodPatch // it may be repeated
	err = retry.Do(ctx, budget(), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, requestLife)
		defer cancel()
		return c.once(ctx, method, link, content, out, again)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (c Commenter) once(ctx context.Context, method, link string, content []byte, out any, again bool) (err error) {
	req, err := http.NewRequestWithContext(ctx, method, link, bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrComment, err)
	}
	// docs.github.com, "Getting started with the REST API", Headers.
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	req.Header.Set("User-Agent", "roster")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	resp, err := c.Client.Do(req)
	if err != nil {
		return later(fmt.Errorf("%w: %w", ErrComment, remote.Bare(err)), again)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return retry.Later(status(resp), 0)
	case resp.StatusCode >= http.StatusInternalServerError:
		return later(status(resp), again)
	case resp.StatusCode/100 != 2:
		return status(resp)
	case err != nil:
		return later(fmt.Errorf("%w: its answer is cut off", ErrComment), again)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: its answer is not what is documented", ErrComment)
	}
	return nil
}

func later(err error, again bool) error {
	if again {
		return retry.Later(err, time.Duration(0))
	}
	return err
}

// status is a refusal. What GitHub says beside the number is not passed on.
func status(resp *http.Response) error {
	err := fmt.Errorf("%w: status %d", ErrComment, resp.StatusCode)
	if resp.StatusCode == http.StatusForbidden || resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusUnauthorized {
		return fmt.Errorf("%w; the job needs `permissions: {pull-requests: write}`", err)
	}
	return err
}
