// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"slices"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// compareTemplates finds what templates permit that they did not.
func (c *comparison) compareTemplates() {
	for _, was := range c.base.registry.Templates {
		name := "policy template " + was.Meta.Name.Value
		at, found := slices.BinarySearchFunc(c.head.registry.Templates, was.Meta.Name.Value, func(t *manifest.PolicyTemplate, name string) int {
			return cmp.Compare(t.Meta.Name.Value, name)
		})
		if !found {
			c.permits(name, "is gone", "", through(was.File, was.Meta.Name.Pos, name+", until now"))
			continue
		}
		t := &templates{c: c, name: name, head: c.head.registry.Templates[at]}
		t.compare(&was.Spec, &t.head.Spec)
	}
}

// templates is one template before and after.
type templates struct {
	c    *comparison
	name string
	head *manifest.PolicyTemplate
}

// object adds that a field of the template permits more. A field that is gone
// is shown where the template is.
func (t *templates) object(at manifest.Pos, change, witness string) {
	at = cmp.Or(at, t.head.Meta.Name.Pos)
	t.c.permits(t.name, change, witness, through(t.head.File, at, t.name))
}

func (t *templates) compare(was, now *manifest.PolicyTemplateSpec) {
	t.mode(was, now)
	t.match(&was.Match, &now.Match)
	t.mustNever(was, now)
	t.limits(&was.Limits, &now.Limits)
	t.trust(&was.Trust, &now.Trust)
	t.rules(was.Rules, now.Rules)
	t.waivers(&was.Waivers, &now.Waivers)
	if was.Schema != nil && meaning(was.Schema) != meaning(now.Schema) {
		t.object(manifest.Pos{}, "has another schema", "")
	}
	if len(was.Rules) > 0 && meaning(was.Params) != meaning(now.Params) {
		t.object(manifest.Pos{}, "has other params for its rules", "")
	}
}

const audit = "audit" // of mode

func (t *templates) mode(was, now *manifest.PolicyTemplateSpec) {
	if was.Mode.Value != audit && now.Mode.Value == audit {
		t.object(now.Mode.Pos, "only audits", "")
	}
}

func (t *templates) match(was, now *manifest.Match) {
	for _, part := range []struct {
		name     string
		was, now manifest.Strings
	}{
		{"kinds", was.Kinds, now.Kinds},
		{"domains", was.Domains, now.Domains},
		{"environments", was.Environments, now.Environments},
	} {
		switch text, found := wider(part.now, part.was); {
		case found && part.was == nil:
			t.object(firstOf(part.now), "matches only some "+part.name, "")
		case found:
			t.object(firstOf(part.now), "matches fewer "+part.name+", for example not "+finding.Quote(text), "")
		}
	}
	for _, label := range now.Labels {
		if text, has := was.Labels.Get(label.Key.Value); !has || text != label.Value.Value {
			t.object(label.Key.Pos, "matches only with label "+finding.Quote(label.Key.Value), "")
		}
	}
}

func (t *templates) mustNever(was, now *manifest.PolicyTemplateSpec) {
	word, found := t.c.beyond(t.c.base.tree.Union(was.MustNever.Values()), t.c.head.tree.Union(now.MustNever.Values()))
	if found {
		t.object(firstOf(now.MustNever), "forbids less", word)
	}
}

func (t *templates) limits(was, now *manifest.PolicyLimits) {
	for _, limit := range []struct {
		name     string
		was, now manifest.String
	}{
		{"limits.credentialAge", was.CredentialAge, now.CredentialAge},
		{"limits.tokenLife", was.TokenLife, now.TokenLife},
	} {
		t.duration(limit.name, limit.was, limit.now)
	}
	for _, limit := range []struct {
		name     string
		was, now manifest.Int
	}{
		{"limits.wildcards", was.Wildcards, now.Wildcards},
		{"limits.privileged", was.Privileged, now.Privileged},
	} {
		if limit.was.Set && (!limit.now.Set || limit.now.Value > limit.was.Value) {
			t.object(manifest.Pos{}, "has a higher "+limit.name, "")
		}
	}
}

// duration compares two longest times; absent is without limit.
func (t *templates) duration(name string, was, now manifest.String) {
	before, bounded := manifest.Duration(was.Value)
	after, still := manifest.Duration(now.Value)
	if bounded && (!still || after > before) {
		t.object(now.Pos, "has a higher "+name, "")
	}
}

func (t *templates) trust(was, now *manifest.PolicyTrust) {
	if was.Required.Value && !now.Required.Value {
		t.object(manifest.Pos{}, "requires no identity", "")
	}
	if text, found := wider(was.Issuers, now.Issuers); found {
		t.object(firstOf(now.Issuers), "trusts more issuers"+example(text), "")
	}
	if text, found := wider(was.Repositories, now.Repositories); found {
		t.object(firstOf(now.Repositories), "trusts more repositories"+example(text), "")
	}
	if gone := missing(was.Pin, now.Pin); len(gone) > 0 {
		t.object(firstOf(now.Pin), "no longer pins "+finding.Quote(gone[0]), "")
	}
}

func (t *templates) rules(was, now []manifest.PolicyRule) {
	find := func(list []manifest.PolicyRule, name string) *manifest.PolicyRule {
		at := slices.IndexFunc(list, func(r manifest.PolicyRule) bool { return r.Name.Value == name })
		if at < 0 {
			return nil
		}
		return &list[at]
	}
	for _, r := range was {
		after := find(now, r.Name.Value)
		switch {
		case r.Accepts.Value != "": // what it accepts no more is no loss
		case after == nil:
			t.object(manifest.Pos{}, "has no rule "+finding.Quote(r.Name.Value)+" any more", "")
		case after.Expression.Value != r.Expression.Value || after.Accepts.Value != "":
			t.object(after.Expression.Pos, "has another rule "+finding.Quote(r.Name.Value), "")
		}
	}
	for _, r := range now {
		if r.Accepts.Value == "" {
			continue
		}
		if before := find(was, r.Name.Value); before == nil || before.Expression.Value != r.Expression.Value || before.Accepts.Value != r.Accepts.Value {
			t.object(r.Expression.Pos, "accepts more by rule "+finding.Quote(r.Name.Value), "")
		}
	}
}

func (t *templates) waivers(was, now *manifest.PolicyWaivers) {
	if was.Approvers != nil || now.Approvers != nil { // absent: the domain's owner
		if added := missing(now.Approvers, was.Approvers); len(added) > 0 || now.Approvers == nil {
			t.object(firstOf(now.Approvers), "can be waived by others", "")
		}
	}
	t.duration("waivers.longest", was.Longest, now.Longest)
}

func firstOf(list manifest.Strings) manifest.Pos {
	if len(list) == 0 {
		return manifest.Pos{}
	}
	return list[0].Pos
}
