// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/xeipuuv/gojsonschema"

	"github.com/appofapps/roster/manifest"
)

// The tests of this file hold the package against known failures of the schema
// library: what it lets through or dies of must not reach it, or not matter.

const rootHead = "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec:\n  include: []\n"

func gateOf(t testing.TB, kind manifest.Kind) *gate {
	t.Helper()
	g, err := newGate(read(t, kind))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestBoundsOfNumbersHold: the library skips maximum and minimum for Go's own
// numbers. It is handed json.Number, for which it does not.
func TestBoundsOfNumbersHold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from string
		want bool
	}{
		{"0", true},
		{"1000000", true},
		{"10.0", true},
		{"-1", false},
		{"1000001", false},
		{"0.5", false},
		{"999999999999999", false},
		{"-0.000000000001", false},
	} {
		source := rootHead + "  guardrails: {from: " + test.from + "}\n"
		doc, refused := manifest.Parse("roster.yaml", []byte(source), manifest.Limits{})
		if doc == nil {
			t.Fatalf("from %s does not parse: %v", test.from, refused)
		}
		if findings := New().Check(doc); (len(findings) == 0) != test.want {
			t.Errorf("from %s: %v, want it accepted: %t", test.from, findings, test.want)
		}
	}
}

// TestTreesHoldSafeLeavesOnly: everything else makes the library panic or skip
// keywords.
func TestTreesHoldSafeLeavesOnly(t *testing.T) {
	t.Parallel()
	const source = rootHead + `  guardrails: {from: 3, privileged: 2.5}
  store: 2026-01-31
  policies: [true, 0.1, "x", [], {}, {a: {b: [1]}}]
`
	doc, refused := manifest.Parse("roster.yaml", []byte(source), manifest.Limits{})
	if doc == nil {
		t.Fatal(refused)
	}
	leaves := 0
	var walk func(any)
	walk = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, below := range value {
				walk(below)
			}
		case []any:
			for _, below := range value {
				walk(below)
			}
		case string, bool, json.Number:
			leaves++
		default:
			t.Errorf("tree holds a %T", value)
		}
	}
	walk(doc.Native())
	if leaves != 10 {
		t.Errorf("tree holds %d leaves, want 10", leaves)
	}
}

// TestUnsafeTreesAreNotLetThrough: should a tree of another kind reach the
// library, or a number that its arithmetic dies of, nothing crashes and nothing
// is let through.
func TestUnsafeTreesAreNotLetThrough(t *testing.T) {
	t.Parallel()
	g := gateOf(t, manifest.KindRoot)
	root := func(field string, value any) any {
		return map[string]any{
			"apiVersion": "roster/v1", "kind": "Root", "metadata": map[string]any{"name": "acme"},
			"spec": map[string]any{"include": []any{}, field: value},
		}
	}
	for _, test := range []struct {
		name   string
		tree   any
		panics bool
	}{
		{"Go list of texts", root("sinks", []string{"a"}), true},
		{"huge exponent", root("guardrails", map[string]any{"from": json.Number("1e1000001")}), false},
		{"no number", root("guardrails", map[string]any{"from": json.Number("x")}), false},
		{"Go number", root("store", 3), false},
	} {
		objections, err := g.judge(test.tree)
		if (err != nil) != test.panics || err == nil && len(objections) == 0 {
			t.Errorf("%s: %v, %v; want an error: %t, and if none an objection", test.name, objections, err, test.panics)
		}
	}
	if objections, err := g.judge(root("store", "local:a")); err != nil || objections != nil {
		t.Errorf("a safe tree: %v, %v", objections, err)
	}
}

// TestBoundsDieOfHugeExponents: the arithmetic behind minimum panics where the
// type of a field does not refuse the number before. The panic is an error.
func TestBoundsDieOfHugeExponents(t *testing.T) {
	t.Parallel()
	g, err := newGate([]byte(`{"type": "number", "minimum": 0}`))
	if err != nil {
		t.Fatal(err)
	}
	if objections, err := g.judge(json.Number("1e1000001")); err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("judge: %v, %v; want a panic as error", objections, err)
	}
}

// TestExponentsDoNotArrive: the strict parser refuses such a literal or, where
// YAML takes it for a text, the field refuses the text.
func TestExponentsDoNotArrive(t *testing.T) {
	t.Parallel()
	for _, literal := range []string{"1e1000001", "1E9", "-1e-1000001", strings.Repeat("9", 33)} {
		source := rootHead + "  guardrails: {from: " + literal + "}\n"
		doc, refused := manifest.Parse("roster.yaml", []byte(source), manifest.Limits{})
		if doc == nil {
			if len(refused) == 0 {
				t.Errorf("number %s is refused without a word", literal)
			}
			continue
		}
		if findings := New().Check(doc); len(findings) != 1 || findings[0].Rule != RuleType {
			t.Errorf("number %s: %v, want one finding of rule %s", literal, findings, RuleType)
		}
	}
}

// TestNothingCanBeFetched: what the library compiles holds no reference and no
// identifier, so there is nothing to resolve, remote or local, and no cycle. A field
// that is called id is no identifier: its value is a schema.
func TestNothingCanBeFetched(t *testing.T) {
	t.Parallel()
	for _, kind := range manifest.Kinds() {
		top, err := parse(read(t, kind))
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(top.shape())
		if err != nil {
			t.Fatal(err)
		}
		for _, keyword := range []string{`"$ref"`, `"$id"`, `"id":"`, `"$schema"`, "http"} {
			if strings.Contains(string(text), keyword) {
				t.Errorf("%s: the compiled form holds %s", FileName(kind), keyword)
			}
		}
	}
}

// TestOneStrictDocument: the library's own readers take text behind a document
// and, of two equal keys, the last.
func TestOneStrictDocument(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source string }{
		{"text behind", `{"apiVersion": "roster/v1", "kind": "Root"} x`},
		{"second document", rootHead + "---\n" + rootHead},
		{"key twice", rootHead + "  store: local:a\n  store: local:b\n"},
	} {
		if doc, _ := manifest.Parse("roster.yaml", []byte(test.source), manifest.Limits{}); doc != nil {
			t.Errorf("%s is read as a document", test.name)
		}
	}
}

// TestUnexpectedObjectionIsAnError: an objection of the library that a new
// keyword might bring is never dropped.
func TestUnexpectedObjectionIsAnError(t *testing.T) {
	t.Parallel()
	shape, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(`{"maxProperties": 0}`))
	if err != nil {
		t.Fatal(err)
	}
	g := gate{top: &node{Type: "object"}, shape: shape}
	if objections, err := g.judge(map[string]any{"a": "b"}); err == nil {
		t.Errorf("judge: %v, want an error", objections)
	}
}

// TestManyFaultsAreCheap: a file at the limits in which everything is wrong is
// answered in time, with a finding for each fault.
func TestManyFaultsAreCheap(t *testing.T) {
	t.Parallel()
	const bound = 2 * time.Second // 250 ms is promised on a free machine; tests share theirs
	var unknown, wrong strings.Builder
	for i := range 4900 {
		name := string([]byte{'a' + byte(i%26), 'a' + byte(i/26%26), 'a' + byte(i/676)}) + strings.Repeat("x", 20)
		unknown.WriteString("  " + name + ": 1\n")
		wrong.WriteString("    " + name + ": 1\n")
	}
	for _, test := range []struct{ name, source string }{
		{"unknown fields", rootHead + unknown.String()},
		{"wrong labels", "apiVersion: roster/v1\nkind: Root\nspec: {include: []}\nmetadata:\n  name: acme\n  labels:\n" + wrong.String()},
		{"wrong items", rootHead + "  policies: [" + strings.Repeat("1,", 9900) + "1]\n"},
	} {
		doc, refused := manifest.Parse("roster.yaml", []byte(test.source), manifest.Limits{})
		if doc == nil {
			t.Fatal(refused)
		}
		start := time.Now()
		findings := New().Check(doc)
		took := time.Since(start)
		t.Logf("%s: %d findings in %v", test.name, len(findings), took)
		if len(findings) < 4900 || took > bound {
			t.Errorf("%s: %d findings in %v, want 4900 or more within %v", test.name, len(findings), took, bound)
		}
	}
}
