// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/appofapps/roster/internal/policycase"
	"github.com/appofapps/roster/validate"
)

// PolicyList writes the policy templates.
func PolicyList() Result[validate.PolicyList] {
	return Result[validate.PolicyList]{asText(plainly(writePolicyList)), asJSON(itself[validate.PolicyList])}
}

func writePolicyList(p *page, list validate.PolicyList) {
	rows := [][]painted{{{"TEMPLATE", dim}, {"MODE", dim}, {"NODES", dim}, {"NAMED BY", dim}, {"DECLARED", dim}, {"RULES", dim}}}
	for _, t := range list.Templates {
		mode := painted{t.Mode, plain}
		if t.Mode == "audit" {
			mode.style = yellow
		}
		named := painted{strings.Join(t.NamedBy, ", "), plain}
		if named.text == "" {
			named = painted{"nobody", dim}
		}
		declared := t.File
		if t.BuiltIn {
			declared = "built in"
		}
		rows = append(rows, []painted{
			{t.Name, bold}, mode, {fmt.Sprint(t.Nodes), plain}, named, {declared, plain}, {strings.Join(t.Rules, ", "), dim},
		})
	}
	p.table("", rows)
}

// PolicyTests writes the outcome of test cases.
func PolicyTests() Result[*policycase.Result] {
	return Result[*policycase.Result]{asText(plainly(writePolicyTests)), asJSON(itself[*policycase.Result])}
}

func writePolicyTests(p *page, result *policycase.Result) {
	failed := 0
	for _, c := range result.Cases {
		if c.Passed() {
			p.line("%s   %s", painted{"ok", green}, c.File)
			continue
		}
		failed++
		p.line("%s %s", painted{"FAIL", red}, c.File)
		if c.Problem != "" {
			p.line("       %s", c.Problem)
		}
		for _, text := range c.Missing {
			p.line("       expected but missing: %s", text)
		}
		for _, text := range c.Extra {
			p.line("       unexpected: %s", text)
		}
	}
	p.line("")
	for _, c := range result.Coverage {
		p.line("%s: %d of %d rules triggered", c.Template, c.Seen, c.Seen+len(c.Unseen))
		if len(c.Unseen) > 0 {
			p.line("  not triggered: %s", strings.Join(c.Unseen, ", "))
		}
	}
	if failed == 0 {
		p.line("%s passed; %d %% of the rules triggered", Count(len(result.Cases), "case"), result.Percent())
	} else {
		p.line("%d of %s failed; %d %% of the rules triggered", failed, Count(len(result.Cases), "case"), result.Percent())
	}
}
