// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"testing"

	"golang.org/x/crypto/nacl/box"
)

// Secrets stands in for GitHub's API of secrets of Actions. It opens what it is
// sent, as GitHub does.
type Secrets struct {
	Knobs
	Values map[string]string // by owner/repo[/environment] and name, with a space between

	public, private *[32]byte
	contract        http.Handler
}

// NewSecrets returns repositories without secrets. It is skipped or fails as New
// does.
func NewSecrets(t testing.TB) *Secrets {
	t.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &Secrets{Values: map[string]string{}, public: public, private: private}
	described := http.NewServeMux()
	described.HandleFunc("GET /repos/{owner}/{repo}/actions/secrets/public-key", s.key)
	described.HandleFunc("PUT /repos/{owner}/{repo}/actions/secrets/{name}", s.put)
	described.HandleFunc("GET /repos/{owner}/{repo}/environments/{environment}/secrets/public-key", s.key)
	described.HandleFunc("PUT /repos/{owner}/{repo}/environments/{environment}/secrets/{name}", s.put)
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
		Value string `json:"encrypted_value"`
		KeyID string `json:"key_id"`
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
	place := r.PathValue("owner") + "/" + r.PathValue("repo")
	if environment := r.PathValue("environment"); environment != "" {
		place += "/" + environment
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status := http.StatusCreated
	if _, there := s.Values[place+" "+r.PathValue("name")]; there {
		status = http.StatusNoContent
	}
	s.Values[place+" "+r.PathValue("name")] = string(open)
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	reply(w, status, object{})
}
