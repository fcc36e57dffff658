// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"
)

// Secrets imitates GitHub's API of secrets of Actions. It decrypts the values, like
// GitHub.
type Secrets struct {
	Knobs
	Values  map[string]string   // by owner[/repo[/environment]] and name, with a space between
	Readers map[string]*Readers // of an organisation's secrets, by the same

	public, private *[32]byte
	contract        http.Handler
}

// Readers are the repositories that can read an organisation's secret.
type Readers struct {
	Visibility   string // all, private, selected
	Repositories []int64
}

// NewSecrets returns repositories without secrets. It skips or fails the test like New.
func NewSecrets(t testing.TB) *Secrets {
	t.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &Secrets{Values: map[string]string{}, Readers: map[string]*Readers{}, public: public, private: private}
	described := http.NewServeMux()
	described.HandleFunc("GET /repos/{owner}/{repo}/actions/secrets/public-key", s.key)
	described.HandleFunc("PUT /repos/{owner}/{repo}/actions/secrets/{name}", s.put)
	described.HandleFunc("GET /repos/{owner}/{repo}/environments/{environment}/secrets/public-key", s.key)
	described.HandleFunc("PUT /repos/{owner}/{repo}/environments/{environment}/secrets/{name}", s.put)
	described.HandleFunc("GET /orgs/{owner}/actions/secrets/public-key", s.key)
	described.HandleFunc("GET /orgs/{owner}/actions/secrets/{name}", s.get)
	described.HandleFunc("PUT /orgs/{owner}/actions/secrets/{name}", s.put)
	described.HandleFunc("GET /orgs/{owner}/actions/secrets/{name}/repositories", s.repositories)
	s.contract = New(t, "github-actions-secrets.json", described)
	return s
}

// ServeHTTP answers a request.
func (s *Secrets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, s.contract, func(w http.ResponseWriter, v verdict) {
		status := map[verdict]int{anonymous: http.StatusUnauthorized, throttled: http.StatusTooManyRequests}[v]
		if status == 0 {
			status = http.StatusForbidden
		}
		reply(w, status, object{"message": "refused"})
	})
}

func (s *Secrets) key(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, object{"key_id": "568250167242549743", "key": base64.StdEncoding.EncodeToString(s.public[:])})
}

func (s *Secrets) put(w http.ResponseWriter, r *http.Request) {
	var question struct {
		Value        string  `json:"encrypted_value"`
		KeyID        string  `json:"key_id"`
		Visibility   string  `json:"visibility"`
		Repositories []int64 `json:"selected_repository_ids"`
	}
	if err := read(r, &question); err != nil {
		reply(w, http.StatusBadRequest, object{"message": err.Error()})
		return
	}
	sealed, err := base64.StdEncoding.DecodeString(question.Value)
	open, ok := box.OpenAnonymous(nil, sealed, s.public, s.private)
	if err != nil || !ok || question.KeyID != "568250167242549743" {
		reply(w, http.StatusUnprocessableEntity, object{"message": "cannot be opened"})
		return
	}
	at := place(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	status := http.StatusCreated
	if _, there := s.Values[at]; there {
		status = http.StatusNoContent
	}
	s.Values[at] = string(open)
	if question.Visibility != "" {
		s.Readers[at] = &Readers{Visibility: question.Visibility, Repositories: question.Repositories}
	}
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	reply(w, status, object{})
}

// place returns the key of a secret in the fields of Secrets.
func place(r *http.Request) string {
	at := path.Join(r.PathValue("owner"), r.PathValue("repo"), r.PathValue("environment"))
	return at + " " + r.PathValue("name")
}

// Serves returns the value of a secret, "" if it does not exist.
func (s *Secrets) Serves(at string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Values[at]
}

// Kept returns the current values.
func (s *Secrets) Kept() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.Values))
}

// readers returns the readers of the secret in a request, nil if it does not exist.
func (s *Secrets) readers(w http.ResponseWriter, r *http.Request) *Readers {
	s.mu.Lock()
	defer s.mu.Unlock()
	readers := s.Readers[place(r)]
	if readers == nil {
		reply(w, http.StatusNotFound, object{"message": "Not Found"})
	}
	return readers
}

func (s *Secrets) get(w http.ResponseWriter, r *http.Request) {
	if readers := s.readers(w, r); readers != nil {
		reply(w, http.StatusOK, object{
			"name": r.PathValue("name"), "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "visibility": readers.Visibility,
		})
	}
}

// repositories uses pages: "Using pagination in the REST API".
func (s *Secrets) repositories(w http.ResponseWriter, r *http.Request) {
	readers := s.readers(w, r)
	if readers == nil {
		return
	}
	size, err := strconv.Atoi(r.URL.Query().Get("per_page"))
	page, pageErr := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || pageErr != nil || readers.Visibility != "selected" {
		reply(w, http.StatusConflict, object{"message": "refused"})
		return
	}
	list := []object{}
	from := min((page-1)*size, len(readers.Repositories))
	for _, id := range readers.Repositories[from:min(from+size, len(readers.Repositories))] {
		list = append(list, repository(id))
	}
	reply(w, http.StatusOK, object{"total_count": len(readers.Repositories), "repositories": list})
}

// repository returns a "minimal repository" of the description. Only its id is
// meaningful.
func repository(id int64) object {
	o := object{"id": id, "node_id": "n", "name": "r", "full_name": "acme/r", "private": true, "fork": false, "description": nil, "hooks_url": "h"}
	owner := object{"login": "acme", "id": 1, "node_id": "n", "type": "User", "site_admin": false, "gravatar_id": nil}
	for name, into := range map[string]object{
		"archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events forks git_commits git_refs " +
			"git_tags html issue_comment issue_events issues keys labels languages merges milestones notifications pulls releases stargazers statuses subscribers " +
			"subscription tags teams trees": o,
		"avatar html followers following gists starred subscriptions organizations repos events received_events": owner, //nolint:misspell // GitHub spells it so
	} {
		for part := range strings.FieldsSeq(name) {
			into[part+"_url"] = "https://api.github.com/x"
		}
		into["url"] = "https://api.github.com/x"
	}
	o["owner"] = owner
	return o
}
