// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/appofapps/roster/internal/policycase"
	"github.com/appofapps/roster/validate"
)

// PolicyList writes the policy templates, as text or json.
func PolicyList(w io.Writer, format string, list validate.PolicyList, options TextOptions) error {
	return forms{
		formatText: func() error { return policyListText(w, list, options) },
		formatJSON: func() error { return JSON(w, list) },
	}.write(format)
}

func policyListText(w io.Writer, list validate.PolicyList, options TextOptions) error {
	p := &page{colour: options.Colour}
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
	return print(w, p)
}

// PolicyTests writes the outcome of test cases, as text or json.
func PolicyTests(w io.Writer, format string, result *policycase.Result, options TextOptions) error {
	return forms{
		formatText: func() error { return policyTestsText(w, result, options) },
		formatJSON: func() error { return JSON(w, result) },
	}.write(format)
}

func policyTestsText(w io.Writer, result *policycase.Result, options TextOptions) error {
	p := &page{colour: options.Colour}
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
			p.line("       wanted and not said: %s", text)
		}
		for _, text := range c.Extra {
			p.line("       said and not wanted: %s", text)
		}
	}
	p.line("")
	for _, c := range result.Coverage {
		p.line("%s: %d of %d rules seen to object", c.Template, c.Seen, c.Seen+len(c.Unseen))
		if len(c.Unseen) > 0 {
			p.line("  never: %s", strings.Join(c.Unseen, ", "))
		}
	}
	if failed == 0 {
		p.line("%s, all as they should be; %d %% of the rules seen to object", count(len(result.Cases), "case"), result.Percent())
	} else {
		p.line("%d of %s went wrong; %d %% of the rules seen to object", failed, count(len(result.Cases), "case"), result.Percent())
	}
	return print(w, p)
}
