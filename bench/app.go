// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// Of every hundred apps so many are agents, attached to a group, called by
// nobody, experimental (and in one environment only), written in block style,
// with credentials, or reading a directory. Shapes and shares follow the apps of
// GOV.UK (github.com/alphagov/govuk-helm-charts, charts/app-config), the smaller
// half of them.
const (
	agents       = 5
	attached     = 10
	unserving    = 50
	experimental = 10
	block        = 30
	credentials  = 12
	directory    = 5
)

// draft is an app or agent on its way to a manifest.
type draft struct {
	name, kind, domain string
	parent             string
	scopes             []string
	environments       []string
	provides           bool
	block              bool
	credentials        bool
}

// app draws the i-th app.
func (g *generator) app(i int) file {
	domain, row := i%len(g.domains), g.row(i)
	if row == groupRow {
		return g.group(i, domain)
	}
	a := draft{name: g.name(i), kind: "App", domain: g.domains[domain], provides: true, environments: environments()}
	callable := reach
	if row%hubEvery != 0 {
		if g.chance(agents) {
			a.kind = "Agent"
		}
		if g.chance(attached) {
			a.parent = g.name(groupRow*len(g.domains) + domain)
			callable = narrowed
		}
		a.provides = a.kind == "App" && !g.chance(unserving)
	}
	for range g.random.IntN(4) {
		to := g.callable(domain, g.random.IntN(callable))
		a.scopes = append(a.scopes, g.domains[to]+"/"+g.name(g.hub(to))+":call")
	}
	if a.parent == "" && g.chance(directory) {
		a.scopes = append(a.scopes, "msgraph/users:read")
	}
	if g.chance(experimental) {
		a.environments = a.environments[:1]
	}
	a.block, a.credentials = g.chance(block), g.chance(credentials)
	return file{path: a.path(), text: g.manifest(a)}
}

func environments() []string { return []string{"integration", "staging", "production"} }

func (g *generator) chance(percent int) bool { return g.random.IntN(100) < percent }

func (g *generator) group(i, domain int) file {
	a := draft{name: g.name(i), kind: "App", domain: g.domains[domain]}
	var ceiling []string
	for i := range narrowed {
		ceiling = append(ceiling, g.domains[g.callable(domain, i)]+"/*:call")
	}
	return file{path: a.path(), text: fmt.Sprintf(`apiVersion: roster/v1
kind: App
metadata: {name: %s}
spec:
  domain: %s
  type: group
  lifecycle: production
  owner: group:%s-team
  version: v1
  ceiling: %s
`, a.name, a.domain, a.domain, flow(ceiling))}
}

func (a draft) path() string {
	if a.kind == "Agent" {
		return "agents/" + a.domain + "/" + a.name + ".yaml"
	}
	return "apps/" + a.domain + "/" + a.name + "/app.yaml"
}

// flow writes a list of texts in flow style.
func flow(list []string) string {
	quoted := make([]string, len(list))
	for i, text := range list {
		quoted[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func (g *generator) manifest(a draft) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: roster/v1\nkind: %s\nmetadata: {name: %s, labels: {tier: %s}}\nspec:\n  domain: %s\n",
		a.kind, a.name, g.pick("core", "edge", "batch"), a.domain)
	if a.parent != "" {
		fmt.Fprintf(&b, "  parent: %s\n", a.parent)
	}
	fmt.Fprintf(&b, "  type: service\n  lifecycle: %s\n  owner: group:%s-team\n  version: v%d\n  source: github.com/acme/%s\n  scopes: %s\n",
		a.lifecycle(), a.domain, 1+g.random.IntN(3000), a.name, flow(a.scopes))
	if a.provides {
		fmt.Fprintf(&b, "  provides: [\"%s/%s:call\"]\n", a.domain, a.name)
	}
	if a.kind == "Agent" {
		fmt.Fprintf(&b, "  sponsor: user:%[1]s-lead\n  onBehalfOf: [\"group:%[1]s-team\"]\n  tokenLife: 15m\n  until: \"2026-12-31\"\n", a.domain)
	}
	fmt.Fprintf(&b, "  config: {arch: %s, redis: %t}\n  environments:\n", g.pick("arm64", "amd64"), g.chance(50))
	for _, name := range a.environments {
		g.environment(&b, a, name)
	}
	return b.String()
}

func (a draft) lifecycle() string {
	if len(a.environments) == 1 {
		return "experimental"
	}
	return "production"
}

func (g *generator) environment(b *strings.Builder, a draft, name string) {
	identity := fmt.Sprintf("identity: {github: {repository: acme/%s, environment: %s}}", a.name, name)
	if !a.block && !a.credentials {
		fmt.Fprintf(b, "    %s: {%s}\n", name, identity)
		return
	}
	fmt.Fprintf(b, "    %s:\n      %s\n", name, identity)
	if a.block {
		fmt.Fprintf(b, "      config: {memoryLimit: \"%dMi\", replicas: %d}\n", 256*(1+g.random.IntN(8)), 1+g.random.IntN(6))
	}
	if a.credentials && name == a.environments[len(a.environments)-1] {
		fmt.Fprintf(b, `      credentials:
        - name: signing-token
          type: self-issued-token
          rotate: {every: 90d, overlap: 48h}
          sinks:
            - {keyVault: acme-%s, secret: signing-token-%s}
`, name, a.name)
	}
}

func (g *generator) pick(list ...string) string { return list[g.random.IntN(len(list))] }
