// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
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

// BenchmarkHostileRuns is plan, sync and policy test on registries that are valid, and
// whose scopes are hard to compare with what they were. Nobody bounds them.
func BenchmarkHostileRuns(b *testing.B) {
	dir := b.TempDir()
	store := "local:" + filepath.Join(dir, "registry.db")
	first, second := write(b, hardScopes(400, 1)), write(b, hardScopes(400, 2))
	if stdout, stderr, code := run(b, "", "sync", first, "--store", store); code != cli.ExitOK {
		b.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	files := hardScopes(400, 1)
	files["policies/p.yaml"] = "apiVersion: roster/v1\nkind: PolicyTemplate\nmetadata: {name: p}\nspec: {mustNever: [\"a/x/**:w\"], rules: [{name: r, expression: \"!overlaps(object.scopes, ['a/x/**:w'])\"}]}\n"
	files["roster.yaml"] = strings.Replace(files["roster.yaml"], "include: [", "policies: [p], include: [\"policies/*.yaml\", ", 1)
	judged := write(b, files)
	cases := write(b, hardCases(files, hardScopes(400, 2)))
	for _, command := range [][]string{
		{"plan", second, "--store", store, "--format", "json"},
		{"validate", judged},
		{"policy", "test", cases},
		{"sync", second, "--store", store, "--allow", "updates=400"},
	} {
		b.Run(command[0], func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				if stdout, stderr, code := run(b, "", command...); code == cli.ExitFailure {
					b.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
				}
			}
			b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}

// hardCases is a case of policy tests whose registry is base and becomes head.
func hardCases(base, head map[string]string) map[string]string {
	var text strings.Builder
	fmt.Fprint(&text, "policies: p\n")
	for _, name := range slices.Sorted(maps.Keys(base)) {
		switch {
		case name == "roster.yaml": // a case has its own
		case strings.HasPrefix(name, "a/"):
			fmt.Fprintf(&text, "-- base/%s --\n%s-- head/%s --\n%s", name, base[name], name, head[name])
		default:
			fmt.Fprintf(&text, "-- both/%s --\n%s", name, base[name])
		}
	}
	return map[string]string{"hard.case.txtar": text.String()}
}

// hardScopes is hardCompany without ceilings, and with scopes that the domain provides.
func hardScopes(apps int, seed uint64) map[string]string {
	files := hardCompany(apps, seed)
	ceiling := regexp.MustCompile(`,? ?ceiling: \[[^\]]*\]`)
	for name, text := range files {
		text = ceiling.ReplaceAllString(text, "")
		text = strings.NewReplacer(`["*/`, `["a/`, `["b/`, `["a/`, ` "*/`, ` "a/`, ` "b/`, ` "a/`).Replace(text)
		files[name] = strings.Replace(text, "scopes:", `provides: ["a/**:r"], scopes:`, 1)
	}
	return files
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
