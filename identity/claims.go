// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Claims are what an assertion says of the run. They were read and not
// verified; nothing of the signature is kept.
type Claims struct {
	Issuer   string
	Subject  string
	Audience []string
	Expires  time.Time // zero if it does not say

	// What GitHub says besides: docs.github.com, "OpenID Connect reference".
	// Names change hands, ids never do.
	Repository        string
	RepositoryID      string
	RepositoryOwnerID string
	Environment       string
	Ref               string
	WorkflowRef       string
}

// wireClaims are the same under the names of RFC 7519, section 4.1, and GitHub's.
type wireClaims struct {
	Issuer            string   `json:"iss"`
	Subject           string   `json:"sub"`
	Audience          audience `json:"aud"`
	Expires           float64  `json:"exp"` // RFC 7519, section 2, NumericDate: a fraction is legal
	Repository        string   `json:"repository"`
	RepositoryID      string   `json:"repository_id"`
	RepositoryOwnerID string   `json:"repository_owner_id"`
	Environment       string   `json:"environment"`
	Ref               string   `json:"ref"`
	WorkflowRef       string   `json:"workflow_ref"`
}

// audience is one text or a list of them: RFC 7519, section 4.1.3.
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// errNotJWT says nothing of the text: it may be some other secret.
var errNotJWT = errors.New("it is not a JSON Web Token")

// decode reads what an assertion claims.
func decode(token string) (Claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Claims{}, errNotJWT
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Claims{}, errNotJWT
	}
	var w wireClaims
	if json.Unmarshal(text, &w) != nil {
		return Claims{}, errNotJWT
	}
	c := Claims{
		Issuer: w.Issuer, Subject: w.Subject, Audience: w.Audience,
		Repository: w.Repository, RepositoryID: w.RepositoryID, RepositoryOwnerID: w.RepositoryOwnerID,
		Environment: w.Environment, Ref: w.Ref, WorkflowRef: w.WorkflowRef,
	}
	if w.Expires > 0 {
		c.Expires = time.Unix(int64(w.Expires), 0).UTC()
	}
	return c, nil
}

// Spellings returns the subject in every form in which GitHub may write it, the
// presented one first. Repositories that are new or renamed since 15 July 2026
// carry the ids that are never given to another (learn.microsoft.com, "Migrate
// GitHub Actions federated credentials to immutable subjects"), older ones may
// at any time: repo:OWNER/NAME:... and repo:OWNER@ID/NAME@ID:... are the same job.
func (c Claims) Spellings() []string {
	all := []string{c.Subject}
	rest, ok := strings.CutPrefix(c.Subject, "repo:")
	if !ok {
		return all
	}
	repository, rest, _ := strings.Cut(rest, ":")
	owner, name, ok := strings.Cut(repository, "/")
	if !ok {
		return all
	}
	owner, _, hasOwner := strings.Cut(owner, "@")
	name, _, hasName := strings.Cut(name, "@")
	switch {
	case hasOwner && hasName:
		return append(all, "repo:"+owner+"/"+name+":"+rest)
	case c.RepositoryOwnerID != "" && c.RepositoryID != "":
		return append(all, "repo:"+owner+"@"+c.RepositoryOwnerID+"/"+name+"@"+c.RepositoryID+":"+rest)
	}
	return all
}
