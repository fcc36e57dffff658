// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// dateLayout is how manifests write days.
const dateLayout = "2006-01-02"

// checkSharedIdentities notes each node whose GitHub subject can act as other nodes
// too: it holds the union of their access.
func checkSharedIdentities(v *validator) {
	nodes := make(map[subject][]*manifest.Node, len(v.registry.Nodes))
	for _, n := range v.registry.Nodes {
		if s := subjectOf(n); s != (subject{}) && n.Holder() {
			nodes[s] = append(nodes[s], n)
		}
	}
	for s, list := range nodes {
		for _, n := range list {
			if others := otherNodes(list, n); len(others) > 0 {
				v.object(n.App.File, n.Identity().GitHub.Repository.Pos, finding.Finding{
					Rule: RuleSharedIdentity, Severity: finding.Note, Node: n.Path,
					Message: "identity " + finding.Quote(s.String()) + " of " + n.Path + " can also act as " + shorten(others),
					Hint:    "their access adds up",
				})
			}
		}
	}
}

// A subject is the OIDC subject of a workflow, in one form for all its spellings.
type subject struct {
	repository  string
	environment string // "" for any
}

// String returns the subject as a token carries it.
func (s subject) String() string {
	if s.environment == "" {
		return "repo:" + s.repository + ":*"
	}
	return "repo:" + s.repository + ":environment:" + names.SubjectEnvironment(s.environment)
}

// subjectOf returns the subject that can act as a node, the zero value if no subject
// can.
func subjectOf(n *manifest.Node) subject {
	identity := n.Identity()
	if identity == nil || identity.GitHub == nil {
		return subject{}
	}
	g := identity.GitHub
	return subject{repository: names.Repository(g.Repository.Value), environment: names.Environment(g.Environment.Value)}
}

// checkAgent objects to an agent that could read a secret, and to an expired one.
func checkAgent(v *validator, n *manifest.Node) {
	if n.App.Kind != manifest.KindAgent {
		return
	}
	checkUntil(v, n)
	secret := v.tree.Union(v.secretScopes())
	for _, scope := range n.Scopes() {
		set, err := v.tree.Parse(scope.Value)
		if err != nil {
			continue
		}
		if answer := v.tree.Budget().Overlap(set, secret); answer.Holds || !answer.Complete {
			v.object(n.App.File, scope.Pos, finding.Finding{
				Rule: RuleAgentSecret, Node: n.Path,
				Message: "agent " + n.Path + " needs " + finding.Quote(scope.Value) + ", which reads secrets",
				Hint:    "let an app read the secret and do the work for the agent",
			})
		}
	}
}

func checkUntil(v *validator, n *manifest.Node) {
	until := n.App.Spec.Until
	if until.Value == "" || v.config.At.UTC().Format(dateLayout) <= until.Value {
		return
	}
	v.object(n.App.File, until.Pos, finding.Finding{
		Rule: RuleExpired, Node: n.Path,
		Message: "agent " + n.Path + " expired on " + finding.Quote(until.Value),
		Hint:    "remove it, or ask its sponsor to set a later date",
	})
}
