// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/manifest"
)

// Accepted is what a user accepts.
type Accepted struct {
	Allow []string // debts: a rule and the exact number of its errors, as dangling-scope=12
	Gains []string // digests of gains; see verdict.Verdict
}

// Idle returns a finding for each override that accepts nothing: its rule is unknown,
// there is no error of the rule, or the gains have another digest. It would accept
// something tomorrow that nobody has seen. Overrides of guardrails are for plans, and
// not looked at here.
func Idle(r Result, accepted Accepted) []finding.Finding {
	var idle []finding.Finding
	for _, override := range accepted.Allow {
		rule, _, _ := strings.Cut(override, "=")
		if slices.Contains(guardrail.Overrides(), rule) {
			continue
		}
		known := append(acceptable(), guardrail.Overrides()...)
		isError := func(f finding.Finding) bool { return f.Severity == finding.Error && f.Rule == rule }
		if slices.Contains(known, rule) && slices.ContainsFunc(r.Findings, isError) {
			continue // Open compares the number
		}
		idle = append(idle, idleAllow(override, rule, known))
	}
	for _, digest := range accepted.Gains {
		if r.Verdict == nil || r.Verdict.Digest != digest {
			idle = append(idle, idleOverride("digest "+finding.Quote(digest)+" is not that of the gains of this change", "read the verdict, then accept the digest that it prints"))
		}
	}
	return idle
}

func idleAllow(override, rule string, known []string) finding.Finding {
	switch {
	case slices.Contains(gains(), rule):
		return idleOverride("override "+finding.Quote(override)+" accepts nothing", "gains are accepted with --accept, by their digest")
	case slices.Contains(known, rule):
		return idleOverride("override "+finding.Quote(override)+" accepts nothing", "remove it from --allow")
	}
	slices.Sort(known)
	f := idleOverride("override "+finding.Quote(override)+" is unknown", "remove it from --allow")
	f.Allowed = known
	if meant := finding.Nearest(rule, known); meant != "" {
		f.Hint = "did you mean " + meant + "?"
	}
	return f
}

func idleOverride(message, hint string) finding.Finding {
	return finding.Finding{
		Rule: RuleIdleOverride, Severity: finding.Error, File: manifest.RootFile, Line: 1, Column: 1, Message: message, Hint: hint,
	}
}

// Open returns the rules whose errors nobody accepted, sorted. Overrides are the
// flags that accept every error there is, or none if some cannot be accepted. One
// debt more, or one gain more, is never accepted with the others.
func Open(r Result, accepted Accepted) (open, overrides []string) {
	digest := ""
	if r.Verdict != nil {
		digest = r.Verdict.Digest
	}
	errors := map[string]int{}
	for _, f := range r.Findings {
		if f.Severity == finding.Error {
			errors[f.Rule]++
		}
	}
	acceptableAll := true
	for _, rule := range slices.Sorted(maps.Keys(errors)) {
		if rule == RuleIdleOverride {
			open = append(open, rule)
			continue
		}
		override, done := "", false
		switch debt := fmt.Sprintf("%s=%d", rule, errors[rule]); {
		case slices.Contains(gains(), rule) && digest != "":
			override, done = "--accept "+digest, slices.Contains(accepted.Gains, digest)
		case slices.Contains(acceptable(), rule):
			override, done = "--allow "+debt, slices.Contains(accepted.Allow, debt)
		default:
			acceptableAll = false
		}
		overrides = append(overrides, override)
		if !done {
			open = append(open, rule)
		}
	}
	overrides = slices.Compact(slices.Sorted(slices.Values(overrides)))
	if !acceptableAll {
		overrides = nil
	}
	return open, overrides
}
