// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/sync"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// A specimen is one result and every way of writing it. make builds the result
// anew, so that a test may spoil what it gets.
type specimen struct {
	name    string
	formats []string
	make    func(t testing.TB) any
	write   func(w io.Writer, format string, result any) error
}

// bytes writes a result of the specimen.
func (s specimen) bytes(t testing.TB, format string, result any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.write(&b, format, result); err != nil {
		t.Fatalf("%s as %s: %v", s.name, format, err)
	}
	return b.Bytes()
}

// specimens is the one fixed set that all tests of this package use.
func specimens() []specimen {
	findings, plans := Findings().Formats(), Plan().Formats()
	markdown := []string{formatMarkdown}
	graphs := Graph(GraphOptions{}).Formats()
	return []specimen{
		{"findings", findings, func(testing.TB) any { return newFindings() }, formatFindings(TextOptions{Lines: manifestLine})},
		{"findings-notes", findings, func(testing.TB) any { return newFindings() }, formatFindings(TextOptions{Notes: true, Base: "teams/shop"})},
		{"findings-colour", []string{"text"}, func(testing.TB) any { return newFindings() }, formatFindings(TextOptions{Lines: manifestLine, Colour: true})},
		{"findings-many", []string{"github", "azure"}, func(testing.TB) any { return newManyFindings() }, formatFindings(TextOptions{})},
		{"findings-none", findings, func(testing.TB) any {
			return &validate.Result{APIVersion: manifest.APIVersion, Kind: validate.Kind, Registry: "acme", At: "2026-01-31", Nodes: 1}
		}, formatFindings(TextOptions{})},
		{"change", findings, func(testing.TB) any { return newChange() }, formatFindings(TextOptions{Base: "teams/shop"})},
		{"change-none", findings, func(t testing.TB) any {
			r := newChange()
			v := verdict.Compare(bounds.New(newRegistry(t), nil), bounds.New(newRegistry(t), nil), verdict.Config{Base: "0a1b2c3d4e5f6071"})
			r.Findings, r.Verdict = nil, v
			return r
		}, formatFindings(TextOptions{})},
		{"review", markdown, func(t testing.TB) any { return newReview(t) }, writeReview(1 << 20)},
		{"review-none", markdown, func(testing.TB) any {
			return &Review{Passed: true, Result: validate.Result{APIVersion: manifest.APIVersion, Kind: validate.Kind, Registry: "acme", At: "2026-01-31", Nodes: 1}}
		}, writeReview(1 << 20)},
		{"review-long", markdown, func(t testing.TB) any { r := newReview(t); r.Result.Findings = newManyFindings().Findings; return r }, writeReview(6000)},
		{"plan", plans, func(t testing.TB) any { return newPlan(t) }, formatPlan(TextOptions{})},
		{"plan-colour", []string{"text"}, func(t testing.TB) any { return newPlan(t) }, formatPlan(TextOptions{Colour: true})},
		{"plan-empty", plans, func(t testing.TB) any { return newEmptyPlan(t) }, formatPlan(TextOptions{})},
		{"sync-page", markdown, func(testing.TB) any { r := newSync(); r.Cost = &store.Usage{Requests: 12, Charge: 34}; return r }, writeSyncPage},
		{"sync", Sync().Formats(), func(testing.TB) any { return newSync() }, formatSync},
		{"sync-stopped", Sync().Formats(), func(testing.TB) any { r := newSync(); r.Remaining = 40; return r }, formatSync},
		{"sync-nothing", Sync().Formats(), func(testing.TB) any {
			return &sync.Result{APIVersion: manifest.APIVersion, Kind: sync.Kind, Registry: "acme", Operation: "op", Plan: "sha256:0"}
		}, formatSync},
		{"rotation", Rotation().Formats(), func(testing.TB) any { return newRotation() }, formatRotation},
		{"rotation-page", markdown, func(testing.TB) any { return newRotation() }, writeRotationPage},
		{"rotation-none", Rotation().Formats(), func(testing.TB) any {
			return &rotate.Result{APIVersion: manifest.APIVersion, Kind: rotate.ResultKind, Registry: "acme", Credentials: []rotate.Line{}}
		}, formatRotation},
		{"rotationplan", append(slices.Clone(markdown), RotationPlan().Formats()...), func(testing.TB) any { return newRotationPlan() }, formatRotationPlan},
		{"rotationplan-none", RotationPlan().Formats(), func(testing.TB) any {
			return &rotate.Plan{APIVersion: manifest.APIVersion, Kind: rotate.PlanKind, Registry: "acme", At: *on(28), Credentials: []rotate.Planned{}}
		}, formatRotationPlan},
		{"standing", Standing().Formats(), func(testing.TB) any { return newStanding() }, writeStanding},
		{"standing-page", markdown, func(testing.TB) any { return newStanding() }, writeStandingPage},
		{"log", Log().Formats(), func(testing.TB) any { return newLog() }, formatLog},
		{"log-empty", Log().Formats(), func(testing.TB) any { return &ledger.AuditLog{APIVersion: manifest.APIVersion, Kind: ledger.LogKind} }, formatLog},
		{"verification", Verification().Formats(), func(testing.TB) any { return newVerification() }, formatVerification},
		{"verification-whole", Verification().Formats(), func(testing.TB) any { v := newVerification(); v.Problems = nil; return v }, formatVerification},
		{"explanation", Explanation().Formats(), func(testing.TB) any { return newExplanation() }, formatExplanation},
		{"explanation-app", Explanation().Formats(), func(testing.TB) any {
			return &validate.Explanation{APIVersion: manifest.APIVersion, Kind: validate.ExplanationKind, Node: "orders/checkout", Owner: "group:a", File: "a.yaml", Line: 3}
		}, formatExplanation},
		{"policylist", PolicyList().Formats(), func(testing.TB) any { return newPolicyList() }, formatPolicyList},
		{"policytests", PolicyTests().Formats(), func(testing.TB) any { return newPolicyTests() }, formatPolicyTests},
		{"accessdiff", AccessDiff().Formats(), func(testing.TB) any {
			return &access.Diff{NewAccess: true, Witness: "payments/refunds:write", RemovedAccess: true, RemovedWitness: "orders/a:read", Complete: true}
		}, formatAccessDiff},
		{"accessdiff-none", AccessDiff().Formats(), func(testing.TB) any { return &access.Diff{Complete: true} }, formatAccessDiff},
		{"accessdiff-hard", AccessDiff().Formats(), func(testing.TB) any { return &access.Diff{NewAccess: true, RemovedAccess: true} }, formatAccessDiff},
		{"diagnosis", Diagnosis().Formats(), func(testing.TB) any { return newDiagnosis() }, formatDiagnosis},
		{"diagnosis-healthy", Diagnosis().Formats(), func(testing.TB) any {
			return &doctor.Diagnosis{APIVersion: manifest.APIVersion, Kind: doctor.Kind, Store: "local:registry.db", For: doctor.Sync}
		}, formatDiagnosis},
		{"provision", Provision().Formats(), func(testing.TB) any { return newProvisioned() }, formatProvision},
		{"provision-none", Provision().Formats(), func(testing.TB) any {
			return &Provisioned{APIVersion: manifest.APIVersion, Kind: ProvisionKind, Store: "cosmos:https://acme.documents.azure.com/registry"}
		}, formatProvision},
		{"version", Versions().Formats(), func(testing.TB) any {
			return &Version{APIVersion: manifest.APIVersion, Kind: VersionKind, Version: "v1.2.3", Commit: "0a1b2c3", Go: "go1.26", Platform: "linux/amd64"}
		}, writeVersion},
		{"failure", Failures().Formats(), func(testing.TB) any {
			return &Failure{APIVersion: manifest.APIVersion, Kind: FailureKind, Command: "roster plan", ExitCode: 2, Message: `no folder "nowhere"`}
		}, func(w io.Writer, format string, r any) error {
			return Failures().Write(w, format, *r.(*Failure), TextOptions{})
		}},
		{"graph", graphs, func(t testing.TB) any { return newRegistry(t) }, writeGraph(GraphOptions{})},
		{"graph-access", graphs, func(t testing.TB) any { return newRegistry(t) }, writeGraph(GraphOptions{Access: true})},
	}
}

func formatFindings(o TextOptions) func(io.Writer, string, any) error {
	return func(w io.Writer, format string, r any) error {
		return Findings().Write(w, format, *r.(*validate.Result), o)
	}
}

func writeReview(most int) func(io.Writer, string, any) error {
	return func(w io.Writer, format string, r any) error {
		return Reviews(most).Write(w, format, *r.(*Review), TextOptions{Base: "teams/shop"})
	}
}

// newReview has everything that a page can show.
func newReview(t testing.TB) *Review {
	t.Helper()
	p := newPlan(t)
	return &Review{
		Result: *newChange(), Changes: p.Changes, Plan: p, Cost: &store.Usage{Requests: 12, Charge: 34},
		Run: "https://github.com/acme/registry/actions/runs/18",
	}
}

func formatPlan(o TextOptions) func(io.Writer, string, any) error {
	return func(w io.Writer, format string, r any) error { return Plan().Write(w, format, r.(*plan.Plan), o) }
}

// onPage writes a result that has a page for the CI system.
func onPage(format string, write func() error) error {
	if format != formatMarkdown {
		return ErrFormat
	}
	return write()
}

func writeSyncPage(w io.Writer, format string, r any) error {
	return onPage(format, func() error { return MarkdownSync(w, r.(*sync.Result)) })
}

func formatSync(w io.Writer, format string, r any) error {
	return Sync().Write(w, format, r.(*sync.Result), TextOptions{})
}

func formatLog(w io.Writer, format string, r any) error {
	return Log().Write(w, format, r.(*ledger.AuditLog), TextOptions{})
}

func formatVerification(w io.Writer, format string, r any) error {
	return Verification().Write(w, format, r.(*ledger.Verification), TextOptions{})
}

func formatExplanation(w io.Writer, format string, r any) error {
	return Explanation().Write(w, format, *r.(*validate.Explanation), TextOptions{})
}

func formatAccessDiff(w io.Writer, format string, r any) error {
	return AccessDiff().Write(w, format, *r.(*access.Diff), TextOptions{})
}

func writeGraph(o GraphOptions) func(io.Writer, string, any) error {
	return func(w io.Writer, format string, r any) error {
		return Graph(o).Write(w, format, r.(*manifest.Registry), TextOptions{})
	}
}

// manifestLine reads a line of the registry in testdata.
func manifestLine(file string, line int) string {
	text, err := os.ReadFile("testdata/registry/" + file)
	all := strings.Split(string(text), "\n")
	if err != nil || line < 1 || line > len(all) {
		return ""
	}
	return all[line-1]
}

func newRegistry(t testing.TB) *manifest.Registry {
	t.Helper()
	registry, findings, err := manifest.Load(t.Context(), os.DirFS("testdata/registry"), manifest.Options{})
	if err != nil || finding.Count(findings, finding.Error) > 0 {
		t.Fatalf("load testdata/registry: %v, %v", err, findings)
	}
	return registry
}

func newFindings() *validate.Result {
	return &validate.Result{
		APIVersion: manifest.APIVersion, Kind: validate.Kind, Registry: "acme", At: "2026-01-31", Nodes: 180,
		Findings: finding.Sort([]finding.Finding{
			{
				Rule: "attenuation", Severity: finding.Error, File: "apps/checkout.yaml", Line: 9, Column: 38, Node: "orders/checkout@prod",
				Message: `orders/checkout@prod needs "payments/refunds:read", but the ceiling of the root, roster.yaml:6 does not hand down "payments/refunds:read"`,
				Hint:    "narrow the scope, or have the ceiling raised by its owner",
			},
			{
				Rule: "unknown-field", Severity: finding.Error, File: "apps/checkout.yaml", Line: 12, Column: 12,
				Message: `unknown field "owner" in 100%`, Allowed: []string{"config", "owner", "version"}, Hint: "did you mean owner?",
			},
			{
				Rule: "version", Severity: finding.Error, File: "apps/checkout.yaml", Line: 12, Column: 12,
				Message: "another thing at the same place",
			},
			{
				Rule: "missing-version", Severity: finding.Warning, File: "apps/helper.yaml", Line: 3, Column: 18, Node: "orders/helper",
				Message: "orders/helper has no version", Hint: "set version to what runs there",
			},
			{
				Rule: "shared-identity", Severity: finding.Note, File: "apps/worker.yaml", Line: 3, Column: 18, Node: "orders/checkout/worker",
				Message: `orders/checkout/worker can be become by "repo:acme/checkout:*", which can also become orders/helper`, Hint: "their access adds up",
			},
			{Rule: "encoding", Severity: finding.Error, File: "apps/schlüssel: 1,5 %.yaml", Message: "the file is not UTF-8"},
			{Rule: "no-domain", Severity: finding.Error, Message: "the registry has no domain"},
		}),
	}
}

// newManyFindings is more than GitHub shows.
func newManyFindings() *validate.Result {
	r := newFindings()
	for i := range 12 {
		r.Findings = append(r.Findings, finding.Finding{
			Rule: "scope-syntax", Severity: finding.Error, File: "apps/many.yaml", Line: i + 1, Column: 1, Message: fmt.Sprintf("scope %d is none", i),
		})
	}
	return r
}

func registered(path string, edit func(*registration.Record)) registration.Sealed {
	r := registration.Record{
		Path: path, Kind: manifest.KindApp, Domain: "orders", Environment: "prod", Type: "service", Owner: "group:checkout-team",
		Version: "v1.42.0", Source: "github.com/acme/checkout", Labels: map[string]string{"tier": "core"},
		Scopes: []string{"orders/carts:read,write", "payments/charges:write"},
		Identity: &registration.Identity{
			GitHub: &registration.GitHub{Repository: "acme/checkout", Environment: "prod"},
			Entra:  &registration.Application{Application: "checkout-prod"},
		},
		Config: map[string]json.RawMessage{
			"currency": json.RawMessage(`"EUR"`),
			"cache":    json.RawMessage(`{"size":64,"regions":["eu","us"],"a.b":null,"empty":{}}`),
		},
		Credentials: []registration.Credential{{
			Name: "okta", Type: "okta-client-secret", Rotate: &registration.Rotation{Every: manifest.ParseDuration("30d"), Overlap: manifest.ParseDuration("24h")},
			Sinks: []registration.Sink{{KeyVault: "acme-prod", Secret: "checkout-okta"}},
		}},
	}
	if edit != nil {
		edit(&r)
	}
	sealed, err := r.Seal()
	if err != nil {
		panic(err)
	}
	return sealed
}

// newPlan has a change of every kind, an identity that gains and one that
// loses, a new domain and refusals.
func newPlan(t testing.TB) *plan.Plan {
	t.Helper()
	before := []registration.Sealed{
		registered("orders/checkout@prod", nil),
		registered("orders/legacy@prod", func(r *registration.Record) {
			r.Identity = &registration.Identity{GitHub: &registration.GitHub{Repository: "acme/legacy"}}
			r.Owner, r.Config, r.Credentials, r.Protect = "group:legacy <team>", nil, nil, true
		}),
	}
	after := []registration.Sealed{
		registered("orders/checkout@prod", func(r *registration.Record) {
			r.Version, r.Labels = "v1.43.0", map[string]string{"tier": "edge", "team/size": "7"}
			r.Scopes = []string{"orders/carts:read", "orders/carts:write", "payments/refunds:write"}
			r.Config["currency"], r.Config["cache"] = json.RawMessage(`"USD -> EUR"`), json.RawMessage(`{"size":128,"regions":["eu"],"a.b":1}`)
			r.Credentials[0].Rotate.Every = manifest.ParseDuration("60d")
		}),
		registered("payments/ledger", func(r *registration.Record) {
			r.Domain, r.Environment, r.Identity, r.Scopes = "payments", "", nil, []string{"keyvault/acme-prod/ledger:get"}
			r.Provides = []string{"payments/**:*"}
		}),
	}
	p, err := plan.New("acme", before, after,
		plan.Inputs{Manifest: "sha256:aa", Policy: "sha256:bb", Store: "sha256:cc", Commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
		[]plan.Domain{{Name: "orders", Container: "orders"}, {Name: "payments", Container: "money", New: true}, {Name: "support", Container: "support", New: true}})
	if err != nil {
		t.Fatal(err)
	}
	p.Refusals = []guardrail.Refusal{
		{Rule: "guardrail-delete", Message: "9 of 80 registered nodes would see a delete (11 %), allowed are 10 %", Override: "deletes=9"},
		{Rule: "guardrail-last-owner", Message: "group:legacy <team> would lose the last node that it owns", Override: "last-owner=group:legacy <team>"},
	}
	return p
}

func newEmptyPlan(t testing.TB) *plan.Plan {
	t.Helper()
	p, err := plan.New("acme", nil, nil, plan.Inputs{Manifest: "sha256:aa", Policy: "sha256:bb", Store: "sha256:cc"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newSync() *sync.Result {
	return &sync.Result{
		APIVersion: manifest.APIVersion, Kind: sync.Kind, Registry: "acme", Operation: "18.1-k3x", Plan: "sha256:aa",
		Created: 3, Updated: 121, Deleted: 9, Overtaken: 1, Events: 134, Commits: 41, Conflicts: 2,
	}
}

func newLog() *ledger.AuditLog {
	source := audit.Source{
		System: "github", Repository: "acme/registry", RepositoryID: "17", RepositoryOwnerID: "4", Ref: "refs/heads/main",
		SHA: "4b825dc642cb6eb9a060e54bf8d69288fbee4904", WorkflowRef: "acme/registry/.github/workflows/sync.yaml@refs/heads/main",
		WorkflowSHA: "4b825dc642cb6eb9a060e54bf8d69288fbee4904", RunID: "18", RunAttempt: "1", Event: "push",
	}
	event := func(seq int64, kind, node string, edit func(*audit.Event)) audit.Event {
		e := audit.Event{
			ID: fmt.Sprintf("%032d", seq), Seq: seq, Prev: "sha256:aa", Type: kind, Time: fmt.Sprintf("2026-01-31T12:00:%02d.%dZ", seq, seq*7),
			Domain: "orders", App: "checkout", Node: node, Owner: "group:checkout-team",
			Actor: audit.Actor{Kind: audit.ActorCI, Name: "ada", ID: "815"}, Source: source, Tool: audit.Tool{Version: "v0.1.0"},
			Operation: "18.1-k3x", Manifest: "sha256:bb", Policy: "sha256:cc", Plan: "sha256:dd",
		}
		edit(&e)
		return e
	}
	return &ledger.AuditLog{APIVersion: manifest.APIVersion, Kind: ledger.LogKind, Events: []audit.Event{
		event(1, audit.RegistryUpdated, "", func(e *audit.Event) { e.Domain, e.App, e.Owner, e.Prev = "roster", "root", "", "" }),
		event(2, audit.RegistrationCreated, "orders/checkout@prod", func(e *audit.Event) {
			e.Added, e.After = []string{"payments/refunds:write"}, json.RawMessage(`{"path":"orders/checkout@prod"}`)
		}),
		event(3, audit.RegistrationUpdated, "orders/checkout@staging", func(e *audit.Event) {
			e.Source.PullRequest = 12
			e.Added, e.Removed = []string{"payments/charges:write"}, []string{"orders/carts:read", "orders/carts:write"}
			e.Before, e.After = json.RawMessage(`{"path":"orders/checkout@staging","version":"1"}`), json.RawMessage(`{"path":"orders/checkout@staging"}`)
		}),
		event(4, audit.RegistrationDeleted, "orders/日本@prod", func(e *audit.Event) {
			e.Actor, e.Source = audit.Actor{Kind: audit.ActorPerson, Name: "grace"}, audit.Source{System: "terminal"}
			e.Before = json.RawMessage(`{"path":"orders/checkout@prod"}`)
		}),
	}}
}

func newVerification() *ledger.Verification {
	return &ledger.Verification{
		APIVersion: manifest.APIVersion, Kind: ledger.VerificationKind, Chains: 81, Events: 1204, Registrations: 180,
		Problems: []ledger.Problem{
			{Domain: "orders", App: "checkout", Event: "event-0000000003", Rule: "chain", Message: "event 3 names sha256:aa as the event before it, which is sha256:bb"},
			{Domain: "orders", App: "checkout", Rule: "head", Message: "the head is at event 9, none; the stored events end at 8, none"},
		},
	}
}

func newExplanation() *validate.Explanation {
	return &validate.Explanation{
		APIVersion: manifest.APIVersion, Kind: validate.ExplanationKind, Node: "orders/checkout@prod", Owner: "group:checkout-team",
		File: "apps/checkout.yaml", Line: 12, Holds: true, Identities: []string{"repo:acme/checkout:environment:prod"},
		Scopes: []validate.ScopePath{
			{Scope: "orders/carts:read,write", Allowed: true, Steps: []validate.Step{
				{Level: "the root", File: "roster.yaml", Line: 6, Outcome: "inside the ceiling"},
				{Level: "domain orders", File: "domains/orders.yaml", Line: 3, Outcome: "no ceiling"},
			}},
			{Scope: "payments/refunds:write", Steps: []validate.Step{
				{Level: "the root", File: "roster.yaml", Line: 6, Outcome: "outside the ceiling", Detail: "for example payments/refunds:write"},
				{Level: "domain orders", File: "domains/orders.yaml", Line: 3, Outcome: "denied", Detail: "by payments/**:write"},
				{Level: "policy template baseline", File: "policies/baseline.yaml", Line: 3, Outcome: "forbidden, and waived", Detail: "for example payments/refunds:write"},
			}},
		},
		Policies: []validate.PolicyState{
			{Template: "ai-agents", NamedBy: "the root", Mode: "enforce", Objections: []string{}, Waived: []string{}},
			{Template: "baseline", NamedBy: "domain orders", Mode: "enforce", Binds: true, Objections: []string{}, Waived: []string{"mustNever"}},
			{Template: "house-rules", NamedBy: "app orders/checkout", Mode: "audit", Binds: true, Objections: []string{"audit: orders/checkout@prod violates the rule \"few-scopes\""}, Waived: []string{}},
		},
	}
}

// newChange is the answer about a change that allows something new of each kind.
func newChange() *validate.Result {
	line := []verdict.Cause{
		{File: "apps/checkout.yaml", Line: 4, Column: 12, Text: "scope payments/refunds:write"},
		{File: "roster.yaml", Line: 14, Column: 13, Text: "ceiling of the root"},
	}
	return &validate.Result{
		APIVersion: manifest.APIVersion, Kind: validate.Kind, Registry: "acme", At: "2026-01-31", Nodes: 3,
		Findings: []finding.Finding{{
			Rule: "new-access", Severity: finding.Error, File: "apps/checkout.yaml", Line: 4, Column: 12, Node: "orders/checkout@prod",
			Message: "orders/checkout@prod gains payments/refunds:write as repo:acme/checkout:environment:prod (because of scope payments/refunds:write, apps/checkout.yaml:4; ceiling of the root, roster.yaml:14)",
		}},
		Base: &validate.Compared{Commit: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", Date: "2026-01-30T09:00:00Z", Ahead: 3, Behind: 1},
		Verdict: &verdict.Verdict{
			Mode: verdict.Open, Complete: false, Base: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
			NewAccess: []verdict.Access{
				{Node: "orders/checkout@prod", Identity: "repo:acme/checkout:environment:prod", Witness: "payments/refunds:write", Reaches: []string{"payments"}, Causes: line},
				{Node: "orders/reports", Identity: "orders/reports", Witness: "cosmos/orders:read", Role: "cosmos: Data Reader", Reaches: []string{"cosmos"}, Causes: line[1:]},
			},
			RemovedAccess: []verdict.Access{
				{Node: "orders/carts", Identity: "orders/carts", Witness: "catalogue/products:read", Reaches: []string{"catalogue"}, Causes: line[:1]},
				{Node: "orders/hard", Identity: "entra:hard", Reaches: []string{}, Causes: []verdict.Cause{}},
			},
			NewHeadroom: []verdict.Headroom{{Level: "the root", Change: "allows more", Witness: "payments/refunds:write", Reaches: []string{"payments"}, Causes: line[1:]}},
			NewDelivery: []verdict.Delivery{{
				Node: "orders/checkout@prod", Credential: "okta", Opens: "okta:0oa9checkout at acme.okta.com", Sink: "keyVault acme/okta",
				Scopes: []string{"orders/carts:read", "payments/refunds:write"}, Reaches: []string{"orders", "payments"}, Causes: line[:1],
			}},
			NewControl: []verdict.Headroom{{
				Level: "app orders/reports", Change: `has owner "group:reports" instead of "group:orders-team"`, Reaches: []string{"orders"}, Causes: line[:1],
			}},
			Digest: "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
			Policy: []verdict.Change{{File: "roster.yaml", Kind: manifest.KindRoot, Name: "acme", Change: "changed"}},
			Credentials: []verdict.BlastRadius{
				{Node: "orders/checkout@prod", Credential: "okta", Change: "changed", Opens: "okta:0oa9checkout at acme.okta.com", Sinks: []string{"keyVault acme/okta"}, Nodes: []string{"orders/checkout@prod", "orders/reports"}, Scopes: []string{"orders/carts:read", "payments/refunds:write"}},
				{Node: "orders/reports", Credential: "token", Change: "removed", Opens: "orders/reports", Sinks: []string{}, Nodes: []string{"orders/reports"}, Scopes: []string{}},
			},
		},
	}
}
