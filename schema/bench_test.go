// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"testing"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// typical is an app as most are: three environments, one of them with a
// credential.
const typical = `apiVersion: roster/v1
kind: App
metadata: {name: invoice-publisher-142, labels: {tier: core}}
spec:
  domain: billing
  type: service
  lifecycle: production
  owner: group:billing-team
  version: v1742
  source: github.com/acme/invoice-publisher-142
  scopes: ["billing/ledger-api-20:call", "payments/charge-api-60:call"]
  provides: ["billing/invoice-publisher-142:call"]
  config: {arch: arm64, redis: true}
  environments:
    integration:
      identity: {github: {repository: acme/invoice-publisher-142, environment: integration}}
      config: {memoryLimit: "512Mi", replicas: 2}
    staging:
      identity: {github: {repository: acme/invoice-publisher-142, environment: staging}}
      config: {memoryLimit: "1024Mi", replicas: 2}
    production:
      identity: {github: {repository: acme/invoice-publisher-142, environment: production}}
      config: {memoryLimit: "2048Mi", replicas: 6}
      credentials:
        - name: signing-token
          type: self-issued-token
          rotate: {every: 90d, overlap: 48h}
          sinks:
            - {keyVault: acme-production, secret: signing-token-invoice-publisher-142}
`

func BenchmarkCheck(b *testing.B) {
	doc := mustParse(b, "app.yaml", typical)
	checker := schema.New()
	checker.Check(doc) // compiles
	b.ReportAllocs()
	for b.Loop() {
		if findings := checker.Check(doc); findings != nil {
			b.Fatal(findings)
		}
	}
}

// BenchmarkFirstCheck is what the first document of a kind pays.
func BenchmarkFirstCheck(b *testing.B) {
	doc := mustParse(b, "app.yaml", typical)
	b.ReportAllocs()
	for b.Loop() {
		schema.New().Check(doc)
	}
}

// BenchmarkParse is what is paid for the same document before Check.
func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		mustParse(b, "app.yaml", typical)
	}
}

func mustParse(tb testing.TB, name, text string) *manifest.Document {
	tb.Helper()
	doc, findings := manifest.Parse(name, []byte(text), manifest.Limits{})
	if doc == nil {
		tb.Fatalf("%s does not parse: %v", name, findings)
	}
	return doc
}
