// SPDX-License-Identifier: Apache-2.0

package bounds_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/manifest"
)

// TestLevels shows the levels over a node and what they hand down together.
func TestLevels(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"roster.yaml":   "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec:\n  include: [\"*/*.yaml\"]\n  ceiling: [\"orders/**:*\"]\n",
		"d/orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:o\", deny: [\"orders/secret:*\"]}\n",
		"a/shell.yaml":  "apiVersion: roster/v1\nkind: App\nmetadata: {name: shell}\nspec: {domain: orders, owner: \"group:o\", ceiling: [\"orders/*:read\", \"payments/*:read\"]}\n",
		"a/plain.yaml":  "apiVersion: roster/v1\nkind: App\nmetadata: {name: plain}\nspec: {domain: orders, parent: shell, owner: \"group:o\", environments: {prod: {}}}\n",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	registry, findings, err := manifest.Load(t.Context(), fsys, manifest.Options{})
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	tree := bounds.New(registry, nil)
	level := tree.Of(registry.Node("orders/shell/plain@prod"))
	var names []string
	for _, l := range level.Line {
		names = append(names, l.Name)
	}
	if d := cmp.Diff([]string{"the root", "domain orders", "app orders/shell"}, names); d != "" {
		t.Errorf("levels (-want +got):\n%s", d)
	}
	if level != tree.Of(registry.Node("orders/shell")) || !slices.Equal(level.Line[:2], tree.Domain(registry.Domain("orders")).Line) {
		t.Error("levels are made more than once")
	}
	for text, want := range map[string]bool{
		"orders/carts:read": true, "orders/carts:write": false, "orders/secret:read": false, "orders/a/b:read": false, "payments/a:read": false,
	} {
		scope, err := access.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := level.May().Allows(scope); got != want {
			t.Errorf("%s is handed down: %v", text, got)
		}
	}
	set, err := tree.Parse("orders/carts:read,write")
	if err != nil {
		t.Fatal(err)
	}
	if got := tree.Within(level, "orders/carts:read,write", set); got.Holds || got.Witness != "orders/carts:write" {
		t.Errorf("Within = %+v", got)
	}
	if got := tree.Within(level.Line[1], "orders/carts:read,write", set); !got.Holds {
		t.Errorf("without a ceiling, Within = %+v", got)
	}
}
