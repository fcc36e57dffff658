// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/manifest"
)

// tree loads a registry of a root, the domains orders and payments, and apps, of
// which each is a line: name, domain and perhaps parent.
func tree(t *testing.T, apps ...string) (*manifest.Registry, string) {
	t.Helper()
	files := registry("domain-orders.yaml", crowdDomain("orders"))
	files["domain-payments.yaml"] = &fstest.MapFile{Data: []byte(crowdDomain("payments"))}
	for i, app := range apps {
		fields := append(strings.Fields(app), "", "")
		parent := ""
		if fields[2] != "" {
			parent = ", parent: " + fields[2]
		}
		files[fmt.Sprintf("app%02d.yaml", i)] = &fstest.MapFile{Data: []byte(crowdApp(fields[0], fields[1], parent))}
	}
	return load(t, files)
}

func load(t *testing.T, files fstest.MapFS) (*manifest.Registry, string) {
	t.Helper()
	r, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r, lines(findings)
}

func paths(r *manifest.Registry) []string {
	var list []string
	for _, n := range r.Nodes {
		list = append(list, n.Path)
	}
	return list
}

// TestPlaces lays trees in every order of their files, which must not matter.
func TestPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		apps []string
		want string
	}{
		{"one", []string{"a orders"}, "orders/a"},
		{"bare parent", []string{"a orders", "b orders a"}, "orders/a orders/a/b"},
		{"parent by path", []string{"a orders", "b orders orders/a"}, "orders/a orders/a/b"},
		{"three levels, both ways", []string{"a orders", "b orders a", "c orders orders/a/b"}, "orders/a orders/a/b orders/a/b/c"},
		{"the same name in two domains", []string{"a orders", "a payments", "b payments a"}, "orders/a payments/a payments/a/b"},
		{"the same name at two places", []string{"a orders", "b orders", "x orders a", "x orders b"}, "orders/a orders/a/x orders/b orders/b/x"},
		{"below one of two, by path", []string{"a orders", "x orders a", "x orders", "y orders orders/a/x"}, "orders/a orders/a/x orders/a/x/y orders/x"},
		{"a child of its parent's name", []string{"a orders", "a orders orders/a"}, "orders/a orders/a/a"},
		{"a child of its parent's name, bare", []string{"a orders", "a orders a"}, "orders/a orders/a/a"},
		{"a grandchild of the same name", []string{"a orders", "a orders orders/a", "a orders orders/a/a"}, "orders/a orders/a/a orders/a/a/a"},
		{"siblings are sorted by path", []string{"b orders", "a-b orders", "a orders", "c orders a"}, "orders/a orders/a-b orders/a/c orders/b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := strings.Fields(tt.want)
			slices.Sort(want)
			for _, apps := range permutations(tt.apps) {
				r, findings := tree(t, apps...)
				if got := paths(r); !slices.Equal(got, want) || findings != "" {
					t.Errorf("%v: nodes %v, want %v; findings\n%s", apps, got, want, findings)
				}
				for _, n := range r.Nodes {
					checkNode(t, r, n)
				}
			}
		})
	}
}

func checkNode(t *testing.T, r *manifest.Registry, n *manifest.Node) {
	t.Helper()
	above := n.Domain.Meta.Name.Value
	if n.Parent != nil {
		above = n.Parent.Path
	}
	if n.Path != above+"/"+n.App.Meta.Name.Value || r.Node(n.Path) != n || n.AppNode() != n || !n.Holder() {
		t.Errorf("node %s below %s is not what it says", n.Path, above)
	}
}

// permutations returns all orders of up to four texts.
func permutations(list []string) [][]string {
	if len(list) < 2 {
		return [][]string{list}
	}
	var all [][]string
	for i := range list {
		for _, rest := range permutations(slices.Concat(list[:i], list[i+1:])) {
			all = append(all, append([]string{list[i]}, rest...))
		}
	}
	return all
}

// TestNoPlace leaves out what has no place, whatever the order of files, and
// keeps the rest.
func TestNoPlace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		apps  []string
		nodes string
		rules string // how often each
	}{
		{"unknown domain", []string{"a stock", "b orders"}, "orders/b", "unknown-domain"},
		{"a child of an unknown domain", []string{"a stock", "b stock a"}, "", "unknown-domain unknown-domain"},
		{"unknown parent", []string{"a orders b"}, "", "unknown-parent"},
		{"parent in another domain, bare", []string{"a orders", "b payments a"}, "orders/a", "unknown-parent"},
		{"parent in another domain, by path", []string{"a orders", "b payments orders/a"}, "orders/a", "parent-domain"},
		{"its own parent", []string{"a orders a"}, "", "parent-cycle"},
		{"its own parent, by path", []string{"a orders orders/a"}, "", "unknown-parent"},
		{"two in a cycle", []string{"a orders b", "b orders a"}, "", "parent-cycle orphan"},
		{"two cycles and a tail", []string{"a orders b", "b orders a", "c orders c", "d orders c"}, "", "parent-cycle parent-cycle orphan orphan"},
		{"below an orphan, both ways", []string{"a orders x", "b orders a", "c orders orders/a/b"}, "", "unknown-parent orphan orphan"},
		{"ambiguous", []string{"a orders", "x orders", "x orders a", "y orders x"}, "orders/a orders/a/x orders/x", "ambiguous-parent"},
		{"below a bad path", []string{"a orders", "b orders orders/x/a"}, "orders/a", "unknown-parent"},
		{"twins", []string{"a orders", "a orders", "b orders orders/a"}, "orders/a orders/a/b", "duplicate-name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rules := strings.Fields(tt.rules)
			slices.Sort(rules)
			for _, apps := range permutations(tt.apps) {
				r, findings := tree(t, apps...)
				if got := strings.Join(paths(r), " "); got != tt.nodes {
					t.Errorf("%v: nodes %s, want %s", apps, got, tt.nodes)
				}
				var got []string
				for line := range strings.Lines(findings) {
					got = append(got, strings.TrimSuffix(line[strings.LastIndexByte(line, '[')+1:], "]\n"))
				}
				slices.Sort(got)
				if !slices.Equal(got, rules) {
					t.Errorf("%v: rules %v, want %v\n%s", apps, got, rules, findings)
				}
			}
		})
	}
}

const environmentApp = `apiVersion: roster/v1
kind: App
metadata: {name: checkout}
spec:
  domain: orders
  lifecycle: production
  owner: group:checkout
  version: v1
  source: github.com/acme/checkout
  scopes: ["orders/carts:read"]
  protect: true
  identity: {github: {repository: acme/checkout}, okta: {application: a}}
  credentials: [{name: okta}]
  config: {currency: EUR, limits: {a: 1, b: 2}, list: [1]}
  environments:
    same: {}
    other:
      lifecycle: retired
      owner: group:other
      version: v2
      source: github.com/acme/other
      scopes: ["orders/*:read"]
      protect: false
      identity: {entra: {application: b}}
      credentials: [{name: entra}, {name: more}]
      config: {limits: {c: 3}, region: eu}
    none: {scopes: [], credentials: [], identity: {}, config: {}}
`

// TestEnvironments: an environment has what its app has, but for the fields that
// it sets; an empty list is set, and config is put together key by key.
func TestEnvironments(t *testing.T) {
	t.Parallel()
	files := registry("a.yaml", environmentApp)
	files["orders.yaml"] = &fstest.MapFile{Data: []byte(crowdDomain("orders"))}
	r, findings := load(t, files)
	want := []string{"orders/checkout", "orders/checkout@none", "orders/checkout@other", "orders/checkout@same"}
	if got := paths(r); !slices.Equal(got, want) || findings != "" {
		t.Fatalf("nodes %v, want %v\n%s", got, want, findings)
	}
	type inForce struct {
		Holder, Protect                             bool
		Lifecycle, Owner, Version, Source, Settings string
		Scopes, Credentials, Identities             []string
		Line                                        int32
	}
	app := inForce{
		Protect: true, Lifecycle: "production", Owner: "group:checkout", Version: "v1", Source: "github.com/acme/checkout",
		Settings: `map[currency:"EUR" limits:{"a":1,"b":2} list:[1]]`,
		Scopes:   []string{"orders/carts:read"}, Credentials: []string{"okta"}, Identities: []string{"github", "okta"}, Line: 3,
	}
	same, none := app, app
	same.Holder, same.Line = true, 16
	none.Holder, none.Line = true, 27
	none.Scopes, none.Credentials, none.Identities = []string{}, []string{}, []string{}
	nodes := map[string]inForce{
		"orders/checkout": app, "orders/checkout@same": same, "orders/checkout@none": none,
		"orders/checkout@other": {
			Holder: true, Lifecycle: "retired", Owner: "group:other", Version: "v2", Source: "github.com/acme/other",
			Settings: `map[currency:"EUR" limits:{"c":3} list:[1] region:"eu"]`,
			Scopes:   []string{"orders/*:read"}, Credentials: []string{"entra", "more"}, Identities: []string{"entra"}, Line: 17,
		},
	}
	for path, want := range nodes {
		n := r.Node(path)
		got := inForce{
			Holder: n.Holder(), Protect: n.Protect(), Lifecycle: n.Lifecycle().Value, Owner: n.Owner().Value, Version: n.Version().Value,
			Source: n.Source().Value, Settings: fmt.Sprintf("%s", n.Config().Raw()), Scopes: n.Scopes().Values(), Credentials: []string{},
			Identities: identities(n.Identity()), Line: n.Position().Line,
		}
		for _, c := range n.Credentials() {
			got.Credentials = append(got.Credentials, c.Name.Value)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if n.AppNode().Path != "orders/checkout" {
			t.Errorf("%s: AppNode %s", path, n.AppNode().Path)
		}
	}
}

func identities(i *manifest.Identity) []string {
	list := []string{}
	if i.Entra != nil {
		list = append(list, "entra")
	}
	if i.GitHub != nil {
		list = append(list, "github")
	}
	if i.Okta != nil {
		list = append(list, "okta")
	}
	return list
}

// TestAbsentIsNotEmpty: a field that is not there inherits, one with an empty
// list means none, and one that is null is refused.
func TestAbsentIsNotEmpty(t *testing.T) {
	t.Parallel()
	tests := []struct {
		spec string
		want any // of ceiling
	}{
		{"", []string(nil)},
		{"  ceiling: []\n", []string{}},
		{"  ceiling: [\"**:*\"]\n", []string{"**:*"}},
	}
	for _, tt := range tests {
		files := registry("a.yaml", anApp+tt.spec)
		files["orders.yaml"] = &fstest.MapFile{Data: []byte(crowdDomain("orders"))}
		r, findings := load(t, files)
		if findings != "" {
			t.Fatal(findings)
		}
		if diff := cmp.Diff(tt.want, any(r.Nodes[0].App.Spec.Ceiling.Values())); diff != "" {
			t.Errorf("%q: ceiling (-want +got):\n%s", tt.spec, diff)
		}
	}
	if _, findings := load(t, registry("a.yaml", anApp+"  ceiling:\n")); !strings.Contains(findings, "a.yaml:7:11: error: value is null") {
		t.Errorf("null: %s", findings)
	}
}
