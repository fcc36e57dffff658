// SPDX-License-Identifier: Apache-2.0

// Package smallregistry creates registries of a few nodes from real manifests, and
// syncs them to a store. Start with a Registry and MustRun. Only tests import it.
package smallregistry

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/sync"
)

// Registry is a registry in its simplest form: the version of each node, by path. A
// path domain/app@env is an environment.
type Registry map[string]string

// Desired returns the desired state of the registry, through real manifests.
func (r Registry) Desired(t testing.TB) sync.Desired {
	t.Helper()
	files := fstest.MapFS{"roster.yaml": {Data: []byte("apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\n" +
		"spec: {include: [\"d/*.yaml\", \"a/*/*.yaml\"], guardrails: {update: 100%, delete: 100%}}\n")}}
	apps := map[string][]string{}
	for path := range r {
		app, environment, _ := strings.Cut(path, "@")
		apps[app] = append(apps[app], environment)
	}
	for app, environments := range apps {
		domain, name, _ := strings.Cut(app, "/")
		files["d/"+domain+".yaml"] = &fstest.MapFile{Data: []byte("apiVersion: roster/v1\nkind: Domain\nmetadata: {name: " + domain + "}\nspec: {owner: \"group:o\"}\n")}
		var text strings.Builder
		fmt.Fprintf(&text, "apiVersion: roster/v1\nkind: App\nmetadata: {name: %s}\nspec:\n  domain: %s\n  owner: group:o\n  scopes: [\"orders/*:read\"]\n", name, domain)
		if environments[0] == "" {
			fmt.Fprintf(&text, "  version: %s\n", r[app])
		} else {
			text.WriteString("  environments:\n")
			for _, environment := range environments {
				fmt.Fprintf(&text, "    %s: {version: %s}\n", environment, r[app+"@"+environment])
			}
		}
		files["a/"+domain+"/"+name+".yaml"] = &fstest.MapFile{Data: []byte(text.String())}
	}
	resolved, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
	if err != nil || len(findings) > 0 {
		t.Fatalf("load: %v, %v", err, findings)
	}
	desired, err := sync.DesiredOf(resolved, "")
	if err != nil {
		t.Fatal(err)
	}
	return desired
}
