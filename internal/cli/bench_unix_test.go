// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/cli"
)

// BenchmarkChange is validate --base on whole trees, git and reading included:
// of a change that touches every app and the root's ceiling, and of none. The
// time that counts is the processor's, of the command and of git.
func BenchmarkChange(b *testing.B) {
	for _, apps := range []int{1000, 10_000} {
		base := company(apps, "v1", "read", "")
		for name, head := range map[string]map[string]string{
			"everything": company(apps, "v2", "read,write", `, "msgraph/**:read"`),
			"nothing":    base,
		} {
			b.Run(fmt.Sprintf("%d/%s", apps, name), func(b *testing.B) {
				dir := change(b, base, head)
				before := processorTime(b)
				for b.Loop() {
					stdout, stderr, code := run(b, "", "validate", dir, "--base", "HEAD", "--format", "json")
					if complete := strings.Contains(stdout, `"complete": true`); code > cli.ExitFindings || !complete {
						b.Fatalf("exit code %d, complete %v\n%s", code, complete, stderr)
					}
				}
				b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
			})
		}
	}
}

// company is a registry of 20 domains, four policies, and apps with three scopes
// and two environments with an identity each.
func company(apps int, version, verbs, ceiling string) map[string]string {
	const domains = 20
	files := map[string]string{
		"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec:\n  include: [\"domains/*.yaml\", \"apps/*.yaml\"]\n" +
			"  ceiling: [\"d*/**:read,write\", \"keyvault/**:get\"" + ceiling + "]\n  deny: [\"**:admin\"]\n" +
			"  policies: [least-privilege, token-hygiene, ai-agents, separation-of-duties]\n",
	}
	for d := range domains {
		files[fmt.Sprintf("domains/d%d.yaml", d)] = fmt.Sprintf("apiVersion: roster/v1\nkind: Domain\nmetadata: {name: d%d}\n"+
			"spec: {owner: \"group:t%d\", ceiling: [\"d%d/**:*\", \"d*/api*:read\", \"keyvault/d%d-*/**:get\"]}\n", d, d, d, d)
	}
	for i := range apps {
		d := i % domains
		files[fmt.Sprintf("apps/a%d.yaml", i)] = fmt.Sprintf("apiVersion: roster/v1\nkind: App\nmetadata: {name: app-%d}\nspec:\n"+
			"  domain: d%d\n  owner: \"group:t%d\"\n  version: %s\n  source: github.com/acme/app-%d\n  provides: [\"d%d/api%d:read,write\"]\n"+
			"  scopes: [\"d%d/api*:%s\", \"d%d/api%d:read\", \"keyvault/d%d-kv/s%d:get\"]\n  environments:\n"+
			"    staging: {identity: {github: {repository: acme/app-%d, environment: staging}}}\n"+
			"    prod: {identity: {github: {repository: acme/app-%d, environment: prod}}}\n",
			i, d, d, version, i, d, i, d, verbs, (d+1)%domains, (i+1)%apps, d, i, i, i)
	}
	return files
}

// BenchmarkHostileChange is validate --base on as many apps as the size limit lets
// in, when no question about their scopes and ceilings can be proven.
func BenchmarkHostileChange(b *testing.B) {
	dir := change(b, hardCompany(400, 1), hardCompany(400, 2))
	before := processorTime(b)
	for b.Loop() {
		if stdout, stderr, code := run(b, "", "validate", dir, "--base", "HEAD", "--format", "json"); code != cli.ExitFindings ||
			!strings.Contains(stdout, `"complete": false`) {
			b.Fatalf("exit code %d\n%s", code, stderr)
		}
	}
	b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
}

// hardCompany is a registry of apps whose scopes and ceilings are random formulas
// in disjunctive form over 40 segments: nothing decides fast what they cover.
func hardCompany(apps int, seed uint64) map[string]string {
	const segments, terms = 40, 90
	r := rand.New(rand.NewPCG(seed, seed))
	formula := func() string {
		list := make([]string, terms)
		for i := range list {
			term := slices.Repeat([]string{"*"}, segments)
			for range 3 {
				term[r.IntN(segments)] = []string{"a", "b"}[r.IntN(2)]
			}
			list[i] = `"` + strings.Join(term, "/") + `:r"`
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	files := map[string]string{
		"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"d/*.yaml\", \"a/*.yaml\"], ceiling: " + formula() + "}\n",
		"d/a.yaml":    "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: a}\nspec: {owner: \"group:t\", ceiling: " + formula() + "}\n",
	}
	for i := range apps {
		files[fmt.Sprintf("a/%d.yaml", i)] = fmt.Sprintf("apiVersion: roster/v1\nkind: App\nmetadata: {name: app-%d}\nspec:\n"+
			"  {domain: a, owner: \"group:t\", version: v1, ceiling: %s, scopes: %s}\n", i, formula(), formula())
	}
	return files
}

// processorTime returns what this process and its children took so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	total := time.Duration(0)
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if err := syscall.Getrusage(who, &usage); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return total
}
