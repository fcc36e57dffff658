// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// CommentToken is the token of a job that can comment on pull requests.
const CommentToken = "ghs_canary-comment-token"

// maxComment is the length of the longest comment that GitHub accepts, in characters.
const maxComment = 65_536

// A Comment is a comment on the pull request.
type Comment struct {
	ID   int
	Body string
	Mine bool // the token's own user wrote it
}

// Pulls is the part of GitHub's API that comments on pull request 5 of
// acme/registry: "REST API endpoints for issue comments" and the GraphQL object
// IssueComment. It refuses undocumented requests. No OpenAPI description of these
// operations is available; the imitation follows the documentation pages.
type Pulls struct {
	mu       sync.Mutex // guards the fields below
	comments []Comment
	writes   int
	refuse   []int // statuses of the next answers
}

// Pulls adds api.github.com to the internet.
func (c *Cloud) Pulls(comments ...Comment) *Pulls {
	p := &Pulls{comments: slices.Clone(comments)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /graphql", p.guarded(p.search))
	mux.HandleFunc("POST /repos/acme/registry/issues/5/comments", p.guarded(p.create))
	mux.HandleFunc("PATCH /repos/acme/registry/issues/comments/{id}", p.guarded(p.edit))
	c.Handle("api.github.com", mux)
	return p
}

// Comments returns the existing comments.
func (p *Pulls) Comments() []Comment {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.comments)
}

// Writes returns how often a comment was created or changed.
func (p *Pulls) Writes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes
}

// Refuse answers the next requests with these statuses; 0 serves the request.
func (p *Pulls) Refuse(statuses ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = statuses
}

// guarded checks the required headers ("Getting started with the REST API"), and
// reads the body.
func (p *Pulls) guarded(serve func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		status := 0
		switch {
		case len(p.refuse) > 0 && p.refuse[0] != 0:
			status = p.refuse[0]
		case r.Header.Get("Authorization") != "Bearer "+CommentToken:
			status = http.StatusUnauthorized
		case r.Header.Get("User-Agent") == "":
			status = http.StatusForbidden
		case err != nil || r.Header.Get("Accept") != "application/vnd.github+json" || r.Header.Get("X-GitHub-Api-Version") != "2022-11-28" ||
			r.Header.Get("Content-Type") != "application/json" || !json.Valid(body):
			status = http.StatusBadRequest
		}
		if len(p.refuse) > 0 {
			p.refuse = p.refuse[1:]
		}
		if status != 0 {
			refusePull(w, status)
			return
		}
		serve(w, r, body)
	}
}

func refusePull(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"message": "refused with a canary", "status": "%d"}`, status)
}

// search answers the only allowed query, in two pages.
func (p *Pulls) search(w http.ResponseWriter, _ *http.Request, body []byte) {
	var question struct {
		Query     string `json:"query"`
		Variables struct {
			Owner  string  `json:"owner"`
			Name   string  `json:"name"`
			Number int     `json:"number"`
			After  *string `json:"after"`
		} `json:"variables"`
	}
	shape := regexp.MustCompile(`^query\(\$owner: String!, \$name: String!, \$number: Int!, \$after: String\) \{ repository\(owner: \$owner, name: \$name\) \{ ` +
		`pullRequest\(number: \$number\) \{ comments\(first: 100, after: \$after\) \{ pageInfo \{ hasNextPage endCursor \} ` +
		`nodes \{ databaseId body viewerDidAuthor \} \} \} \} \}$`)
	err := json.Unmarshal(body, &question)
	v := question.Variables
	if err != nil || !shape.MatchString(strings.Join(strings.Fields(question.Query), " ")) || v.Owner != "acme" || v.Name != "registry" || v.Number != 5 {
		refusePull(w, http.StatusBadRequest)
		return
	}
	first := 0
	if v.After != nil {
		if first, err = strconv.Atoi(strings.TrimPrefix(*v.After, "cursor-")); err != nil {
			refusePull(w, http.StatusBadRequest)
			return
		}
	}
	const size = 2
	last := min(first+size, len(p.comments))
	nodes := []map[string]any{}
	for _, c := range p.comments[first:last] {
		nodes = append(nodes, map[string]any{"databaseId": c.ID, "body": c.Body, "viewerDidAuthor": c.Mine})
	}
	answerPull(w, http.StatusOK, map[string]any{"data": map[string]any{"repository": map[string]any{"pullRequest": map[string]any{
		"comments": map[string]any{
			"pageInfo": map[string]any{"hasNextPage": last < len(p.comments), "endCursor": fmt.Sprint("cursor-", last)},
			"nodes":    nodes,
		},
	}}}})
}

func (p *Pulls) create(w http.ResponseWriter, _ *http.Request, body []byte) {
	text, taken := commentOf(body)
	if !taken {
		refusePull(w, http.StatusUnprocessableEntity)
		return
	}
	c := Comment{ID: 1000 + len(p.comments), Body: text, Mine: true}
	p.comments = append(p.comments, c)
	p.writes++
	answerPull(w, http.StatusCreated, map[string]any{"id": c.ID, "body": c.Body})
}

func (p *Pulls) edit(w http.ResponseWriter, r *http.Request, body []byte) {
	text, taken := commentOf(body)
	at := slices.IndexFunc(p.comments, func(c Comment) bool { return strconv.Itoa(c.ID) == r.PathValue("id") })
	switch {
	case at < 0:
		refusePull(w, http.StatusNotFound)
	case !taken:
		refusePull(w, http.StatusUnprocessableEntity)
	default:
		p.comments[at].Body = text
		p.writes++
		answerPull(w, http.StatusOK, map[string]any{"id": p.comments[at].ID, "body": text})
	}
}

// commentOf returns the body of a comment. It must be the only field and not too long.
func commentOf(body []byte) (text string, taken bool) {
	var fields map[string]string
	if err := json.Unmarshal(body, &fields); err != nil || len(fields) != 1 {
		return "", false
	}
	text = fields["body"]
	return text, text != "" && len([]rune(text)) <= maxComment
}

func answerPull(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic("an answer is JSON: " + err.Error())
	}
}
