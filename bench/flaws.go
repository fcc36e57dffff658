// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
)

// A flaw is a violation of the schema of an app or agent. It replaces the first match
// of pattern, which occurs in every manifest of both kinds, so each manifest can have
// each flaw.
type flaw struct {
	name    string
	pattern *regexp.Regexp
	text    string // as in Regexp.Expand
}

// flaws returns one typical mistake for each keyword of JSON Schema.
// None of them is a mistake of YAML and none can be seen from another file.
func flaws() []flaw {
	list := []struct{ name, pattern, text string }{
		{"unknown field of spec", `(?m)^  owner:`, "  colour: blue\n  owner:"},
		{"unknown field beside spec", `(?m)^spec:`, "status: {}\nspec:"},
		{"unknown field of identity", `github: \{`, "github: {branch: main, "},
		{"unknown field of an environment", `(?m)^  environments:\n`, "${0}    canary: {ceiling: []}\n"},
		{"text for a list", `(?m)^  scopes: .*$`, "  scopes: everything"},
		{"list for a mapping", `(?m)^  config: .*$`, "  config: [arm64]"},
		{"number for a text", `(?m)^  version: .*$`, "  version: 12"},
		{"text for a boolean", `(?m)^  owner:`, "  protect: always\n  owner:"},
		{"value outside enum", `(?m)^  type: .*$`, "  type: daemon"},
		{"name in capitals", `(?m)^metadata: \{name: `, "${0}The-"},
		{"name too long", `(?m)^metadata: \{name: `, "${0}a-name-that-nobody-can-remember-and-no-label-of-dns-could-ever-hold-"},
		{"scope without verb", `(?m)^  scopes: \[.*\]$`, "  scopes: [everything]"},
		{"missing owner", `(?m)^  owner: .*\n`, ""},
		{"missing domain", `(?m)^  domain: .*\n`, ""},
		{"credential without name", `(?m)^  environments:`, "  credentials: [{type: api-key}]\n  environments:"},
	}
	compiled := make([]flaw, len(list))
	for i, l := range list {
		compiled[i] = flaw{l.name, regexp.MustCompile(l.pattern), l.text}
	}
	return compiled
}

// plant returns manifest with the flaw in it.
func (f flaw) plant(manifest string) (string, error) {
	at := f.pattern.FindStringSubmatchIndex(manifest)
	if at == nil {
		return "", fmt.Errorf("plant flaw %q: pattern not found in the manifest", f.name)
	}
	flawed := f.pattern.ExpandString([]byte(manifest[:at[0]]), f.text, manifest, at)
	return string(flawed) + manifest[at[1]:], nil
}
