// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// judgeTrust holds the identities of the node against spec.trust.
func (j *judgement) judgeTrust() {
	trust := &j.template.declared.Spec.Trust
	identity := j.Node.Identity()
	if identity == nil {
		identity = &manifest.Identity{}
	}
	if trust.Required.Value && identity.GitHub == nil && identity.Entra == nil && identity.Okta == nil {
		j.object("trust.required", manifest.Pos{}, finding.Finding{
			Rule: RuleTrust, Message: j.Node.Path + " has no identity, so that nobody can tell who it is",
			Hint: "give it one under identity",
		})
	}
	for _, system := range systemsOf(identity) {
		if trust.Issuers != nil && !trust.Issuers.Contains(system) {
			j.object("trust.issuers", identityPos(identity), finding.Finding{
				Rule: RuleTrust, Message: j.Node.Path + " has an identity of " + finding.Quote(system),
				Allowed: slices.Sorted(slices.Values(trust.Issuers.Values())),
			})
		}
	}
	if identity.GitHub != nil {
		j.judgeSubject(trust, identity.GitHub)
	}
}

func systemsOf(i *manifest.Identity) []string {
	var list []string
	if i.Entra != nil {
		list = append(list, "entra")
	}
	if i.GitHub != nil {
		list = append(list, "github")
	}
	if i.Okta != nil {
		list = append(list, "okta")
	}
	return list
}

func identityPos(i *manifest.Identity) manifest.Pos {
	switch {
	case i == nil:
		return manifest.Pos{}
	case i.GitHub != nil:
		return i.GitHub.Repository.Pos
	case i.Entra != nil:
		return i.Entra.Application.Pos
	case i.Okta != nil:
		return i.Okta.Application.Pos
	default:
		return manifest.Pos{}
	}
}

// judgeSubject objects to a subject that is broader than the template wants,
// with an example of who else could be the node. Subjects are those of GitHub's
// tokens (docs.github.com, "OpenID Connect reference", example subject claims).
func (j *judgement) judgeSubject(trust *manifest.PolicyTrust, g *manifest.GitHubIdentity) {
	repository := g.Repository.Value
	name, ids := g.Names()
	if trust.Pin.Contains("environment") && g.Environment.Value == "" {
		j.object("trust.pin", g.Repository.Pos, finding.Finding{
			Rule: RuleTrust,
			Message: "every workflow of " + finding.Quote(repository) + " can become " + j.Node.Path +
				", for example that of anybody's branch: " + finding.Quote("repo:"+repository+":ref:refs/heads/anything"),
			Hint: "name an environment, and protect it",
		})
	}
	if trust.Pin.Contains("ids") && ids == "" {
		j.object("trust.pin", g.Repository.Pos, finding.Finding{
			Rule: RuleTrust,
			Message: "whoever registers the name " + finding.Quote(repository) + " after it was given up can become " + j.Node.Path +
				", for example by " + finding.Quote("repo:"+repository+":environment:"+orAny(g.Environment.Value)),
			Hint: "write it as owner@id/name@id",
		})
	}
	if trust.Repositories != nil && !slices.ContainsFunc(trust.Repositories, func(p manifest.String) bool { return matches(p.Value, name) }) {
		j.object("trust.repositories", g.Repository.Pos, finding.Finding{
			Rule: RuleTrust, Message: "workflows of " + finding.Quote(repository) + " can become " + j.Node.Path,
			Allowed: slices.Sorted(slices.Values(trust.Repositories.Values())),
		})
	}
}

func orAny(environment string) string {
	if environment == "" {
		return "anything"
	}
	return environment
}

// matches reports whether a repository is one of a pattern, owner/name or
// owner/*.
func matches(pattern, repository string) bool {
	pattern = strings.ToLower(pattern)
	owner, all := strings.CutSuffix(pattern, "/*")
	if all {
		return strings.HasPrefix(repository, owner+"/")
	}
	return repository == pattern
}
