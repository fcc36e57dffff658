// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Claims are the claims of an assertion about the run. They are not verified, and
// contain no part of the signature.
type Claims struct {
	Issuer   string
	Subject  string
	Audience []string
	Expires  time.Time // zero if absent

	// Claims of GitHub: docs.github.com, "OpenID Connect reference". A name can be
	// taken by somebody else later, an id cannot.
	Repository        string
	RepositoryID      string
	RepositoryOwnerID string
	Environment       string
	Ref               string
	WorkflowRef       string
}

// wireClaims is the JSON form of Claims: RFC 7519, section 4.1, and GitHub's names.
type wireClaims struct {
	Issuer            string   `json:"iss"`
	Subject           string   `json:"sub"`
	Audience          audience `json:"aud"`
	Expires           float64  `json:"exp"` // RFC 7519, section 2, NumericDate: a fraction is allowed
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

// errNotJWT never quotes the text, which may be another secret.
var errNotJWT = errors.New("not a JSON Web Token")

// decode parses the claims of an assertion. Errors: errNotJWT.
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

// Spellings returns the subject in every form that GitHub may send, the presented
// one first. repo:OWNER/NAME:... and repo:OWNER@ID/NAME@ID:... are the same job.
// Repositories created or renamed since 15 July 2026 use the form with immutable
// ids, and older ones may change to it at any time (learn.microsoft.com, "Migrate
// GitHub Actions federated credentials to immutable subjects").
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
