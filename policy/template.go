// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// The modes of a template. One that audits reports and does not object.
const (
	modeEnforce = "enforce"
	modeAudit   = "audit"
)

// A Template is one compiled policy template.
type Template struct {
	set       *Set
	declared  *manifest.PolicyTemplate
	broken    string // why it cannot be applied; "" if it can
	schema    *schema.Fragment
	mustNever access.Set
	met       map[string]access.Answer // by scope: does it meet mustNever
	rules     []*rule
	kinds     []RuleKind // those that it can object by
	params    map[string]any
}

// Name returns the name of the template.
func (t *Template) Name() string { return t.declared.Meta.Name.Value }

// Audit reports whether the template only reports.
func (t *Template) Audit() bool { return t.declared.Spec.Mode.Value == modeAudit }

// Mode returns enforce or audit.
func (t *Template) Mode() string {
	if t.Audit() {
		return modeAudit
	}
	return modeEnforce
}

// Line returns the line of the declaration.
func (t *Template) Line() int { return int(t.declared.Meta.Name.Pos.Line) }

// File returns where the template is declared: a manifest of the registry, or a
// name that begins with "built-in/".
func (t *Template) File() string { return t.declared.File }

// Place returns the template with where it is declared, for messages.
func (t *Template) Place() string {
	if strings.HasPrefix(t.declared.File, builtInFolder) {
		return "built-in policy template " + t.Name()
	}
	return fmt.Sprintf("policy template %s, %s:%d", t.Name(), t.declared.File, t.declared.Meta.Name.Pos.Line)
}

// An Objection is what a template says against a node.
type Objection struct {
	Template *Template
	Rule     string // "schema", "mustNever", "limits.tokenLife", "trust.pin", ..., or the name of a CEL rule
	Finding  finding.Finding
}

// compile never fails: what cannot be applied is broken, and said.
func (b *Set) compile(declared *manifest.PolicyTemplate) (*Template, []finding.Finding) {
	t := &Template{set: b, declared: declared, met: map[string]access.Answer{}}
	var findings []finding.Finding
	refuse := func(at manifest.Pos, message string) {
		t.broken = cmp.Or(t.broken, message)
		at = cmp.Or(at, declared.Meta.Name.Pos)
		findings = append(findings, finding.Finding{
			Rule: RuleTemplate, Severity: finding.Error, File: declared.File, Line: int(at.Line), Column: int(at.Column),
			Message: "policy template " + t.Name() + " cannot be applied: " + message,
			Hint:    "fix it; until then it rejects every node that it matches",
		})
	}
	for _, k := range RuleKinds() {
		if k.compile != nil {
			k.compile(t, refuse)
		}
		if len(k.names(t)) > 0 {
			t.kinds = append(t.kinds, k)
		}
	}
	return t, findings
}

// treeOf returns free-form data as a tree.
func treeOf(c manifest.Config) map[string]any {
	tree := make(map[string]any, len(c))
	for _, entry := range c {
		tree[entry.Key.Value] = decode(entry.Value)
	}
	return tree
}

// decode reads canonical JSON; numbers stay as they are written.
func decode(text []byte) any {
	var value any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&value); err != nil { // package manifest and package canon wrote it
		panic("policy: " + err.Error())
	}
	return value
}

// Rules returns what the template can object by, in the names that waivers use.
func (t *Template) Rules() []string {
	var names []string
	for _, k := range t.kinds {
		names = append(names, k.names(t)...)
	}
	return names
}

// Matches reports whether the template is about a node.
func (t *Template) Matches(n *manifest.Node) bool { return Matches(t.declared, n) }

// Matches reports whether a template, as it is declared, is about a node.
func Matches(t *manifest.PolicyTemplate, n *manifest.Node) bool {
	m := &t.Spec.Match
	environment := ""
	if n.Environment != nil {
		environment = n.Environment.Name.Value
	}
	if m.Kinds != nil && !m.Kinds.Contains(string(n.App.Kind)) ||
		m.Domains != nil && !m.Domains.Contains(n.Domain.Meta.Name.Value) ||
		m.Environments != nil && !m.Environments.Contains(environment) {
		return false
	}
	for _, label := range m.Labels {
		if text, has := n.App.Meta.Labels.Get(label.Key.Value); !has || text != label.Value.Value {
			return false
		}
	}
	return true
}

// A Case is a node to be judged, and what changed about it.
type Case struct {
	Node   *manifest.Node
	Old    *manifest.Node // what it was; nil if it is new
	Change *Change        // nil: nothing is compared
}

// Judge returns everything that the template has against a node, sorted by
// place. It does not look at match: the caller knows what binds.
func (t *Template) Judge(c Case) []Objection {
	j := &judgement{template: t, Case: c, view: t.set.view(c.Node)}
	if t.broken != "" {
		j.object("template", c.Node.Position(), finding.Finding{
			Rule:    RuleTemplate,
			Message: c.Node.Path + " cannot be checked, because the template cannot be applied",
		})
		return j.list
	}
	for _, k := range t.kinds {
		k.judge(j)
	}
	slices.SortFunc(j.list, func(a, b Objection) int {
		return cmp.Or(finding.Compare(a.Finding, b.Finding), cmp.Compare(a.Rule, b.Rule))
	})
	return j.list
}

// A judgement is one node before one template.
type judgement struct {
	Case
	template *Template
	view     *view
	list     []Objection
}

// object adds an objection at a place of the node's manifest. The message names
// the mistake; the rule is added.
func (j *judgement) object(rule string, at manifest.Pos, f finding.Finding) {
	at = cmp.Or(at, j.Node.Position())
	f.Severity = finding.Error
	if j.template.Audit() {
		f.Severity = finding.Note
		f.Message = "audit: " + f.Message
	}
	f.Message += " (" + j.template.Place() + ")"
	f.File, f.Line, f.Column, f.Node = j.Node.App.File, int(at.Line), int(at.Column), j.Node.Path
	j.list = append(j.list, Objection{Template: j.template, Rule: rule, Finding: f})
}
