// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/test/readers"
	"github.com/appofapps/roster/validate"
)

// TestSnippet shows where the mark stands below a line.
func TestSnippet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		source string
		column int
		want   string
	}{
		"plain scalar":       {"owner: group:a", 8, "7 | owner: group:a\n  |        ^~~~~~~\n"},
		"key":                {"owner: group:a", 1, "7 | owner: group:a\n  | ^~~~~\n"},
		"quoted, in a flow":  {`scopes: ["a b:read", x]`, 10, "7 | scopes: [\"a b:read\", x]\n  |          ^~~~~~~~~~\n"},
		"plain, in a flow":   {`scopes: [a, b]`, 10, "7 | scopes: [a, b]\n  |          ^\n"},
		"behind wide text":   {`{日本: x}`, 6, "7 | {日本: x}\n  |        ^\n"},
		"behind a mark":      {"e\u0301: x", 5, "7 | e\u0301: x\n  |    ^\n"},
		"behind a tab":       {"\tx", 2, "7 | \\tx\n  |   ^\n"},
		"behind an escape":   {"\x1bx", 2, "7 | \\x1bx\n  |     ^\n"},
		"after the end":      {"ab", 9, "7 | ab\n"},
		"no column":          {"ab", 0, "7 | ab\n  | ^~\n"},
		"unclosed quote":     {`"ab`, 1, "7 | \"ab\n  | ^~~\n"},
		"empty line":         {"  ", 1, ""},
		"long before":        {strings.Repeat("x", 199) + " y z", 201, "7 | ..." + strings.Repeat("x", 99) + " y z\n  | " + strings.Repeat(" ", 103) + "^\n"},
		"long word":          {strings.Repeat("x", 199), 1, "7 | " + strings.Repeat("x", 100) + "...\n  | ^" + strings.Repeat("~", 99) + "\n"},
		"long after":         {"x " + strings.Repeat("y", 199), 1, "7 | x " + strings.Repeat("y", 99) + "...\n  | ^\n"},
		"a command":          {"##[error]x", 1, "7 | \\x23#[error]x\n  | ^~~~~~~~\n"},
		"multibyte position": {"ü: ß", 4, "7 | ü: ß\n  |    ^\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &page{}
			writeSnippet(p, test.source, 7, test.column)
			if diff := cmp.Diff(test.want, p.text.String()); diff != "" {
				t.Errorf("snippet (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVerdict shows the last line of validate.
func TestVerdict(t *testing.T) {
	t.Parallel()
	severities := func(list ...finding.Severity) []finding.Finding {
		var all []finding.Finding
		for _, s := range list {
			all = append(all, finding.Finding{Severity: s})
		}
		return all
	}
	for want, test := range map[string]struct {
		nodes    int
		findings []finding.Finding
		notes    bool
	}{
		"180 nodes checked, no problems": {nodes: 180},
		"1 node, 2 errors, 1 warning":    {nodes: 1, findings: severities(finding.Error, finding.Error, finding.Warning)},
		"1 error":                        {findings: severities(finding.Error)},
		"2 nodes checked, no problems, 1 note not shown (--notes shows it)":    {nodes: 2, findings: severities(finding.Note)},
		"2 nodes checked, no problems, 2 notes not shown (--notes shows them)": {nodes: 2, findings: severities(finding.Note, finding.Note)},
		"2 nodes, 1 warning, 2 notes":                                          {nodes: 2, findings: severities(finding.Note, finding.Note, finding.Warning), notes: true},
		"3 nodes, 1 error, 1 note not shown (--notes shows it)":                {nodes: 3, findings: severities(finding.Note, finding.Error)},
	} {
		if got := tally(validate.Result{Nodes: test.nodes, Findings: test.findings}, TextOptions{Notes: test.notes}); got != want {
			t.Errorf("verdict is %q, want %q", got, want)
		}
	}
}

// TestShellWord shows that what --allow is given survives a shell.
func TestShellWord(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"deletes=9":                    "deletes=9",
		"protected=orders/a/b@prod":    "protected=orders/a/b@prod",
		"last-owner=group:a b":         "'last-owner=group:a b'",
		"last-owner=$(touch x)":        "'last-owner=$(touch x)'",
		"last-owner='; touch x; '":     `'last-owner='\''; touch x; '\'''`,
		"last-owner=user:ada@acme.com": "last-owner=user:ada@acme.com",
		"":                             "''",
	} {
		if got := shellWord(value); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", value, got, want)
		}
	}
}

// TestFieldNames shows that no key can be taken for a path of several.
func TestFieldNames(t *testing.T) {
	t.Parallel()
	f := fields{}
	f.add("config", json.RawMessage(`{"a":{"b":1},"a.b":2,"":3,"a b":4,"\"":5,"list":[{"name":"x"}],"none":{}}`))
	f.add("credentials", json.RawMessage(`[{"name":"x","type":"t"},{"name":"y.z"}]`))
	want := fields{
		"config.a.b": "1", `config."a.b"`: "2", `config.""`: "3", `config."a b"`: "4", `config."\""`: "5",
		"config.list": `[{"name":"x"}]`, "config.none": "{}",
		"credentials.x.type": `"t"`, `credentials."y.z"`: "{}",
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	twice := fields{}
	twice.add("credentials", json.RawMessage(`[{"name":"x","type":"t"},{"name":"x"}]`))
	if diff := cmp.Diff(fields{"credentials": `[{"name":"x","type":"t"},{"name":"x"}]`}, twice); diff != "" {
		t.Errorf("two credentials of one name (-want +got):\n%s", diff)
	}
}

// FuzzJSON shows that escaping keeps the meaning of every text.
func FuzzJSON(f *testing.F) {
	for _, text := range readers.Hostile() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		if err := JSON(&b, map[string]string{"key " + text: text}); err != nil {
			t.Fatal(err)
		}
		if problem := readers.Invisible(b.String(), false); problem != "" {
			t.Errorf("JSON of %q: %s", text, problem)
		}
		if list := readers.Commands(b.String()); len(list) > 0 {
			t.Errorf("JSON of %q is obeyed as %v", text, list)
		}
		var back map[string]string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(text) && back["key "+text] != text {
			t.Errorf("JSON of %q reads as %q", text, back)
		}
	})
}
