// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"strings"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/plan"
)

// writePlan shows a whole plan: new domains, a block for each change, what each identity
// gains and loses, the refusals of guardrails, and the summary.
func writePlan(p *page, pl *plan.Plan) error {
	writeNewDomains(p, pl.Domains)
	for _, c := range pl.Changes {
		if err := writeChange(p, c); err != nil {
			return err
		}
	}
	writeIdentities(p, pl.Identities)
	writeRefusals(p, pl.Refusals)
	p.line("%s", painted{planned(pl), bold})
	if pl.Inputs.Commit != "" {
		p.line("Commit: %s", pl.Inputs.Commit)
	}
	p.line("Digest: %s", pl.Digest)
	return nil
}

func writeNewDomains(p *page, domains []plan.Domain) {
	any := false
	for _, d := range domains {
		if !d.New {
			continue
		}
		any = true
		if d.Container == d.Name {
			p.line("%s new domain %s", sign("+"), painted{d.Name, bold})
		} else {
			p.line("%s new domain %s, kept in container %s", sign("+"), painted{d.Name, bold}, d.Container)
		}
	}
	if any {
		p.line("")
	}
}

// sign is the sign of a change, in its colour.
func sign(mark string) painted {
	switch mark {
	case "+":
		return painted{mark, green}
	case "-":
		return painted{mark, red}
	default:
		return painted{mark, yellow}
	}
}

func signOf(action plan.Action) painted {
	switch action {
	case plan.Create:
		return sign("+")
	case plan.Delete:
		return sign("-")
	default:
		return sign("~")
	}
}

// writeChange is the block of one registration.
func writeChange(p *page, c plan.Change) error {
	p.line("%s %s %s", signOf(c.Action), string(c.Action), painted{c.Node, bold})
	before, err := fieldsOf(c.Before)
	if err != nil {
		return err
	}
	after, err := fieldsOf(c.After)
	if err != nil {
		return err
	}
	for _, f := range compareFields(before, after) {
		p.line("    %s %s: %s", sign(f.sign()), f.name, f.value())
	}
	writeAccess(p, "    ", c.Added, c.Removed)
	writeRewritten(p, c)
	p.line("")
	return nil
}

// writeAccess shows added and removed scopes.
func writeAccess(p *page, indent string, added, removed []string) {
	for _, scope := range added {
		p.line("%s%s access: %s", indent, sign("+"), scope)
	}
	for _, scope := range removed {
		p.line("%s%s access: %s", indent, sign("-"), scope)
	}
}

// writeRewritten shows scopes that were added or removed without a change of access, because
// other scopes cover them.
func writeRewritten(p *page, c plan.Change) {
	if c.Before == nil || c.After == nil {
		return
	}
	for _, scope := range c.After.Scopes {
		if !slices.Contains(c.Before.Scopes, scope) && !slices.Contains(c.Added, scope) {
			p.line("    %s scope: %s (no new access)", sign("+"), scope)
		}
	}
	for _, scope := range c.Before.Scopes {
		if !slices.Contains(c.After.Scopes, scope) && !slices.Contains(c.Removed, scope) {
			p.line("    %s scope: %s (no access lost)", sign("-"), scope)
		}
	}
}

func writeIdentities(p *page, list []plan.IdentityChange) {
	if len(list) == 0 {
		return
	}
	p.line("Access by identity, over all nodes that it can act as:")
	for _, i := range list {
		p.line("  %s", painted{i.Identity, bold})
		writeAccess(p, "    ", i.Gains, i.Loses)
	}
	p.line("")
}

func writeRefusals(p *page, list []guardrail.Refusal) {
	if len(list) == 0 {
		return
	}
	p.line("%s", painted{"Refused by " + Count(len(list), "guardrail") + ":", red})
	for _, r := range list {
		p.line("  %s: %s", painted{r.Rule, bold}, r.Message)
		p.line("    to accept exactly this: --allow %s", shellWord(r.Override))
	}
	p.line("")
}

// shellWord is a value as one word of a POSIX shell.
func shellWord(s string) string {
	harmless := func(r rune) bool {
		return strings.ContainsRune("-_=:./@%+,", r) || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !harmless(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
