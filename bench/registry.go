// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// A file is one manifest of the generated registry.
type file struct {
	path string // relative to the registry, with slashes
	text string
	flaw string // name of the flaw planted in it, "" for none
}

// The registry consists of rows with one app per domain. Row 0 and every tenth row
// are hubs, whose services others call. Row 1 are groups, which set a narrower
// ceiling for the apps attached to them. All others are leaves: no manifest refers to
// them, so a flaw in one affects only that file.
const (
	hubEvery = 10
	groupRow = 1
	reach    = 6 // domains that a domain may call: itself and the next ones
	narrowed = 3 // the first of them, which a group's ceiling allows
)

// flawed is the share of files with a flaw: one in this number.
const flawed = 100

// smallest is the lowest number of files that has room for every row.
const smallest = 500

func domains() []string {
	return []string{
		"accounts", "analytics", "billing", "catalogue", "content", "delivery", "email", "finance", "identity", "inventory",
		"loyalty", "media", "orders", "payments", "platform", "pricing", "returns", "search", "shipping", "support",
	}
}

func nouns() []string {
	return []string{
		"asset", "basket", "booking", "carrier", "cart", "charge", "claim", "coupon", "customer", "document", "event",
		"feed", "invoice", "ledger", "link", "listing", "message", "offer", "parcel", "profile", "receipt", "report",
		"stock", "tariff", "ticket",
	}
}

func roles() []string {
	return []string{"admin", "api", "exporter", "frontend", "gateway", "importer", "publisher", "router", "scheduler", "store", "worker"}
}

// generator draws a registry of n files. The result depends only on the seed, so the
// same numbers give the same bytes on every machine.
type generator struct {
	random  *rand.Rand
	domains []string
	nouns   []string
	roles   []string
	apps    int
}

// generate returns a registry of n files, one in a hundred of them flawed.
func generate(n int, seed uint64) ([]file, error) {
	if n < smallest {
		return nil, fmt.Errorf("generate registry: %d files are too few; the minimum is %d", n, smallest)
	}
	g := &generator{random: rand.New(rand.NewPCG(seed, uint64(n))), domains: domains(), nouns: nouns(), roles: roles()}
	g.apps = n - 1 - len(g.domains)
	files := make([]file, 0, n)
	var leaves []int // indices into files
	for i := range g.apps {
		if row := g.row(i); row != groupRow && row%hubEvery != 0 {
			leaves = append(leaves, len(files))
		}
		files = append(files, g.app(i))
	}
	if err := g.plant(files, leaves, n/flawed); err != nil {
		return nil, err
	}
	files = append(files, file{path: "roster.yaml", text: g.root()})
	for d := range g.domains {
		files = append(files, file{path: "domains/" + g.domains[d] + ".yaml", text: g.domain(d)})
	}
	return files, nil
}

// plant adds one flaw to each of count leaves, cycling through all kinds.
func (g *generator) plant(files []file, leaves []int, count int) error {
	g.random.Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
	kinds := flaws()
	for i, at := range leaves[:count] {
		kind := kinds[i%len(kinds)]
		text, err := kind.plant(files[at].text)
		if err != nil {
			return fmt.Errorf("generate %s: %w", files[at].path, err)
		}
		files[at].text, files[at].flaw = text, kind.name
	}
	return nil
}

func (g *generator) row(app int) int { return app / len(g.domains) }

// name returns the unique name of an app, known without drawing.
func (g *generator) name(app int) string {
	row := g.row(app)
	return fmt.Sprintf("%s-%s-%d", g.nouns[app%len(g.nouns)], g.roles[row%len(g.roles)], app)
}

// hub returns the index of one of the hubs of a domain.
func (g *generator) hub(domain int) int {
	last := (g.apps - 1 - domain) / len(g.domains) / hubEvery
	return g.random.IntN(last+1)*hubEvery*len(g.domains) + domain
}

// callable returns the i-th domain that a domain may call, itself first.
func (g *generator) callable(domain, i int) int { return (domain + i) % len(g.domains) }

func (g *generator) root() string {
	var b strings.Builder
	b.WriteString(`# Generated for a benchmark.
apiVersion: roster/v1
kind: Root
metadata: {name: bench}
spec:
  include: ["domains/*.yaml", "apps/*/*/app.yaml", "agents/*/*.yaml"]
  ceiling:
`)
	for _, domain := range g.domains {
		fmt.Fprintf(&b, "    - %q\n", domain+"/*:call")
	}
	b.WriteString(`    - "msgraph/users:read"
  deny: ["**:admin"]
  guardrails: {update: 30%, delete: 10%, from: 10}
`)
	return b.String()
}

func (g *generator) domain(d int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: roster/v1
kind: Domain
metadata: {name: %[1]s}
spec:
  owner: group:%[1]s-team
  container: registry-%[1]s
  ceiling:
`, g.domains[d])
	for i := range reach {
		fmt.Fprintf(&b, "    - %q\n", g.domains[g.callable(d, i)]+"/*:call")
	}
	b.WriteString("    - \"msgraph/users:read\"\n  regions: [uksouth, ukwest]\n")
	b.WriteString("  sinks: [{keyVault: acme-integration}, {keyVault: acme-staging}, {keyVault: acme-production}]\n")
	return b.String()
}

// writeFiles writes a registry below dir.
func writeFiles(dir string, files []file) error {
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("write registry: %w", err)
		}
		if err := os.WriteFile(name, []byte(f.text), 0o644); err != nil {
			return fmt.Errorf("write registry: %w", err)
		}
	}
	return nil
}
