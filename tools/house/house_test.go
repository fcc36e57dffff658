// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	shopSource = `// Package shop sells. It makes each key of its
// own anew.
package shop

import (
	_ "example.com/shop/anew"
	"example.com/shop/store"
)

// Shop has a store.
type Shop struct {
	Store store.Store ` + "`json:\"anew\"`" + `
}

const Open = "\nanew: the store is " +
	"none"

func (s Shop) Sell(anew, b, c, d, e int, f string) bool {
	for range anew {
		func() {
			switch {
			case b > c && c > d || d > e:
			default:
			}
		}()
	}
	return f == ""
}

// Price returns the price.
func (s *Shop) Price() int { return 1 }

func one()   {}
func two() {
}
`
	storeSource = "package store\n\n// Store is empty.\ntype Store struct{}\n"
	kitSource   = "package storetest\n\nimport _ \"example.com/shop/store\"\n"
	actionFile  = "# whoever\nname: anew\ndescription: >-\n  Whoever\n  sells.\ninputs:\n  key:\n    description: \"Mended.\"\n    default: mend\n"
)

func sample(t *testing.T) tree {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"go.mod":                     "module example.com/shop\n",
		"shop.go":                    shopSource,
		"shop_test.go":               "package shop\n\n// what is anew\n",
		"store/store.go":             storeSource,
		"store/storetest/kit.go":     kitSource,
		"store/testdata/broken.go":   "anew",
		"tools/go.mod":               "module example.com/shop/tools\n",
		"tools/tool.go":              "anew",
		"node_modules/x/README.md":   "anew",
		"README.md":                  "# A shop\n\nYou may\nnow stand anew.\n",
		"LICENSE.md":                 "anew",
		"docs/shop.png":              "anew\x00",
		"docs/cases/shop.case.txtar": "renewanew\n",
		"action.yml":                 actionFile,
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := readTree(files, gearRule{})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestReadTree(t *testing.T) {
	t.Parallel()
	var got []string
	for _, f := range sample(t).files {
		got = append(got, f.path+" "+kindNames()[f.kind])
	}
	want := []string{
		"README.md docs", "action.yml docs", "docs/cases/shop.case.txtar docs", "shop.go production",
		"shop_test.go tests", "store/store.go production", "store/storetest/kit.go gear",
	}
	if !slices.Equal(got, want) {
		t.Errorf("files are\n%q, want\n%q", got, want)
	}
}

func TestGear(t *testing.T) {
	t.Parallel()
	rule := gearRule{names: split("canary, e2e"), production: split("internal/policytest")}
	for dir, want := range map[string]bool{
		"internal/canary": true, "internal/e2e/run": true, "internal/test/heap": true, "store/storetest": true,
		"internal/policytest": false, "internal/heap": false, "canary": false, "rotate": false,
	} {
		if got := rule.matches(dir); got != want {
			t.Errorf("gear of %s is %t, want %t", dir, got, want)
		}
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	got, err := measure(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	shop := summary{
		Package: ".", Files: 1, Lines: 35, Functions: 4, Median: 1, P95: 11,
		Longest: named{"Shop.Sell", 11}, Complexity: named{"Shop.Sell", 5},
		ManyParameters: []string{"Shop.Sell"}, Undocumented: []string{"Open", "Shop.Sell"},
		Methods: named{"Shop", 2},
	}
	if got, want := encode(t, got.Production.Packages[0]), encode(t, shop); got != want {
		t.Errorf("shop is\n%s, want\n%s", got, want)
	}
	store := got.Production.Packages[1]
	if store.Importers != 1 || store.GearImporters != 1 {
		t.Errorf("store has %d importers and %d of gear, want 1 and 1", store.Importers, store.GearImporters)
	}
	if total := got.Production.Total; total.Files != 2 || total.Longest.Name != "..Shop.Sell" || total.Importers != 1 {
		t.Errorf("total is %+v", total)
	}
	if gear := got.Gear.Packages; len(gear) != 1 || gear[0].Package != "store/storetest" {
		t.Errorf("gear is %+v", gear)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name          string
		values        []int
		percent, want int
	}{
		{"empty", nil, 50, 0},
		{"one", []int{7}, 95, 7},
		{"odd", []int{1, 2, 9}, 50, 2},
		{"even takes the lower", []int{1, 2, 3, 9}, 50, 2},
		{"p95 of 20", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, 95, 19},
	} {
		if got := percentile(row.values, row.percent); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	got, err := countWords(sample(t).files)
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, p := range got.Places {
		places = append(places, strings.Join([]string{p.Phrase, p.File, p.Text}, "|"))
	}
	want := []string{
		"anew|README.md|now stand anew.",
		"anew|shop.go|// own anew.",
		`anew|shop.go|const Open = "\nanew: the store is " +`,
		"anew|shop_test.go|// what is anew",
		"whoever|action.yml|Whoever",
		"of its own|shop.go|// Package shop sells. It makes each key of its",
		`is none|shop.go|const Open = "\nanew: the store is " +`,
		"mend|action.yml|description: \"Mended.\"",
		"may now|README.md|You may",
		"stand (for be)|README.md|now stand anew.",
		"what is/was X|shop_test.go|// what is anew",
	}
	if !slices.Equal(places, want) {
		t.Errorf("places are\n%s\nwant\n%s", strings.Join(places, "\n"), strings.Join(want, "\n"))
	}
	if f := got.Total.ByKind["docs"]; f.Count != 4 || got.Lines["docs"] != 9 || f.PerThousand != 444.44 {
		t.Errorf("docs have %+v in %d lines, want 4 in 9 (444.44)", f, got.Lines["docs"])
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/shop\n", "shop.go": "package shop\n\n// A is anew.\nfunc A() {}\n"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		name   string
		args   []string
		code   int
		output string
	}{
		{"packages", []string{root}, exitDone, "total"},
		{"packages as JSON", []string{"--json", root}, exitDone, `"package": "."`},
		{"words", []string{"--words", root}, exitDone, "anew"},
		{"places", []string{"--words", "-v", root}, exitDone, "shop.go:3: // A is anew."},
		{"words as JSON", []string{"--words", "--json", root}, exitDone, `"perThousand": 250`},
		{"places of functions", []string{"-v", root}, exitUsage, "-v needs --words"},
		{"flag after the folder", []string{root, "--words"}, exitUsage, "flags go before it"},
		{"unknown flag", []string{"--colour"}, exitUsage, "not defined"},
		{"no module", []string{filepath.Join(root, "none")}, exitFailed, "go.mod"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := run(row.args, &stdout, &stderr)
			output := stdout.String() + stderr.String()
			if code != row.code || !strings.Contains(output, row.output) {
				t.Errorf("exit code %d, want %d; output does not hold %q:\n%s", code, row.code, row.output, output)
			}
		})
	}
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
