// SPDX-License-Identifier: Apache-2.0

// Package okta renews client secrets of applications in Okta through its management
// API: OAuth 2.0 client secrets (developer.okta.com, "Application SSO public
// keys", createOAuth2ClientSecret). Start with Source. Roster generates the value.
//
// An application has at most two secrets, which never expire and have no marker. The
// store records which ones roster created, and roster recognises them by their value.
// An old secret is deactivated first, which an administrator can undo in Okta, and
// deleted after a day.
package okta

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	oktaclient "github.com/appofapps/roster/internal/cloud/okta"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/rotate"
)

// Type is the type of credentials that this source renews.
const Type = "okta-client-secret"

// Kind is the type of providers that issue it.
const Kind = "okta"

// Scope is the scope that roster's client needs in Okta. Its admin role must manage
// the applications.
const Scope = "okta.apps.manage"

// Soak is how long an old secret is inactive before it is deleted.
const Soak = 24 * time.Hour

// mostSecrets is how many secrets an application can have (createOAuth2ClientSecret).
const mostSecrets = 2

// inactive is the status of a deactivated secret.
const inactive = "INACTIVE"

// Errors of an application that does not exist or shares its name with another, of
// one that has two secrets, and of the application that this run signs in as.
var (
	ErrApplication = errors.New("no matching application in Okta")
	ErrFull        = errors.New("no room for a third secret")
	ErrOwn         = errors.New("this run's own application, which needs no secret")
)

// Source renews client secrets.
type Source struct {
	Client *oktaclient.Client
	Now    func() time.Time
}

var (
	_ rotate.Source    = Source{}
	_ rotate.Generator = Source{}
)

// Origin returns rotate.ClientGenerated: roster generates the value.
func (Source) Origin() rotate.Origin { return rotate.ClientGenerated }

// random is how many bytes a value has: more than the 32 characters that
// client_secret_jwt requires.
const random = 48

// Generate generates a value.
func (Source) Generate(source io.Reader, _ rotate.Target) (redact.Secret, error) {
	raw := make([]byte, random)
	if _, err := io.ReadFull(source, raw); err != nil {
		return redact.Secret{}, fmt.Errorf("generate a secret: %w", err)
	}
	return redact.New(base64.RawURLEncoding.EncodeToString(raw)), nil
}

// application is the part of an application that this package reads.
type application struct {
	ID          string `json:"id"`
	Label       string `json:"label"`
	Credentials struct {
		OAuth struct {
			ID     string `json:"client_id"`
			Method string `json:"token_endpoint_auth_method"`
		} `json:"oauthClient"`
	} `json:"credentials"`
}

type secret struct {
	ID      string    `json:"id"`
	Value   string    `json:"client_secret"`
	Status  string    `json:"status"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"lastUpdated"`
}

// applicationID matches Okta's ids of applications.
var applicationID = regexp.MustCompile(`^0oa[0-9A-Za-z]{17}$`)

// pageSize is the largest page of applications (listApplications, limit).
const pageSize = "200"

// find returns the node's application. Errors: ErrApplication, ErrOwn.
func (s Source) find(ctx context.Context, t rotate.Target) (application, error) {
	a, err := s.lookUp(ctx, t)
	if err == nil && a.ID == s.Client.App() {
		return application{}, fmt.Errorf("application %s: %w", a.Label, ErrOwn)
	}
	return a, err
}

// lookUp returns an application by its id or its label. Errors: ErrApplication.
func (s Source) lookUp(ctx context.Context, t rotate.Target) (application, error) {
	name := t.Application
	if name == "" {
		return application{}, fmt.Errorf("node %s: %w: declare identity.okta.application", t.Node, ErrApplication)
	}
	var a application
	if applicationID.MatchString(name) {
		if err := s.Client.Get(ctx, "/api/v1/apps/"+name, nil, &a); err != nil {
			return a, fmt.Errorf("read application %s: %w", name, err)
		}
		return a, nil
	}
	var list []application
	if err := s.Client.Get(ctx, "/api/v1/apps", url.Values{"q": {name}, "limit": {pageSize}}, &list); err != nil {
		return a, fmt.Errorf("find application %s: %w", name, err)
	}
	found := 0
	for _, candidate := range list {
		if candidate.Label == name {
			a = candidate
			found++
		}
	}
	if found != 1 || !applicationID.MatchString(a.ID) {
		return application{}, fmt.Errorf("node %s: %w: number of applications named %q: %d; use the id", t.Node, ErrApplication, name, found)
	}
	return a, nil
}

// below returns a path below an application's secrets.
func below(a application, rest string) string {
	return "/api/v1/apps/" + a.ID + "/credentials/secrets" + rest
}

func (s Source) secrets(ctx context.Context, t rotate.Target) (application, []secret, error) {
	a, err := s.find(ctx, t)
	if err != nil {
		return a, nil, err
	}
	var list []secret
	if err := s.Client.Get(ctx, below(a, ""), nil, &list); err != nil {
		return a, nil, fmt.Errorf("list the secrets of application %s: %w", a.Label, err)
	}
	return a, list, nil
}

// List returns the client secrets of the node's application.
func (s Source) List(ctx context.Context, t rotate.Target) ([]rotate.Key, error) {
	_, list, err := s.secrets(ctx, t)
	if err != nil {
		return nil, err
	}
	keys := make([]rotate.Key, len(list))
	for i, known := range list {
		keys[i] = rotate.Key{ID: known.ID, Created: known.Created, Value: redact.New(known.Value)}
	}
	return keys, nil
}

// Create adds the value to the application's secrets. It is idempotent. Errors:
// ErrFull.
func (s Source) Create(ctx context.Context, t rotate.Target, r rotate.Request) (rotate.NewKey, error) {
	a, list, err := s.secrets(ctx, t)
	if err != nil {
		return rotate.NewKey{}, err
	}
	value := r.Value.Reveal()
	for _, known := range list {
		if known.Value == value && known.Status != inactive {
			return rotate.NewKey{Key: known.ID}, nil
		}
	}
	if len(list) >= mostSecrets {
		return rotate.NewKey{}, full(a, list, []string{r.Live})
	}
	var made secret
	if err := s.Client.Post(ctx, below(a, ""), map[string]string{"client_secret": value, "status": "ACTIVE"}, &made); err != nil {
		return rotate.NewKey{}, fmt.Errorf("add a secret to application %s: %w", a.Label, err)
	}
	if made.ID == "" {
		return rotate.NewKey{}, fmt.Errorf("add a secret to application %s: the response has no id", a.Label)
	}
	return rotate.NewKey{Key: made.ID}, nil
}

// full returns ErrFull with the secrets that roster does not know.
func full(a application, list []secret, known []string) error {
	var others []string
	for _, s := range list {
		if !slices.Contains(known, s.ID) {
			others = append(others, s.ID+", created "+s.Created.UTC().Format(time.DateOnly))
		}
	}
	return fmt.Errorf("application %s: %w: delete the unused one in Okta (%s)", a.Label, ErrFull, strings.Join(others, "; "))
}

// Verify asks Okta whether the secret is valid.
func (s Source) Verify(ctx context.Context, t rotate.Target, _ string, value redact.Secret) error {
	a, err := s.find(ctx, t)
	if err != nil {
		return err
	}
	err = s.Client.ProveSecret(ctx, a.Credentials.OAuth.ID, a.Credentials.OAuth.Method, value)
	if errors.Is(err, oktaclient.ErrSecret) {
		return fmt.Errorf("%w: %w", rotate.ErrNotYet, err)
	}
	return err
}

// Revoke deactivates a secret and, after a day or at once, deletes it: Okta deletes
// only inactive ones (deleteOAuth2ClientSecret). It is idempotent.
func (s Source) Revoke(ctx context.Context, t rotate.Target, r rotate.Revocation) error {
	a, list, err := s.secrets(ctx, t)
	if err != nil {
		return err
	}
	for _, known := range list {
		if known.ID == r.Key {
			return s.retire(ctx, a, known, r.AtOnce)
		}
	}
	return nil
}

func (s Source) retire(ctx context.Context, a application, known secret, atOnce bool) error {
	at := "/" + url.PathEscape(known.ID)
	if known.Status != inactive {
		if err := s.Client.Post(ctx, below(a, at+"/lifecycle/deactivate"), nil, &known); err != nil {
			return fmt.Errorf("deactivate a secret of application %s: %w", a.Label, err)
		}
		known.Updated = s.Now()
	}
	if end := known.Updated.Add(Soak); !atOnce && s.Now().Before(end) {
		return &rotate.PendingError{At: end, For: "a day in which an administrator can reactivate the old secret in Okta"}
	}
	if err := s.Client.Delete(ctx, below(a, at)); err != nil && !rest.IsStatus(err, http.StatusNotFound) {
		return fmt.Errorf("delete a secret of application %s: %w", a.Label, err)
	}
	return nil
}
