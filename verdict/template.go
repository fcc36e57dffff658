// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
)

// compareTemplates finds templates that are gone.
func compareTemplates(c *comparison) {
	for _, was := range c.base.registry.Templates {
		if c.templateNow(was) == nil {
			name := "policy template " + was.Meta.Name.Value
			c.permits(name, "is removed", "", causeAt(was.File, was.Meta.Name.Pos, name+", until now"))
		}
	}
}

// A templateChange is one template in base and head.
type templateChange struct {
	c        *comparison
	was, now *manifest.PolicyTemplate
}

// eachTemplate compares a part of every template that base and head have.
func eachTemplate(compare func(*templateChange)) func(*comparison) {
	return func(c *comparison) {
		for _, was := range c.base.registry.Templates {
			if now := c.templateNow(was); now != nil {
				compare(&templateChange{c, was, now})
			}
		}
	}
}

// loosened adds that the template permits more. A field that is gone is shown
// where the template is declared.
func (t *templateChange) loosened(at manifest.Pos, change, witness string) {
	name := "policy template " + t.now.Meta.Name.Value
	t.c.permits(name, change, witness, causeAt(t.now.File, cmp.Or(at, t.now.Meta.Name.Pos), name))
}

// rules compares the rules of one kind.
func (t *templateChange) rules(kind policy.RuleKind) {
	kind.Compare(&policy.Comparison{
		Was: &t.was.Spec, Now: &t.now.Spec,
		Beyond: func(was, now manifest.Strings) (string, bool) {
			return t.c.beyond(t.c.base.tree.Union(was.Values()), t.c.head.tree.Union(now.Values()))
		},
		Loosened: t.loosened,
	})
}

const audit = "audit" // of mode

func (t *templateChange) mode() {
	if now := t.now.Spec.Mode; t.was.Spec.Mode.Value != audit && now.Value == audit {
		t.loosened(now.Pos, "only audits", "")
	}
}

// matchList compares one list of match, which is longer where it matches more.
func matchList(name string, list func(*manifest.Match) manifest.Strings) func(*templateChange) {
	return func(t *templateChange) {
		was, now := list(&t.was.Spec.Match), list(&t.now.Spec.Match)
		switch text, found := wider(now, was); {
		case found && was == nil:
			t.loosened(now.Pos(), "matches only some "+name, "")
		case found:
			t.loosened(now.Pos(), "matches fewer "+name+", for example not "+finding.Quote(text), "")
		}
	}
}

func (t *templateChange) matchLabels() {
	for _, label := range t.now.Spec.Match.Labels {
		if text, has := t.was.Spec.Match.Labels.Get(label.Key.Value); !has || text != label.Value.Value {
			t.loosened(label.Key.Pos, "matches only with label "+finding.Quote(label.Key.Value), "")
		}
	}
}

// approvers compares who can approve a waiver. A template that lists nobody has the
// approvers of the root; where it does so on both sides, a change is named at the root.
func (t *templateChange) approvers() {
	was, now := t.was.Spec.Waivers.Approvers, t.now.Spec.Waivers.Approvers
	if was == nil && now == nil {
		return
	}
	before, after := was, now
	if was == nil {
		before = t.c.base.registry.Root.Spec.Waivers.Approvers
	}
	if now == nil {
		after = t.c.head.registry.Root.Spec.Waivers.Approvers
	}
	if moreApprovers(before, after) {
		t.loosened(now.Pos(), "can be waived by other people", "")
	}
}

// moreApprovers reports whether somebody can approve waivers who could not.
func moreApprovers(was, now manifest.Strings) bool {
	if was == nil && now == nil {
		return false
	}
	return now == nil || len(missing(now, was)) > 0
}

func (t *templateChange) longest() {
	if now := t.now.Spec.Waivers.Longest; now.Exceeds(t.was.Spec.Waivers.Longest) {
		t.loosened(now.Pos, "has a higher waivers.longest", "")
	}
}
