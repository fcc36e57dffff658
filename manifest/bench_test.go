// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/manifest"
)

// ordinary returns a registry of n apps of ordinary size, in as many files, and
// ten domains.
func ordinary(n int) fstest.MapFS {
	files := fstest.MapFS{manifest.RootFile: {Data: []byte(strings.Replace(aRoot, "*.yaml", "*/*.yaml", 1))}}
	for i := range 10 {
		name := fmt.Sprintf("domain%d", i)
		files["domains/"+name+".yaml"] = &fstest.MapFile{Data: []byte(crowdDomain(name))}
	}
	for i := range n {
		files[fmt.Sprintf("apps/app%05d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, `apiVersion: roster/v1
kind: App
metadata: {name: app%05d, labels: {tier: core}}
spec:
  domain: domain%d
  type: service
  lifecycle: production
  owner: group:team-%d
  version: v1.%d.0
  source: github.com/acme/app%05d
  scopes: ["domain%d/carts:read,write", "payments/charges:write", "keyvault/app%05d/*:get"]
  provides: ["domain%d/app%05d/**:read,write"]
  environments:
    staging: {version: v1.%d.0-rc1}
    prod:
      identity: {github: {repository: acme/app%05d, environment: prod}, entra: {application: app%05d-prod}}
      credentials:
        - {name: okta, type: okta-client-secret, rotate: {every: 30d, overlap: 24h}, sinks: [{keyVault: acme-prod, secret: app%05d-okta}]}
  config: {currency: EUR, limits: {a: 1, b: [1, 2, 3]}}
`, i, i%10, i%40, i%100, i, i%10, i, i%10, i, i%100, i, i, i)}
	}
	return files
}

// BenchmarkLoad reads 1,000 apps, without the check against a schema.
func BenchmarkLoad(b *testing.B) {
	const apps = 1_000
	files := ordinary(apps)
	load := func() *manifest.Registry {
		r, findings, err := manifest.Load(b.Context(), files, manifest.Options{})
		if err != nil || len(findings) > 0 || len(r.Nodes) != 3*apps {
			b.Fatalf("%v\n%s", err, lines(findings))
		}
		return r
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := load()
	runtime.GC()
	runtime.ReadMemStats(&after)
	retained := float64(after.HeapAlloc) - float64(before.HeapAlloc)
	runtime.KeepAlive(r)

	b.ReportAllocs()
	for b.Loop() {
		load()
	}
	b.ReportMetric(retained/apps, "B-retained/file")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/apps, "ns/file")
}

func BenchmarkParse(b *testing.B) {
	source := ordinary(1)["apps/app00000.yaml"].Data
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		if doc, findings := manifest.Parse("a.yaml", source, manifest.Limits{}); doc == nil {
			b.Fatal(lines(findings))
		}
	}
}
