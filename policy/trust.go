// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// trustKinds are the fields of spec.trust.
func trustKinds() []RuleKind {
	return []RuleKind{
		trustKind("trust.required", func(trust *manifest.PolicyTrust) bool { return trust.Required.Value }, (*judgement).judgeRequired,
			func(c *Comparison) {
				if c.Was.Trust.Required.Value && !c.Now.Trust.Required.Value {
					c.Loosened(manifest.Pos{}, "no longer requires an identity", "")
				}
			}),
		trustKind("trust.issuers", func(trust *manifest.PolicyTrust) bool { return trust.Issuers != nil }, (*judgement).judgeIssuers,
			longerList("issuers", func(trust *manifest.PolicyTrust) manifest.Strings { return trust.Issuers })),
		trustKind("trust.pin", func(trust *manifest.PolicyTrust) bool { return len(trust.Pin) > 0 }, (*judgement).judgePin,
			func(c *Comparison) {
				was, now := c.Was.Trust.Pin, c.Now.Trust.Pin
				if gone := added(now, was); len(gone) > 0 {
					c.Loosened(now.Pos(), "no longer pins "+finding.Quote(gone[0].Value), "")
				}
			}),
		trustKind("trust.repositories", func(trust *manifest.PolicyTrust) bool { return trust.Repositories != nil }, (*judgement).judgeRepositories,
			longerList("repositories", func(trust *manifest.PolicyTrust) manifest.Strings { return trust.Repositories })),
	}
}

func trustKind(name string, has func(*manifest.PolicyTrust) bool, judge func(*judgement), compare func(*Comparison)) RuleKind {
	return RuleKind{
		Name: name, Fields: []string{"spec." + name}, Waivable: true, judge: judge, compare: compare,
		names: stated(name, func(spec *manifest.PolicyTemplateSpec) bool { return has(&spec.Trust) }),
	}
}

// longerList compares a list of trusted values; an absent one trusts all.
func longerList(what string, of func(*manifest.PolicyTrust) manifest.Strings) func(*Comparison) {
	return func(c *Comparison) {
		was, now := of(&c.Was.Trust), of(&c.Now.Trust)
		change := "trusts more " + what
		switch more := added(was, now); {
		case was == nil:
		case now == nil:
			c.Loosened(manifest.Pos{}, change+": any", "")
		case len(more) > 0:
			c.Loosened(now.Pos(), change+", for example "+finding.Quote(more[0].Value), "")
		}
	}
}

func (j *judgement) trust() *manifest.PolicyTrust { return &j.template.declared.Spec.Trust }

// identity returns the identities of the node, none if it declares none.
func (j *judgement) identity() *manifest.Identity {
	return cmp.Or(j.Node.Identity(), &manifest.Identity{})
}

func (j *judgement) judgeRequired() {
	if len(systemsOf(j.identity())) == 0 {
		j.object("trust.required", manifest.Pos{}, finding.Finding{
			Rule: RuleTrust, Message: j.Node.Path + " has no identity, so nobody can verify who acts as it",
			Hint: "add one under identity",
		})
	}
}

func (j *judgement) judgeIssuers() {
	for _, system := range systemsOf(j.identity()) {
		if issuers := j.trust().Issuers; !issuers.Contains(system) {
			j.object("trust.issuers", identityPos(j.identity()), finding.Finding{
				Rule: RuleTrust, Message: j.Node.Path + " uses an identity of " + finding.Quote(system),
				Allowed: slices.Sorted(slices.Values(issuers.Values())),
			})
		}
	}
}

// systemsOf returns the systems that vouch for an identity, sorted.
func systemsOf(i *manifest.Identity) []string {
	var list []string
	if i.GitHub != nil {
		list = append(list, "github")
	}
	for _, a := range i.Applications() {
		list = append(list, a.System)
	}
	slices.Sort(list)
	return list
}

// identityPos returns where an identity is declared: its repository, else its first
// application.
func identityPos(i *manifest.Identity) manifest.Pos {
	if i == nil {
		return manifest.Pos{}
	}
	if i.GitHub != nil {
		return i.GitHub.Repository.Pos
	}
	if list := i.Applications(); len(list) > 0 {
		return list[0].Application.Pos
	}
	return manifest.Pos{}
}

// judgePin objects to a subject that is broader than the template wants, with an
// example of who else could be the node. Subjects are those of GitHub's tokens
// (docs.github.com, "OpenID Connect reference", example subject claims).
func (j *judgement) judgePin() {
	g := j.identity().GitHub
	if g == nil {
		return
	}
	repository := g.Repository.Value
	if j.trust().Pin.Contains("environment") && g.Environment.Value == "" {
		j.object("trust.pin", g.Repository.Pos, finding.Finding{
			Rule: RuleTrust,
			Message: "every workflow of " + finding.Quote(repository) + " can act as " + j.Node.Path +
				", for example one on any branch: " + finding.Quote("repo:"+repository+":ref:refs/heads/anything"),
			Hint: "name an environment, and protect it on GitHub",
		})
	}
	if _, ids := g.Names(); j.trust().Pin.Contains("ids") && ids == "" {
		j.object("trust.pin", g.Repository.Pos, finding.Finding{
			Rule: RuleTrust,
			Message: "anybody who registers the name " + finding.Quote(repository) + " after it is abandoned can act as " + j.Node.Path +
				", for example by " + finding.Quote("repo:"+repository+":environment:"+names.SubjectEnvironment(cmp.Or(g.Environment.Value, "anything"))),
			Hint: "write it as owner@id/name@id",
		})
	}
}

func (j *judgement) judgeRepositories() {
	g := j.identity().GitHub
	if g == nil {
		return
	}
	name, _ := g.Names()
	trusted := j.trust().Repositories
	if !slices.ContainsFunc(trusted, func(p manifest.String) bool { return matches(p.Value, name) }) {
		j.object("trust.repositories", g.Repository.Pos, finding.Finding{
			Rule: RuleTrust, Message: "workflows of " + finding.Quote(g.Repository.Value) + " can act as " + j.Node.Path,
			Allowed: slices.Sorted(slices.Values(trusted.Values())),
		})
	}
}

// matches reports whether a repository is one of a pattern, owner/name or
// owner/*.
func matches(pattern, repository string) bool {
	pattern = names.Repository(pattern)
	owner, all := strings.CutSuffix(pattern, "/*")
	if all {
		return strings.HasPrefix(repository, owner+"/")
	}
	return repository == pattern
}
