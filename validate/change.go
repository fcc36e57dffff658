// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/grant"
	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/provider"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/verdict"
)

// A Base is the registry in a revision that was reviewed. A change is compared with
// it and judged by its policy.
type Base struct {
	Registry *manifest.Registry // nil: the revision has no registry
	Findings []finding.Finding  // what loading it found
	Revision string
	Date     string // when the revision was committed, RFC 3339; "" if unknown
	Ahead    int    // commits of HEAD that the revision does not contain
	Behind   int    // commits of the revision that HEAD does not contain
}

// registry returns the base's registry. Where the base has none it is empty, so that
// everything is new.
func (b *Base) registry() *manifest.Registry {
	if b.Registry != nil {
		return b.Registry
	}
	return &manifest.Registry{Root: &manifest.Root{File: manifest.RootFile}}
}

// checkChange compares the registry with its base, and objects to everything
// that is newly allowed and that no rule of the base accepts.
func checkChange(v *validator, base *Base) *verdict.Verdict {
	unread := checkBase(v, base)
	checkStrays(v, base.registry())
	change := verdict.Compare(v.base, v.tree, verdict.Config{
		Base: base.Revision, Catalogue: v.config.Catalogue, Opens: Opens(v.config.Systems), Words: Words(v.config.Systems), Unread: unread,
	})
	v.policies.compared(change)
	for _, a := range change.NewAccess {
		f := finding.Finding{Rule: RuleNewAccess, Severity: finding.Error, Node: a.Node, Message: accessSentence(a)}
		rule, accepted := v.policies.accepts(a.Node)
		pass(&f, rule, accepted)
		v.objectThrough(f, a.Causes)
	}
	for _, h := range change.NewHeadroom {
		f := finding.Finding{Rule: RuleNewHeadroom, Severity: finding.Error, Message: headroomSentence(h)}
		rule, accepted := v.policies.acceptsHeadroom(policy.AcceptsHeadroom, h)
		pass(&f, rule, accepted)
		v.objectThrough(f, h.Causes)
	}
	for _, h := range change.NewControl {
		f := finding.Finding{Rule: RuleNewControl, Severity: finding.Error, Message: headroomSentence(h)}
		rule, accepted := v.policies.acceptsHeadroom(policy.AcceptsControl, h)
		pass(&f, rule, accepted)
		v.objectThrough(f, h.Causes)
	}
	for _, d := range change.NewDelivery {
		f := finding.Finding{Rule: RuleNewDelivery, Severity: finding.Error, Node: d.Node, Message: deliverySentence(d)}
		rule, accepted := v.policies.acceptsDelivery(d)
		pass(&f, rule, accepted)
		v.objectThrough(f, d.Causes)
	}
	return change
}

// Opens says what credentials open, by what the systems say of their types. The
// function that it returns is not for several goroutines.
func Opens(systems provider.Set) func(*manifest.Registry, *manifest.Node, manifest.Credential) verdict.Opened {
	records := map[*manifest.Node]registration.Record{}
	return func(r *manifest.Registry, n *manifest.Node, c manifest.Credential) verdict.Opened {
		record, known := records[n]
		if !known {
			record = registration.Of(n)
			records[n] = record
		}
		issue := systems.Issue(record, registration.Credential{Name: c.Name.Value, Type: c.Type.Value, Provider: c.Provider.Value}, r.Providers)
		return verdict.Opened(issue.Opened)
	}
}

// Words says which scopes native roles give, by what the systems say.
func Words(systems provider.Set) grant.Words {
	return func(r grant.Role) ([]string, bool) { return systems.Words(r.Type, r.Account, r.Native) }
}

func deliverySentence(d verdict.Delivery) string {
	text := fmt.Sprintf("credential %s of %s opens %s and is newly delivered to %s", finding.Quote(d.Credential), d.Node, d.Opens, d.Sink)
	if len(d.Scopes) > 0 {
		text += "; it gives " + shorten(d.Scopes)
	}
	return text + throughSentence(d.Causes)
}

// objectThrough adds a finding at the first line that causes a change.
func (v *validator) objectThrough(f finding.Finding, through []verdict.Cause) {
	if len(through) > 0 {
		f.File, f.Line, f.Column = through[0].File, through[0].Line, through[0].Column
	}
	v.findings = append(v.findings, f)
}

func accessSentence(a verdict.Access) string {
	var b strings.Builder
	switch {
	case a.Role != "":
		fmt.Fprintf(&b, "%s gains the role %s", a.Node, finding.Quote(a.Role))
		if a.Witness != "" {
			fmt.Fprintf(&b, " for %s", a.Witness)
		}
	case a.Witness == "":
		fmt.Fprintf(&b, "%s may gain access: the change is too complex to prove that it does not", a.Node)
	default:
		fmt.Fprintf(&b, "%s gains %s", a.Node, a.Witness)
	}
	if a.Identity != a.Node {
		fmt.Fprintf(&b, " as %s", a.Identity)
	}
	return b.String() + throughSentence(a.Causes)
}

func headroomSentence(h verdict.Headroom) string {
	text := h.Level + " " + h.Change
	if h.Witness != "" {
		text += ", for example " + h.Witness
	}
	return text + throughSentence(h.Causes)
}

func throughSentence(path []verdict.Cause) string {
	if len(path) == 0 {
		return ""
	}
	steps := make([]string, len(path))
	for i, t := range path {
		steps[i] = fmt.Sprintf("%s, %s:%d", t.Text, t.File, t.Line)
	}
	return " (because of " + strings.Join(steps, "; ") + ")"
}

// checkBase objects to a base whose policy cannot be read, because its judgement is
// unknown. An app of the base that cannot be read needs no objection: all that it
// holds counts as new.
func checkBase(v *validator, base *Base) (unread []string) {
	kinds := map[string]manifest.Kind{}
	for _, f := range base.registry().Files {
		kinds[f.Path] = f.Kind
	}
	for _, f := range base.Findings {
		kind := kinds[f.File]
		if f.Severity != finding.Error || kind == manifest.KindApp || kind == manifest.KindAgent {
			continue
		}
		where := cmp.Or(f.Position(), "the registry")
		unread = append(unread, where+": "+f.Message)
		v.findings = append(v.findings, finding.Finding{
			Rule: RuleBaseUnreadable, Severity: finding.Error, File: manifest.RootFile, Line: 1, Column: 1,
			Message: fmt.Sprintf("%s cannot be read in revision %s, so the change cannot be judged by it: %s", where, gitfs.Short(base.Revision), f.Message),
			Hint:    "fix it first, in a separate change",
		})
	}
	return unread
}

// checkStrays objects to manifests of the change that no include names: their author
// believes that they have an effect. Loading has warned of all that there are.
func checkStrays(v *validator, base *manifest.Registry) {
	for _, stray := range v.registry.Strays {
		if !slices.ContainsFunc(base.Strays, func(f manifest.File) bool { return f.Path == stray.Path && f.Digest == stray.Digest }) {
			f := manifest.NotIncluded(stray)
			f.Severity = finding.Error
			v.findings = append(v.findings, f)
		}
	}
}

// trusted returns the registries whose lists apply: the checked one and, for a
// change, its base. Both must permit a thing.
func (v *validator) trusted() []*manifest.Registry {
	if v.config.Base == nil || v.config.Base.Registry == nil {
		return []*manifest.Registry{v.registry}
	}
	return []*manifest.Registry{v.registry, v.config.Base.Registry}
}

// secretScopes returns what counts as reading a secret.
func (v *validator) secretScopes() []string {
	var texts []string
	for _, r := range v.trusted() {
		texts = append(texts, r.Root.SecretScopes()...)
	}
	return texts
}

// sourcesOf returns the lists of repositories that may register in a domain.
func (v *validator) sourcesOf(d *manifest.Domain) []manifest.Strings {
	var lists []manifest.Strings
	for _, r := range v.trusted() {
		if same := r.Domain(d.Meta.Name.Value); same != nil && same.Spec.Sources != nil {
			lists = append(lists, same.Spec.Sources)
		}
	}
	return lists
}

// sinkListed reports whether every registry that judges lists a repository as a
// sink, for all or for the domain.
func (v *validator) sinkListed(d *manifest.Domain, s manifest.Sink) bool {
	return !slices.ContainsFunc(v.trusted(), func(r *manifest.Registry) bool {
		same := r.Domain(d.Meta.Name.Value)
		return !listed(r.Root.Spec.Sinks, s) && (same == nil || !listed(same.Spec.Sinks, s))
	})
}
