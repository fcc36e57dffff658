// SPDX-License-Identifier: Apache-2.0

// Package entra renews client secrets of applications in Microsoft Entra ID through
// Microsoft Graph: application: addPassword and removePassword
// (learn.microsoft.com, "application resource type"). Start with Source. The service
// generates the value and shows it once.
//
// Roster recognises its secrets by their display name, which is the rotation's
// marker, and never touches others. The least permission is
// Application.ReadWrite.OwnedBy, with roster's identity as an owner of the
// applications.
package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/rotate"
)

// Type is the type of credentials that this source renews.
const Type = "entra-client-secret"

// Prover proves a client secret: it asks Entra ID for a token with it.
// Errors: rotate.ErrNotYet.
type Prover func(ctx context.Context, client string, secret redact.Secret) error

// Source renews client secrets. Graph is a client of version 1.0.
type Source struct {
	Graph *azure.Client
	Prove Prover
	Own   string                             // client id that this run signs in as: its secrets are never touched
	Roles func(ctx context.Context) []string // app roles of this run in Microsoft Graph; none if they are unknown
}

var _ rotate.Source = Source{}

var _ rotate.Marked = Source{}

// KeepsMarkers says that a secret's display name is its marker.
func (Source) KeepsMarkers() {}

// Origin returns rotate.ProviderGenerated: the service generates the value.
func (Source) Origin() rotate.Origin { return rotate.ProviderGenerated }

// application is the part of an application that this package reads.
type application struct {
	ID        string     `json:"id"`
	AppID     string     `json:"appId"`
	Name      string     `json:"displayName"`
	Passwords []password `json:"passwordCredentials"`
}

type password struct {
	KeyID       string     `json:"keyId"`
	DisplayName string     `json:"displayName"`
	Start       *time.Time `json:"startDateTime"`
	End         *time.Time `json:"endDateTime"`
	Secret      string     `json:"secretText"`
}

// ErrApplication is returned for a node that declares no application, or whose
// application does not exist or shares its name with another.
var ErrApplication = errors.New("no matching application in Entra ID")

// ErrOwn is returned for the application that this run signs in as.
var ErrOwn = errors.New("this run's own application, which needs no secret")

// find returns the node's application, by its client id or its name. Errors:
// ErrApplication, ErrOwn.
func (s Source) find(ctx context.Context, t rotate.Target) (application, error) {
	name := t.Application
	if name == "" {
		return application{}, fmt.Errorf("node %s: %w: declare identity.entra.application", t.Node, ErrApplication)
	}
	filter := "displayName eq '" + strings.ReplaceAll(name, "'", "''") + "'"
	if names.IsGUID(name) {
		filter = "appId eq '" + name + "'"
	}
	list, err := azure.List[application](ctx, s.Graph, "/applications", url.Values{"$filter": {filter}})
	switch {
	case err != nil:
		return application{}, fmt.Errorf("find application %s: %w", name, err)
	case len(list) != 1:
		return application{}, fmt.Errorf("node %s: %w: number of applications named %q: %d; use the client id", t.Node, ErrApplication, name, len(list))
	case !names.IsGUID(name) && list[0].Name != name: // Graph compares without case
		return application{}, fmt.Errorf("node %s: %w: the application is named %q, not %q; use the client id", t.Node, ErrApplication, list[0].Name, name)
	}
	// The list may omit secrets; the application itself has them.
	var a application
	if err := s.Graph.Get(ctx, "/applications"+rest.Path(list[0].ID), nil, &a); err != nil {
		return application{}, fmt.Errorf("read application %s: %w", name, err)
	}
	if s.Own != "" && strings.EqualFold(a.AppID, s.Own) {
		return application{}, fmt.Errorf("application %s: %w", name, ErrOwn)
	}
	return a, nil
}

// List returns the client secrets of the node's application.
func (s Source) List(ctx context.Context, t rotate.Target) ([]rotate.Key, error) {
	a, err := s.find(ctx, t)
	if err != nil {
		return nil, err
	}
	keys := make([]rotate.Key, len(a.Passwords))
	for i, p := range a.Passwords {
		keys[i] = rotate.Key{ID: p.KeyID, Marker: p.DisplayName}
		if p.Start != nil {
			keys[i].Created = *p.Start
		}
		if p.End != nil {
			keys[i].Expires = *p.End
		}
	}
	return keys, nil
}

// Create adds a client secret, which the service generates.
func (s Source) Create(ctx context.Context, t rotate.Target, r rotate.Request) (rotate.NewKey, error) {
	a, err := s.find(ctx, t)
	if err != nil {
		return rotate.NewKey{}, err
	}
	question := map[string]any{"passwordCredential": map[string]any{
		"displayName": r.Marker, "endDateTime": r.Expires.UTC().Format(time.RFC3339),
	}}
	var p password
	if err := s.Graph.Post(ctx, "/applications"+rest.Path(a.ID, "addPassword"), question, &p); err != nil {
		return rotate.NewKey{}, fmt.Errorf("add a secret to application %s: %w", a.Name, err)
	}
	if p.KeyID == "" || p.Secret == "" {
		return rotate.NewKey{}, fmt.Errorf("add a secret to application %s: the response has no secret", a.Name)
	}
	made := rotate.NewKey{Key: p.KeyID, Value: redact.New(p.Secret), Expires: r.Expires}
	if p.End != nil {
		made.Expires = *p.End
	}
	return made, nil
}

// Verify asks for a token with the secret.
func (s Source) Verify(ctx context.Context, t rotate.Target, _ string, value redact.Secret) error {
	a, err := s.find(ctx, t)
	if err != nil {
		return err
	}
	return s.Prove(ctx, a.AppID, value)
}

// Revoke revokes a client secret. It is idempotent: the service answers a second
// removal with an error, so the list of secrets decides.
func (s Source) Revoke(ctx context.Context, t rotate.Target, r rotate.Revocation) error {
	a, err := s.find(ctx, t)
	if err != nil {
		return err
	}
	err = s.Graph.Post(ctx, "/applications"+rest.Path(a.ID, "removePassword"), map[string]any{"keyId": r.Key}, nil)
	if err == nil {
		return nil
	}
	var refused *rest.Error
	if errors.As(err, &refused) && refused.Status != http.StatusBadRequest && refused.Status != http.StatusNotFound && !refused.Temporary() {
		return fmt.Errorf("remove a secret of application %s: %w", a.Name, err)
	}
	now, findErr := s.find(ctx, t)
	if findErr != nil {
		return errors.Join(err, findErr)
	}
	for _, p := range now.Passwords {
		if p.KeyID == r.Key {
			return fmt.Errorf("remove a secret of application %s: %w", a.Name, err)
		}
	}
	return nil
}
