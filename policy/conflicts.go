// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// checkConflicts reports templates that nothing can satisfy, alone or together,
// and templates that add nothing to others. It looks at what can be decided:
// lists and scopes; of expressions only at those that read nothing.
func (b *Set) checkConflicts() {
	lines, named := b.lines(), map[*Template]bool{}
	for _, line := range lines {
		for _, t := range line {
			named[t] = true
		}
	}
	for _, declared := range b.registry.Templates {
		t := b.templates[declared.Meta.Name.Value]
		b.checkAlone(t)
		if !named[t] && t.broken == "" && len(b.registry.Nodes) > 0 {
			b.report(t, RuleShadow, finding.Warning, declared.Meta.Name.Pos, "is named by no root, domain or app, so it has no effect")
		}
	}
	for _, line := range lines {
		for i, t := range line {
			for _, other := range line[:i] {
				b.checkPair(other, t)
			}
		}
	}
}

func (b *Set) checkAlone(t *Template) {
	trust := &t.declared.Spec.Trust
	if trust.Required.Value && trust.Issuers != nil && len(trust.Issuers) == 0 {
		b.conflict(t, manifest.Pos{}, "requires an identity but trusts no issuer, so no node can satisfy it")
	}
	for _, r := range t.rules {
		if !r.constant || r.declared.Accepts.Value != "" {
			continue
		}
		if out, _, err := r.program.Eval(map[string]any{}); err != nil || out.Value() != true {
			b.conflict(t, r.declared.Expression.Pos, "has the rule "+finding.Quote(r.name())+", which is never true")
		}
	}
	if answer := b.tree.Budget().Included(access.Everything(), t.mustNever); answer.Holds {
		b.conflict(t, t.declared.Spec.MustNever.Pos(), "forbids every scope")
	}
	matches := slices.ContainsFunc(b.registry.Nodes, func(n *manifest.Node) bool { return n.Holder() && t.Matches(n) })
	if !matches && len(b.registry.Nodes) > 0 {
		b.shadow(t, t.declared.Meta.Name.Pos, "matches no node")
	}
}

// lines returns the templates that bind together somewhere: those of the root
// with those of each domain, and with those that apps of it name, in the order
// of the tree.
func (b *Set) lines() [][]*Template {
	seen := map[string]bool{}
	var lines [][]*Template
	add := func(n *manifest.Node) {
		bindings := b.Named(n)
		slices.SortStableFunc(bindings, func(x, y Binding) int { return rank(x.Level) - rank(y.Level) })
		var names []string
		var line []*Template
		for _, binding := range bindings {
			if t := binding.Template; t != nil && t.broken == "" {
				names, line = append(names, t.Name()), append(line, t)
			}
		}
		if key := strings.Join(names, " "); !seen[key] {
			seen[key] = true
			lines = append(lines, line)
		}
	}
	for _, n := range b.registry.Nodes {
		add(n)
	}
	return lines
}

// rank is how far down the tree a level is, as far as it matters here.
func rank(level string) int {
	switch {
	case strings.HasPrefix(level, "app "):
		return 2
	case strings.HasPrefix(level, "domain "):
		return 1
	default:
		return 0
	}
}

// checkPair looks at two templates that bind the same nodes; other is at
// least as high.
func (b *Set) checkPair(other, t *Template) {
	if !sameMatch(&t.declared.Spec.Match, &other.declared.Spec.Match) {
		return // there may be no node that both match
	}
	b.checkTrust(other, t)
	if other.Audit() {
		return // what it asks for is asked of nobody yet
	}
	for _, k := range t.kinds {
		if k.shadowed == nil {
			continue
		}
		if s, is := k.shadowed(t, other); is {
			b.shadow(t, s.at, s.message)
		}
	}
}

// checkTrust reports two templates that no identity can satisfy together.
func (b *Set) checkTrust(other, t *Template) {
	mine, theirs := &t.declared.Spec.Trust, &other.declared.Spec.Trust
	if (mine.Required.Value || theirs.Required.Value) && disjoint(mine.Issuers, theirs.Issuers) {
		b.conflict(t, mine.Issuers.Pos(), "trusts no issuer that "+other.Place()+" trusts, and an identity is required")
	}
	if disjoint(mine.Repositories, theirs.Repositories) && !overlapping(mine.Repositories, theirs.Repositories) &&
		onlyGitHub(mine.Issuers, theirs.Issuers) {
		b.conflict(t, mine.Repositories.Pos(), "trusts no repository that "+other.Place()+" trusts")
	}
}

// sameMatch reports whether two templates match the same nodes, by what they
// say.
func sameMatch(a, b *manifest.Match) bool {
	list := func(s manifest.Strings) string {
		if s == nil {
			return "any"
		}
		return strings.Join(slices.Sorted(slices.Values(s.Values())), " ")
	}
	labels := func(m manifest.Map) string {
		var all []string
		for _, l := range m {
			all = append(all, l.Key.Value+"="+l.Value.Value)
		}
		return strings.Join(slices.Sorted(slices.Values(all)), "\x00")
	}
	return list(a.Kinds) == list(b.Kinds) && list(a.Domains) == list(b.Domains) &&
		list(a.Environments) == list(b.Environments) && labels(a.Labels) == labels(b.Labels)
}

// disjoint reports whether two lists that are both there share no text.
func disjoint(a, b manifest.Strings) bool {
	return a != nil && b != nil && !slices.ContainsFunc(a, func(s manifest.String) bool { return b.Contains(s.Value) })
}

// overlapping reports whether some repository is of both lists of patterns.
func overlapping(a, b manifest.Strings) bool {
	return slices.ContainsFunc(a, func(x manifest.String) bool {
		return slices.ContainsFunc(b, func(y manifest.String) bool {
			return matches(x.Value, strings.ToLower(y.Value)) || matches(y.Value, strings.ToLower(x.Value))
		})
	})
}

// onlyGitHub reports whether one of two lists allows only GitHub.
func onlyGitHub(lists ...manifest.Strings) bool {
	return slices.ContainsFunc(lists, func(l manifest.Strings) bool { return len(l) == 1 && l[0].Value == "github" })
}

func (b *Set) conflict(t *Template, at manifest.Pos, message string) {
	b.report(t, RuleConflict, finding.Error, at, message)
}

func (b *Set) shadow(t *Template, at manifest.Pos, message string) {
	b.report(t, RuleShadow, finding.Note, at, message)
}

func (b *Set) report(t *Template, rule string, severity finding.Severity, at manifest.Pos, message string) {
	if at.Line == 0 {
		at = t.declared.Meta.Name.Pos
	}
	b.findings = append(b.findings, finding.Finding{
		Rule: rule, Severity: severity, File: t.declared.File, Line: int(at.Line), Column: int(at.Column),
		Message: "policy template " + t.Name() + " " + message,
	})
}
