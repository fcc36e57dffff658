// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
)

// A probe is something that somebody could write into a registry: an app, an agent or a
// waiver, in a separate file. What the registry has against it is what its limits
// stop.
type probe struct {
	kind, name string
	metadata   object
	spec       object
}

// probes returns what is tried in every domain: every word, every length, every place
// and every person that a limit of the pools can tell apart.
func probes() []probe {
	var all []probe
	for _, domain := range []string{"a", "b"} {
		for _, labels := range []object{{}, {"tier": "core"}} {
			all = append(all, nodeProbes(domain, labels)...)
		}
	}
	return append(all, waiverProbes()...)
}

func nodeProbes(domain string, labels object) []probe {
	var all []probe
	add := func(kind, what string, spec object) {
		full := object{
			"domain": domain, "owner": "group:a", "version": "v1", "source": "github.com/acme/one", "scopes": texts(),
			"identity": object{"github": object{"repository": "acme@1/one@2", "environment": "prod"}},
		}
		if kind == "Agent" {
			full["sponsor"], full["tokenLife"], full["until"] = "user:ada", "1m", "2026-02-28"
		}
		maps.Copy(full, spec)
		name := fmt.Sprintf("probe-%s-%d-%s", domain, len(labels), strings.ToLower(what))
		all = append(all, probe{kind, name, object{"labels": labels}, full})
	}
	for i, scope := range []string{
		"a/x:r", "a/x:w", "a/y:r", "a/x/y:r", "a/secret:r", "a/never:r", "a/hidden:r", "b/hidden:r", "a/bad:r", "b/x:r", "b/x:w", "b/secret:r", "cosmos/x:r", "c/x:r", "a/x:admin",
	} {
		add("App", fmt.Sprintf("scope-%d", i), object{"scopes": texts(scope)})
		add("Agent", fmt.Sprintf("agent-%d", i), object{"scopes": texts(scope)})
	}
	for _, n := range []int{1, 2, 4, 10} {
		var wild, admin []string
		for i := range n {
			wild, admin = append(wild, fmt.Sprintf("a/w%d*:r", i)), append(admin, fmt.Sprintf("a/p%d:admin", i))
		}
		add("App", fmt.Sprintf("wild-%d", n), object{"scopes": texts(wild...)})
		add("App", fmt.Sprintf("admin-%d", n), object{"scopes": texts(admin...)})
	}
	for _, life := range []string{"15m", "1h", "2h", "25h"} {
		add("Agent", "life-"+life, object{"tokenLife": life})
	}
	for _, age := range []string{"1d", "2d", "31d", "91d", "401d"} {
		add("App", "age-"+age, object{"credentials": []any{object{
			"name": "c", "type": "self-issued-token", "rotate": object{"every": age, "overlap": "1h"}, "sinks": []any{object{"keyVault": "vault-a", "secret": "age" + age + domain + fmt.Sprint(len(labels))}},
		}}})
	}
	for i, sink := range []object{{"keyVault": "vault-a"}, {"keyVault": "vault-b"}, {"keyVault": "vault-z"}} {
		sink["secret"] = fmt.Sprintf("sink-%d-%s-%d", i, domain, len(labels))
		add("App", fmt.Sprintf("sink-%d", i), object{"credentials": []any{object{
			"name": "c", "type": "self-issued-token", "rotate": object{"every": "1d", "overlap": "1h"}, "sinks": []any{sink},
		}}})
	}
	for i, identity := range []object{
		{},
		{"entra": object{"application": "probe"}},
		{"okta": object{"application": "probe"}},
		{"github": object{"repository": "acme/one"}},
		{"github": object{"repository": "acme/one", "environment": "prod"}},
		{"github": object{"repository": "acme@1/one@2"}},
		{"github": object{"repository": "acme@1/two@2", "environment": "prod"}},
	} {
		add("App", fmt.Sprintf("identity-%d", i), object{"identity": identity})
	}
	for _, environment := range []string{"prod", "dev", "test"} {
		add("App", "in-"+environment, object{"environments": object{environment: object{"scopes": texts("a/x:r")}}})
		add("App", "wild-in-"+environment, object{"environments": object{environment: object{"scopes": texts("a/w*:r", "a/v*:r", "a/u*:r", "a/t*:r")}}})
	}
	for i, source := range []string{"github.com/acme/one", "github.com/acme/two"} {
		add("App", fmt.Sprintf("source-%d", i), object{"source": source})
	}
	return all
}

// waiverProbes are waivers by everybody, of every length, for a rule and for scopes.
func waiverProbes() []probe {
	var all []probe
	for _, by := range []string{"group:sec", "user:ada", "group:b", "user:eve"} {
		for _, until := range []string{"2026-02-01", "2026-02-20", "2026-04-20", "2027-06-01"} {
			for _, policy := range []string{"tpl", "own", ""} {
				spec := object{"for": "a/tool", "reason": "r", "approvedBy": by, "from": "2026-01-30", "until": until}
				if spec["scopes"] = texts("a/v:r"); policy != "" {
					spec["policy"] = policy
					delete(spec, "scopes")
				}
				all = append(all, probe{"Waiver", fmt.Sprintf("probe-%d-%s-x%s", len(all), until, policy), object{}, spec})
			}
		}
	}
	return all
}

// passing returns the files of the probes against which a registry has nothing.
func (d draft) passing(t *testing.T, list []probe) map[string]bool {
	t.Helper()
	next := maps.Clone(d)
	passed := map[string]bool{}
	for _, p := range list {
		metadata := object{"name": p.name}
		maps.Copy(metadata, p.metadata)
		file := "zz-" + p.name + ".yaml"
		next[file] = object{"apiVersion": manifest.APIVersion, "kind": p.kind, "metadata": metadata, "spec": p.spec}
		passed[file] = true
	}
	registry := next.load(t)
	if registry == nil {
		return nil
	}
	findings, _ := validate.Registry(registry, validate.Config{Systems: wire.Systems(), At: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)})
	for _, f := range findings {
		switch f.Rule {
		case validate.RuleDanglingScope, validate.RuleUnknownNamespace, validate.RuleSharedCredential, validate.RuleSharedIdentity, validate.RuleSharedKey:
			continue // about what others declare
		}
		if f.Severity == finding.Error {
			delete(passed, f.File)
		}
	}
	return passed
}
