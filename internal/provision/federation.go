// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/cloud/rest"
)

// application is an app registration in Microsoft Graph.
type application struct {
	ID    string `json:"id"`
	AppID string `json:"appId"`
}

// credential is a federated identity credential in Microsoft Graph.
type credential struct {
	Name        string   `json:"name"`
	Issuer      string   `json:"issuer"`
	Subject     string   `json:"subject"`
	Audiences   []string `json:"audiences"`
	Description string   `json:"description,omitempty"`
}

func (f Federation) credential() credential {
	return credential{
		Name: f.Name, Issuer: f.Issuer, Subject: f.Subject, Audiences: []string{f.audience()},
		Description: "Made by roster",
	}
}

func (f Federation) step(state State) Step {
	return Step{Kind: KindFederation, Name: f.Application + " " + f.Name, State: state}
}

// lookFederations compares the credentials of each application, in the order of
// the desired federations.
func (l *look) lookFederations(ctx context.Context) error {
	seen := map[string]bool{}
	for _, f := range l.w.Federations {
		if seen[f.Application] {
			continue
		}
		seen[f.Application] = true
		var wanted []Federation
		for _, g := range l.w.Federations {
			if g.Application == f.Application {
				wanted = append(wanted, g)
			}
		}
		if err := l.lookApplication(ctx, f.Application, wanted); err != nil {
			return err
		}
	}
	return nil
}

func (l *look) lookApplication(ctx context.Context, id string, wanted []Federation) error {
	if l.Graph == nil {
		for _, f := range wanted {
			step := f.step(Denied)
			step.Detail, step.Fix = "this identity lacks access to Microsoft Graph", f.fix("create")
			l.add(step)
		}
		return nil
	}
	object, err := findApplication(ctx, l.Graph, id)
	var there []credential
	if err == nil {
		there, err = credentials(ctx, l.Graph, object)
	}
	switch {
	case missing(err):
		for _, f := range wanted {
			step := f.step(Failed)
			step.Detail = fmt.Sprintf("no app registration has the object id or application id %q", id)
			l.add(step)
		}
		return nil
	case denied(err):
		for _, f := range wanted {
			step := f.step(Denied)
			step.Fix = f.fix("create")
			l.deny(step, err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("read application %q: %w", id, err)
	}
	count := len(there)
	for _, f := range wanted {
		step := f.compare(there)
		if step.State == Missing {
			count++
			if count > maxFederations {
				step.State, step.Fix = Differs, ""
				step.Detail = fmt.Sprintf("the application has %d federated credentials; the limit is %d: remove an unused one", len(there), maxFederations)
			} else {
				step.make = &request{path: credentialsPath(object), body: f.credential(), federation: &federated{object, f}}
			}
		}
		l.add(step)
	}
	return nil
}

// compare finds the credential for the issuer and subject, under any name.
func (f Federation) compare(there []credential) Step {
	step := f.step(Missing)
	step.Fix = f.fix("create")
	for _, c := range there {
		switch {
		case c.Issuer == f.Issuer && c.Subject == f.Subject && slices.Contains(c.Audiences, f.audience()):
			return f.step(Present)
		case c.Issuer == f.Issuer && c.Subject == f.Subject, c.Name == f.Name:
			held := f
			held.Name = c.Name
			step.State, step.Fix = Differs, held.fix("update")
			step.Detail = fmt.Sprintf("credential %q trusts %q of %q for %q", c.Name, c.Subject, c.Issuer, c.Audiences)
		}
	}
	return step
}

// findApplication returns the object id of an application.
func findApplication(ctx context.Context, graph *azure.Client, id string) (string, error) {
	all, err := azure.List[application](ctx, graph, "/applications", url.Values{
		"$filter": {"appId eq '" + id + "'"}, // a GUID, see Check
		"$select": {"id,appId"},
	})
	if err != nil || len(all) > 0 {
		if len(all) > 0 {
			return all[0].ID, nil
		}
		return "", err
	}
	var one application
	err = graph.Get(ctx, rest.Path("applications", id), url.Values{"$select": {"id,appId"}}, &one)
	return one.ID, err
}

func credentials(ctx context.Context, graph *azure.Client, object string) ([]credential, error) {
	return azure.List[credential](ctx, graph, credentialsPath(object), nil)
}

func credentialsPath(object string) string {
	return rest.Path("applications", object, "federatedIdentityCredentials")
}
