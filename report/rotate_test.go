// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"
	"time"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/rotate"
)

func formatRotation(w io.Writer, format string, r any) error {
	return Rotation().Write(w, format, r.(*rotate.Result), TextOptions{})
}

func writeRotationPage(w io.Writer, format string, r any) error {
	return onPage(format, func() error { return MarkdownRotation(w, r.(*rotate.Result), 1<<20) })
}

func writeStanding(w io.Writer, format string, r any) error {
	return Standing().Write(w, format, r.(*rotate.Status), TextOptions{})
}

func writeStandingPage(w io.Writer, format string, r any) error {
	return onPage(format, func() error { return MarkdownStanding(w, r.(*rotate.Status), 1<<20) })
}

func formatRotationPlan(w io.Writer, format string, r any) error {
	if format == formatMarkdown {
		return MarkdownRotationPlan(w, r.(*rotate.Plan), 1<<20)
	}
	return RotationPlan().Write(w, format, r.(*rotate.Plan), TextOptions{})
}

// newRotationPlan has a credential in every situation.
func newRotationPlan() *rotate.Plan {
	return &rotate.Plan{APIVersion: manifest.APIVersion, Kind: rotate.PlanKind, Registry: "acme", At: *on(28), Credentials: []rotate.Planned{
		{
			Node: "orders/checkout@prod", Name: "okta", Type: "okta-client-secret", Owner: "group:a", Origin: rotate.ClientGenerated, Reason: rotate.Scheduled, Generation: 3,
			Created: on(1), Calls: []rotate.Call{
				{State: rotate.Staged, Method: "PUT", URL: "https://acme-prod.vault.azure.net/secrets/checkout-next"},
				{State: rotate.Created, Method: "POST", URL: "https://acme.okta.com/api/v1/apps/0oa1checkout00000000/credentials/secrets"},
			},
			Sinks: []string{"secret checkout of vault acme-prod", "GitHub secret OKTA of acme/checkout"}, Consumers: []string{"web", "worker"}, Overlap: on(2),
			Needs:    []rotate.Need{{Permission: "scope okta.apps.manage in Okta", Granted: rotate.Yes}, {Permission: "Secrets: write on acme/checkout", Granted: rotate.Unknown}},
			Blockers: []string{}, Secretless: "private_key_jwt with a key in Key Vault needs no shared secret",
		},
		{
			Node: "orders/new@prod", Name: "db", Type: "cosmos-key", Owner: "group:b", Origin: rotate.DualKey, Reason: rotate.Leak, Generation: 1, State: rotate.Staged, Expires: on(9),
			Calls: []rotate.Call{}, Sinks: []string{"file secrets/db"},
			Needs:    []rotate.Need{{Permission: "Microsoft.DocumentDB/databaseAccounts/regenerateKey/action on acme", Granted: rotate.No}},
			Blockers: []string{"held: the provider is being moved", "read account: status 403"},
		},
	}}
}

func before(days int) *time.Time {
	t := on(1).AddDate(0, 0, -days)
	return &t
}

func on(day int) *time.Time {
	t := time.Date(2026, 2, day, 6, 0, 0, 0, time.UTC)
	return &t
}

// newRotation has a line of every kind.
func newRotation() *rotate.Result {
	return &rotate.Result{APIVersion: manifest.APIVersion, Kind: rotate.ResultKind, Registry: "acme", Credentials: []rotate.Line{
		{Node: "orders/carts@prod", Name: "api", Type: "self-issued-token", Rotated: true, Next: on(28)},
		{Node: "orders/checkout@prod", Name: "okta", Type: "okta-client-secret", State: rotate.Promoted, Waits: "the overlap", Next: on(2)},
		{Node: "orders/fulfilment@prod", Name: "cosmos", Type: "cosmos-key", Next: on(20)},
		{Node: "payments/ledger@prod", Name: "entra", Type: "entra-client-secret", State: rotate.Staged, Error: "use the new key: status 401"},
		{Node: "payments/refunds@prod", Name: "api", Type: "self-issued-token", State: rotate.Prepared, Held: "held: 5 failures in a row, the last: list keys: status 403"},
	}}
}

// newStanding has a credential in every situation.
func newStanding() *rotate.Status {
	return &rotate.Status{APIVersion: manifest.APIVersion, Kind: rotate.StatusKind, Registry: "acme", At: *on(1), Undeclared: []rotate.Undeclared{
		{Node: "orders/old@prod", Name: "api", Type: "entra-client-secret", Generation: 4, Key: "55555555-0000-0000-0000-000000000001", Created: before(9), Expires: on(20)},
	}, Expiring: []rotate.Expiring{
		{Days: 7, Credentials: []string{"payments/ledger@prod entra"}}, {Days: 30, Credentials: []string{"orders/carts@prod api"}},
	}, Credentials: []rotate.CredentialStatus{
		{Node: "orders/carts@prod", Name: "api", Type: "self-issued-token", Owner: "group:a", Generation: 3, Created: before(16), Expires: on(28), Next: on(20), Secretless: "a service with workload identity needs no token"},
		{Node: "orders/checkout@prod", Name: "okta", Type: "okta-client-secret", Owner: "group:a", Generation: 2, Created: before(1), State: rotate.Promoted, Reason: rotate.Scheduled, Attempt: 1, Waits: "acknowledgement of worker", Overlap: on(2), Missing: []string{"worker"}, Next: on(2), Checked: true, Orphans: []string{"ocs3", "ocs4"}, Foreign: 1},
		{Node: "orders/new@prod", Name: "key", Type: "cosmos-key", Owner: "group:b", Due: true, Unchecked: "list keys: status 403"},
		{Node: "payments/ledger@prod", Name: "entra", Type: "entra-client-secret", Owner: "group:c", Generation: 1, Created: before(20), Expires: on(7), State: rotate.Staged, Reason: rotate.Leak, Attempt: 3, Holder: "18.1-k3x", Lease: on(1), Leftover: []string{"key-7"}, Failures: 2, Cause: "use the new key: status 401", Due: true},
		{Node: "payments/refunds@prod", Name: "api", Type: "self-issued-token", Owner: "group:c", Generation: 1, Created: before(40), Held: "the provider is being moved", Failures: 5},
	}}
}
