// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"fmt"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// judgeLimits holds the node against spec.limits.
func (j *judgement) judgeLimits() {
	limits := &j.template.declared.Spec.Limits
	if limit, bounded := manifest.Duration(limits.CredentialAge.Value); bounded {
		for _, c := range j.Node.Credentials() {
			if every, rotated := manifest.Duration(c.Rotate.Every.Value); !rotated || every > limit {
				j.age(c, limits.CredentialAge.Value)
			}
		}
	}
	if limit, bounded := manifest.Duration(limits.TokenLife.Value); bounded && j.Node.App.Kind == manifest.KindAgent {
		life := j.Node.App.Spec.TokenLife
		if stated, ok := manifest.Duration(life.Value); !ok || stated > limit {
			message := fmt.Sprintf("tokens of %s live for %s; the longest is %s", j.Node.Path, finding.Quote(life.Value), limits.TokenLife.Value)
			if !ok {
				message = fmt.Sprintf("%s states no tokenLife; the longest is %s", j.Node.Path, limits.TokenLife.Value)
			}
			j.object("limits.tokenLife", life.Pos, finding.Finding{Rule: RuleLimit, Message: message})
		}
	}
	if limits.Wildcards.Set {
		j.most("wildcards", "with a wildcard", limits.Wildcards.Value, func(s access.Scope, _ access.Set) bool { return !s.Literal() })
	}
	if limits.Privileged.Set {
		j.most("privileged", "that are privileged", limits.Privileged.Value, func(_ access.Scope, set access.Set) bool {
			answer := j.template.book.tree.Purse().Overlap(set, j.template.book.privileged)
			return answer.Holds || !answer.Complete
		})
	}
}

func (j *judgement) age(c manifest.Credential, limit string) {
	message := fmt.Sprintf("credential %s of %s is never rotated; the longest time is %s", finding.Quote(c.Name.Value), j.Node.Path, limit)
	if c.Rotate.Every.Value != "" {
		message = fmt.Sprintf("credential %s of %s is rotated every %s; the longest time is %s",
			finding.Quote(c.Name.Value), j.Node.Path, finding.Quote(c.Rotate.Every.Value), limit)
	}
	at := c.Rotate.Every.Pos
	if at.Line == 0 {
		at = c.Name.Pos
	}
	j.object("limits.credentialAge", at, finding.Finding{Rule: RuleLimit, Message: message, Hint: "rotate it more often"})
}

// most objects at the first scope that is one too many of a kind.
func (j *judgement) most(name, kind string, limit int, counts func(access.Scope, access.Set) bool) {
	count, at := 0, manifest.Pos{}
	for _, text := range j.Node.Scopes() {
		scope, err := access.Parse(text.Value)
		if err != nil {
			continue // reported where it is declared
		}
		if set, _ := j.template.book.tree.Parse(text.Value); counts(scope, set) {
			if count++; count == limit+1 {
				at = text.Pos
			}
		}
	}
	if count > limit {
		j.object("limits."+name, at, finding.Finding{
			Rule:    RuleLimit,
			Message: fmt.Sprintf("%s needs more scopes %s than may be: %d instead of at most %d", j.Node.Path, kind, count, limit),
		})
	}
}
