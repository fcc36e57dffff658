// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

const day = 24 * time.Hour

// A waiver is one declared waiver with its node.
type waiver struct {
	declared    *manifest.Waiver
	node        *manifest.Node // nil: no such node, which package manifest reports
	from, until time.Time      // the first and the last day
	dated       bool           // both are dates, or from is absent
}

func (b *Set) readWaiver(declared *manifest.Waiver) *waiver {
	spec := &declared.Spec
	w := &waiver{declared: declared, node: b.registry.Node(spec.For.Value)}
	until, err := time.Parse(time.DateOnly, spec.Until.Value)
	w.until, w.dated = until, err == nil
	if spec.From.Value != "" {
		from, err := time.Parse(time.DateOnly, spec.From.Value)
		w.from, w.dated = from, w.dated && err == nil
	}
	return w
}

// inForce reports whether the waiver lifts something on a day: it has begun, has
// not ended, is not longer than it may be, and the right people approved it.
func (b *Set) inForce(w *waiver, at time.Time) bool {
	today := at.UTC().Truncate(day)
	return w.dated && !today.Before(w.from) && !today.After(w.until) &&
		b.approved(w) && !b.tooLong(w)
}

// about reports whether the waiver is for a node: the one that it names, or an
// environment of it.
func (w *waiver) about(n *manifest.Node) bool {
	return w.node != nil && (w.node == n || n.Environment != nil && w.node == n.Parent)
}

// Waived reports whether a rule of a template is waived for a node on a day.
func (b *Set) Waived(n *manifest.Node, template, rule string, at time.Time) bool {
	return kindOf(rule).Waivable && slices.ContainsFunc(b.waivers, func(w *waiver) bool {
		spec := &w.declared.Spec
		return w.about(n) && !w.byOwner(n) && spec.Policy.Value == template && spec.Policy.Value != "" &&
			(spec.Rule.Value == "" || spec.Rule.Value == rule) && b.inForce(w, at)
	})
}

// Lifted returns the scopes that a node may hold on a day although a ceiling of
// its domain or of an app lacks them. The root's ceiling and every deny remain.
func (b *Set) Lifted(n *manifest.Node, at time.Time) []string {
	var scopes []string
	for _, w := range b.waivers {
		if len(w.declared.Spec.Scopes) > 0 && w.about(n) && !w.byOwner(n) && b.inForce(w, at) {
			scopes = append(scopes, w.declared.Spec.Scopes.Values()...)
		}
	}
	return scopes
}

// byOwner reports whether the owner of a node approved the waiver, which counts
// for nothing, whatever list names them.
func (w *waiver) byOwner(n *manifest.Node) bool {
	return names.Same(w.declared.Spec.ApprovedBy.Value, n.Owner().Value)
}

// approved reports whether somebody who may do so approved a waiver.
func (b *Set) approved(w *waiver) bool {
	return w.node != nil && !w.byOwner(w.node) && slices.ContainsFunc(b.approvers(w), func(allowed string) bool {
		return allowed != "" && names.Same(allowed, w.declared.Spec.ApprovedBy.Value)
	})
}

// approvers returns who may approve a waiver: those that the waived template lists,
// else those that the root lists, else the owner of the node's domain.
func (b *Set) approvers(w *waiver) []string {
	if t := b.templates[w.declared.Spec.Policy.Value]; t != nil && t.declared.Spec.Waivers.Approvers != nil {
		return t.declared.Spec.Waivers.Approvers.Values()
	}
	if listed := b.registry.Root.Spec.Waivers.Approvers; listed != nil {
		return listed.Values()
	}
	if w.node == nil {
		return nil
	}
	return []string{w.node.Domain.Spec.Owner.Value}
}

// tooLong reports whether a waiver lasts longer than the root or its template
// allows.
func (b *Set) tooLong(w *waiver) bool {
	longest := b.longest(w)
	return longest.Set && (w.declared.Spec.From.Value == "" || w.until.Sub(w.from) > longest.Length)
}

// longest returns how long a waiver may last: the shorter of what the root and its
// template say.
func (b *Set) longest(w *waiver) manifest.Duration {
	longest := b.registry.Root.Spec.Waivers.Longest
	t := b.templates[w.declared.Spec.Policy.Value]
	if t != nil && (!longest.Set || longest.Exceeds(t.declared.Spec.Waivers.Longest)) {
		longest = t.declared.Spec.Waivers.Longest
	}
	return longest
}

// Waivers returns findings about the waivers on a day: those in force with the
// days that are left, and those without effect with the reason.
func (b *Set) Waivers(at time.Time) []finding.Finding {
	var list []finding.Finding
	for _, w := range b.waivers {
		if w.dated && w.node != nil { // else the schema or package manifest says it
			list = append(list, b.sayOf(w, at.UTC().Truncate(day)))
		}
	}
	return finding.Sort(list)
}

func (b *Set) sayOf(w *waiver, today time.Time) finding.Finding {
	spec, name := &w.declared.Spec, w.declared.Meta.Name.Value
	say := func(rule string, severity finding.Severity, at manifest.Pos, message, hint string) finding.Finding {
		return finding.Finding{
			Rule: rule, Severity: severity, File: w.declared.File, Line: int(at.Line), Column: int(at.Column), Node: w.node.Path,
			Message: "waiver " + name + " of " + w.node.Path + " " + message, Hint: hint,
		}
	}
	switch {
	case today.After(w.until):
		return say(RuleWaiverExpired, finding.Error, spec.Until.Pos, "ended "+count(today.Sub(w.until), "ago"), "remove it, or get a new approval")
	case !b.approved(w):
		f := say(RuleWaiverApprover, finding.Error, spec.ApprovedBy.Pos,
			"was approved by "+finding.Quote(spec.ApprovedBy.Value)+", who is not allowed to, so it has no effect", "")
		f.Allowed = slices.DeleteFunc(slices.Clone(b.approvers(w)), func(name string) bool { return names.Same(name, w.node.Owner().Value) })
		if slices.Sort(f.Allowed); len(f.Allowed) == 0 {
			f.Hint = "the owner of a node cannot approve its own waiver; " + b.whereToList(w)
		}
		return f
	case b.tooLong(w):
		return say(RuleWaiverLong, finding.Error, spec.Until.Pos, "lasts longer than "+b.longest(w).Text+", so it has no effect", "set from and an earlier until")
	case today.Before(w.from):
		return say(RuleWaiver, finding.Note, spec.From.Pos, "begins in "+count(w.from.Sub(today), ""), "")
	default:
		return say(RuleWaiver, finding.Note, spec.Until.Pos, "is in force; "+count(w.until.Sub(today), "left"), "")
	}
}

// whereToList says which list of approvers somebody else can be added to. A waiver
// of scopes has no template.
func (b *Set) whereToList(w *waiver) string {
	if b.templates[w.declared.Spec.Policy.Value] != nil {
		return "list other approvers under waivers of the template, or of the root"
	}
	return "list other approvers under waivers of the root"
}

// count is a number of days in words.
func count(d time.Duration, suffix string) string {
	days := int(d / day)
	text := fmt.Sprintf("%d days", days)
	if days == 1 {
		text = "1 day"
	}
	if suffix != "" {
		text += " " + suffix
	}
	return text
}
