// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"fmt"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// limitKinds are the fields of spec.limits.
func limitKinds() []RuleKind {
	return []RuleKind{
		durationLimit("limits.credentialAge", func(l *manifest.PolicyLimits) manifest.Duration { return l.CredentialAge }, (*judgement).judgeCredentialAge),
		durationLimit("limits.tokenLife", func(l *manifest.PolicyLimits) manifest.Duration { return l.TokenLife }, (*judgement).judgeTokenLife),
		countLimit("limits.wildcards", func(l *manifest.PolicyLimits) manifest.Int { return l.Wildcards }, (*judgement).judgeWildcards),
		countLimit("limits.privileged", func(l *manifest.PolicyLimits) manifest.Int { return l.Privileged }, (*judgement).judgePrivileged),
	}
}

// durationLimit is a longest time; absent is without limit.
func durationLimit(name string, of func(*manifest.PolicyLimits) manifest.Duration, judge func(*judgement)) RuleKind {
	return RuleKind{
		Name: name, Fields: []string{"spec." + name}, Waivable: true, judge: judge,
		names: stated(name, func(spec *manifest.PolicyTemplateSpec) bool { return !of(&spec.Limits).IsZero() }),
		compare: func(c *Comparison) {
			if was, now := of(&c.Was.Limits), of(&c.Now.Limits); now.Exceeds(was) {
				c.Loosened(now.Pos, "has a higher "+name, "")
			}
		},
		shadowed: func(t, above *Template) (shadow, bool) {
			mine, theirs := of(&t.declared.Spec.Limits), of(&above.declared.Spec.Limits)
			return shadow{mine.Pos, "sets no lower " + name + " than " + above.Place()},
				theirs.Set && mine.Length >= theirs.Length
		},
	}
}

// countLimit is a largest number; absent is without limit.
func countLimit(name string, of func(*manifest.PolicyLimits) manifest.Int, judge func(*judgement)) RuleKind {
	return RuleKind{
		Name: name, Fields: []string{"spec." + name}, Waivable: true, judge: judge,
		names: stated(name, func(spec *manifest.PolicyTemplateSpec) bool { return of(&spec.Limits).Set }),
		compare: func(c *Comparison) {
			if was, now := of(&c.Was.Limits), of(&c.Now.Limits); was.Set && (!now.Set || now.Value > was.Value) {
				c.Loosened(manifest.Pos{}, "has a higher "+name, "")
			}
		},
	}
}

func (j *judgement) limits() *manifest.PolicyLimits { return &j.template.declared.Spec.Limits }

func (j *judgement) judgeCredentialAge() {
	for _, c := range j.Node.Credentials() {
		if limit := j.limits().CredentialAge; c.Rotate.Every.Exceeds(limit) {
			j.age(c, limit.Text)
		}
	}
}

func (j *judgement) judgeTokenLife() {
	limit, life := j.limits().TokenLife, j.Node.App.Spec.TokenLife
	if j.Node.App.Kind != manifest.KindAgent || !life.Exceeds(limit) {
		return
	}
	message := fmt.Sprintf("tokens of %s live for %s; the limit is %s", j.Node.Path, finding.Quote(life.Text), limit.Text)
	if !life.Set {
		message = fmt.Sprintf("%s sets no tokenLife; the limit is %s", j.Node.Path, limit.Text)
	}
	j.object("limits.tokenLife", life.Pos, finding.Finding{Rule: RuleLimit, Message: message})
}

func (j *judgement) judgeWildcards() {
	j.most("wildcards", "with a wildcard", j.limits().Wildcards.Value, func(s access.Scope, _ access.Set) bool { return !s.Literal() })
}

func (j *judgement) judgePrivileged() {
	all := j.template.set
	j.most("privileged", "that are privileged", j.limits().Privileged.Value, func(_ access.Scope, set access.Set) bool {
		answer := all.tree.Budget().Overlap(set, all.privileged)
		return answer.Holds || !answer.Complete
	})
}

func (j *judgement) age(c manifest.Credential, limit string) {
	message := fmt.Sprintf("credential %s of %s is never rotated; the limit is %s", finding.Quote(c.Name.Value), j.Node.Path, limit)
	if c.Rotate.Every.Text != "" {
		message = fmt.Sprintf("credential %s of %s is rotated every %s; the limit is %s",
			finding.Quote(c.Name.Value), j.Node.Path, finding.Quote(c.Rotate.Every.Text), limit)
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
		if set, _ := j.template.set.tree.Parse(text.Value); counts(scope, set) {
			if count++; count == limit+1 {
				at = text.Pos
			}
		}
	}
	if count > limit {
		j.object("limits."+name, at, finding.Finding{
			Rule:    RuleLimit,
			Message: fmt.Sprintf("%s needs %s %s; the limit is %d", j.Node.Path, scopes(count), kind, limit),
		})
	}
}

func scopes(n int) string {
	if n == 1 {
		return "1 scope"
	}
	return fmt.Sprintf("%d scopes", n)
}
