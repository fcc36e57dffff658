// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/verdict"
)

// policies is what judges nodes: the templates and waivers of the registry and,
// if it is a change, those of its base. Each template of the base judges as it
// is there, so that a change cannot loosen what it is judged by.
type policies struct {
	v    *validator
	head *policy.Set
	base *policy.Set // nil: there is no change, or nothing before it

	renames map[*manifest.Node]*manifest.Node // by node
	kin     *kin                              // of nodes that have no former
	changed map[string]bool                   // templates that are not as they are in the base
	widened map[string][][]string             // what new access and deliveries reach, by node
}

func newPolicies(v *validator) *policies {
	meter := v.config.Meter
	if meter == nil {
		meter = policy.NewMeter(len(v.registry.Nodes))
	}
	head, findings := policy.New(v.tree, meter)
	v.findings = append(v.findings, findings...)
	v.findings = append(v.findings, head.Waivers(v.config.At)...)
	p := &policies{v: v, head: head, changed: map[string]bool{}, widened: map[string][][]string{}}
	if base := v.config.Base; base != nil && base.Registry != nil {
		p.base, _ = policy.New(v.base, meter) // its findings were made when it was changed
		p.renames = verdict.Renames(base.Registry, v.registry)
		p.kin = newKin(base.Registry)
	}
	return p
}

// compared takes up what a change newly allows.
func (p *policies) compared(change *verdict.Verdict) {
	for _, c := range change.Policy {
		if c.Kind == manifest.KindPolicyTemplate {
			p.changed[c.Name] = true
		}
	}
	for _, a := range change.NewAccess {
		p.widened[a.Node] = append(p.widened[a.Node], a.Reaches)
	}
	for _, d := range change.NewDelivery {
		p.widened[d.Node] = append(p.widened[d.Node], d.Reaches)
	}
}

// judge holds every node against the templates that bind it.
func (p *policies) judge() {
	for _, n := range p.v.registry.Nodes {
		if n.Holder() {
			p.judgeNode(n)
		}
	}
}

func (p *policies) judgeNode(n *manifest.Node) {
	c, before := p.caseOf(n), p.boundBefore(n)
	for _, b := range p.head.Bound(n) {
		unchanged := before[b.Name] != nil && !p.changed[b.Name]
		for _, o := range p.judgedBy(b.Template, c) {
			waived := p.head.Waived(n, b.Name, o.Rule, p.v.config.At)
			if unchanged {
				waived = waived && p.waivedBefore(n, b.Name, o.Rule)
			}
			if !waived {
				p.v.findings = append(p.v.findings, o.Finding)
			}
		}
		if unchanged { // so the base says the same
			delete(before, b.Name)
		}
	}
	for name, t := range before {
		for _, o := range p.judgedBy(t, c) {
			if !p.waivedBefore(n, name, o.Rule) {
				o.Finding.Message = "by the base: " + o.Finding.Message
				p.v.findings = append(p.v.findings, o.Finding)
			}
		}
	}
}

// judgedBy returns what a template says of a node, waived or not.
func (p *policies) judgedBy(t *policy.Template, c policy.Case) []policy.Objection {
	list := t.Judge(c)
	if p.v.config.Judged != nil {
		p.v.config.Judged(t, list)
	}
	return list
}

// caseOf returns a node as templates are to judge it.
func (p *policies) caseOf(n *manifest.Node) policy.Case {
	c := policy.Case{Node: n, Old: p.renames[n]}
	if p.v.config.Base != nil {
		change := p.v.config.Change
		change.Widens = len(p.widened[n.Path]) > 0
		change.Targets = p.targets(p.widened[n.Path])
		c.Change = &change
	}
	return c
}

// targets returns the owners of all that gains reach.
func (p *policies) targets(reached [][]string) []string {
	var owners []string
	for _, names := range reached {
		owners = append(owners, p.owners(names)...)
	}
	slices.Sort(owners)
	return slices.Compact(owners)
}

// owners returns the owners of domains, as the base has them. "unowned" is
// for what belongs to no domain of the base: a provider's, a new one's, any, or
// none at all.
func (p *policies) owners(names []string) []string {
	const nobody = "unowned"
	base := p.v.config.Base.Registry
	if base == nil || len(names) == 0 {
		return []string{nobody}
	}
	owners := make([]string, len(names))
	for i, name := range names {
		owners[i] = nobody
		if d := base.Domain(name); d != nil {
			owners[i] = d.Spec.Owner.Value
		}
	}
	slices.Sort(owners)
	return slices.Compact(owners)
}

// before returns the nodes of the base that a node was or, for a new one, that
// it could be by another name: the templates that bound them bind it too.
func (p *policies) before(n *manifest.Node) []*manifest.Node {
	if p.base == nil {
		return nil
	}
	if was := p.renames[n]; was != nil {
		return []*manifest.Node{was}
	}
	return p.kin.of(n)
}

// boundBefore returns the templates of the base that judge a node, by name:
// those that the base names above its place now, or above its former place, that
// match the node as it is or as it was. A label that is changed
// does not free a node from what its former label called for.
func (p *policies) boundBefore(n *manifest.Node) map[string]*policy.Template {
	if p.base == nil {
		return nil
	}
	names, was := p.namedAbove(n), p.before(n)
	for _, w := range was {
		for _, b := range p.base.Named(w) {
			names = append(names, b.Name)
		}
	}
	bound := map[string]*policy.Template{}
	for _, name := range names {
		if t := p.base.Template(name); t != nil && (t.Matches(n) || slices.ContainsFunc(was, t.Matches)) {
			bound[name] = t
		}
	}
	return bound
}

// namedAbove returns the templates that the root and the domain of the base
// name for a place of the tree.
func (p *policies) namedAbove(n *manifest.Node) []string {
	base := p.v.config.Base.Registry
	names := base.Root.Spec.Policies.Values()
	if d := base.Domain(n.Domain.Meta.Name.Value); d != nil {
		names = append(names, d.Spec.Policies.Values()...)
	}
	return names
}

// waivedBefore reports whether the base waives a rule for what the node was.
func (p *policies) waivedBefore(n *manifest.Node, template, rule string) bool {
	was := p.renames[n]
	return was != nil && p.base.Waived(was, template, rule, p.v.config.At)
}

// lifted returns the scopes that waivers let a node hold beyond the ceilings of
// its domain and of apps: those that the registry and, for a change, its base
// both lift.
func (p *policies) lifted(n *manifest.Node) (head, base []string) {
	head = p.head.Lifted(n, p.v.config.At)
	if p.v.config.Base == nil {
		return head, head
	}
	if was := p.renames[n]; was != nil {
		base = p.base.Lifted(was, p.v.config.At)
	}
	return head, base
}

// accepts returns the rule of the base by which new access of a node passes.
// Only templates count that its root, or the domain of that name, binds: nobody
// accepts for itself.
func (p *policies) accepts(node string) (rule string, accepted bool) {
	n := p.v.registry.Node(node)
	if p.base == nil || n == nil {
		return "", false
	}
	c := p.caseOf(n)
	return p.firstOf(p.namedAbove(n), func(t *policy.Template) (string, bool) {
		if !t.Matches(n) {
			return "", false
		}
		return t.Accepts(c)
	})
}

// acceptsHeadroom is accepts for a loosened limit, or for another person or system.
func (p *policies) acceptsHeadroom(what string, h verdict.Headroom) (rule string, accepted bool) {
	object := map[string]any{"level": h.Level, "change": h.Change, "witness": h.Witness, "reaches": h.Reaches}
	return p.acceptsGain(what, domainOf(h.Level), h.Reaches, object)
}

// acceptsDelivery is accepts for a credential that is served where it was not.
func (p *policies) acceptsDelivery(d verdict.Delivery) (rule string, accepted bool) {
	object := map[string]any{
		"node": d.Node, "credential": d.Credential, "opens": d.Opens, "sink": d.Sink, "scopes": d.Scopes, "reaches": d.Reaches,
	}
	return p.acceptsGain(policy.AcceptsDelivery, domainOf("app "+d.Node), d.Reaches, object)
}

func (p *policies) acceptsGain(what, domain string, reaches []string, object map[string]any) (rule string, accepted bool) {
	if p.base == nil {
		return "", false
	}
	base := p.v.config.Base.Registry
	names := base.Root.Spec.Policies.Values()
	if d := base.Domain(domain); d != nil {
		names = append(names, d.Spec.Policies.Values()...)
	}
	change := p.v.config.Change
	change.Widens, change.Targets = true, p.owners(reaches)
	return p.firstOf(names, func(t *policy.Template) (string, bool) { return t.AcceptsGain(what, object, &change) })
}

// domainOf returns the domain that a level is or belongs to, "" for none.
func domainOf(level string) string {
	if name, found := strings.CutPrefix(level, "domain "); found {
		return name
	}
	path, found := strings.CutPrefix(level, "app ")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(path, "/")
	return name
}

// firstOf returns the rule of the first template, by name, that accepts.
func (p *policies) firstOf(names []string, accepts func(*policy.Template) (string, bool)) (rule string, accepted bool) {
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		t := p.base.Template(name)
		if t == nil {
			continue
		}
		if rule, ok := accepts(t); ok {
			return rule + " of policy template " + name, true
		}
	}
	return "", false
}

// kin finds nodes of the base that a new node may have been: those in the same
// file, and those that the same repository or application can become.
type kin struct {
	by map[string][]*manifest.Node
}

func newKin(base *manifest.Registry) *kin {
	k := &kin{by: map[string][]*manifest.Node{}}
	for _, n := range base.Nodes {
		if n.Holder() {
			for _, mark := range marks(n) {
				k.by[mark] = append(k.by[mark], n)
			}
		}
	}
	return k
}

func (k *kin) of(n *manifest.Node) []*manifest.Node {
	var list []*manifest.Node
	for _, mark := range marks(n) {
		for _, other := range k.by[mark] {
			if !slices.Contains(list, other) {
				list = append(list, other)
			}
		}
	}
	return list
}

// marks are by what a node is known beside its path.
func marks(n *manifest.Node) []string {
	list := []string{"file " + n.App.File}
	identity := n.Identity()
	if identity == nil {
		return list
	}
	if g := identity.GitHub; g != nil {
		name, ids := g.Names()
		list = append(list, "repo "+name)
		if ids != "" {
			list = append(list, "repo "+ids)
		}
	}
	for _, a := range identity.Applications() {
		list = append(list, a.System+" "+names.Application(a.Application.Value))
	}
	return list
}

// pass makes an objection a note if a rule accepts what it is about.
func pass(f *finding.Finding, rule string, accepted bool) {
	if accepted {
		f.Severity = finding.Note
		f.Message += "; accepted by rule " + rule
	}
}
