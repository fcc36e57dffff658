// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/cli"
	"github.com/appofapps/roster/validate"
)

// A pull is one pull request on the registry of testdata/pulls/base.txtar: what
// it does, what a reviewer thinks of it, and what roster says of it. A file of
// pulls has, for each,
//
//	## escalation: what it does       or harmless: what it does
//	edit FILE                         then lines -old and +new
//	file FILE                         then lines |text
//	remove FILE
//	move FILE TO
//	rewrite FILE HOW                  see rewrites
//	=> what roster says, a line each; nothing for nothing
//
// Whether it is harmless is written by hand; -update rewrites only what roster
// says.
type pull struct {
	title    string
	harmless bool
	steps    []string
	said     []string
}

// Fewer pull requests than these would show too little.
const (
	leastPulls    = 60
	leastHarmless = 25
)

func TestPulls(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/pulls/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	base := map[string]string{}
	for _, f := range archive.Files {
		base[f.Name] = string(f.Data)
	}
	if stdout, stderr, code := run(t, "", "validate", write(t, base)); code != cli.ExitOK {
		t.Fatalf("the base is not right:\n%s%s", stdout, stderr)
	}
	paths, err := filepath.Glob("testdata/pulls/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	harmless, hostile := 0, 0
	for _, path := range paths {
		pulls := readPulls(t, path)
		for i := range pulls {
			pulls[i].run(t, base)
			if pulls[i].harmless {
				harmless++
			} else {
				hostile++
			}
		}
		if *update {
			writePulls(t, path, pulls)
		}
	}
	t.Logf("%d pull requests: %d escalations, all named; %d harmless, no false alarm", harmless+hostile, hostile, harmless)
	if harmless+hostile < leastPulls || harmless < leastHarmless {
		t.Errorf("%d pull requests, %d of them harmless: too few", harmless+hostile, harmless)
	}
}

// run makes the pull request and compares what is said of it.
func (p *pull) run(t *testing.T, base map[string]string) {
	t.Helper()
	t.Run(p.title, func(t *testing.T) {
		head := p.head(t, base)
		dir := change(t, base, head)
		stdout, stderr, code := run(t, "", "validate", dir, "--base", "HEAD", "--format", "json")
		var result validate.Result
		if err := json.Unmarshal([]byte(stdout), &result); err != nil {
			t.Fatalf("%v\n%s%s", err, stdout, stderr)
		}
		said := said(result)
		objections := slices.DeleteFunc(slices.Clone(said), func(line string) bool { return strings.HasPrefix(line, "removed ") })
		switch want := p.exit(); {
		case code != want:
			t.Errorf("exit code %d, want %d\n%s", code, want, strings.Join(said, "\n"))
		case p.harmless && len(objections) > 0:
			t.Errorf("false alarm:\n%s", strings.Join(objections, "\n"))
		case !p.harmless && len(objections) == 0:
			t.Error("the escalation is not named")
		}
		if again, _, _ := run(t, "", "validate", dir, "--base", "HEAD", "--format", "json"); again != stdout {
			t.Error("a second run says something else")
		}
		text, _, _ := run(t, "", "validate", dir, "--base", "HEAD")
		if result.Verdict != nil {
			for _, a := range result.Verdict.NewAccess {
				if !strings.Contains(text, a.Witness) {
					t.Errorf("the text does not have %s", a.Witness)
				}
			}
		}
		if d := cmp.Diff(p.said, said); d != "" && !*update {
			t.Errorf("(-file +roster):\n%s", d)
		}
		p.said = said
	})
}

func (p *pull) exit() int {
	if p.harmless {
		return cli.ExitOK
	}
	return cli.ExitFindings
}

// said is what a result says of a change, a line each.
func said(result validate.Result) []string {
	var lines []string
	if v := result.Verdict; v != nil {
		for _, a := range v.NewAccess {
			lines = append(lines, fmt.Sprintf("new access of %s as %s: %s", a.Node, a.Identity, strings.TrimSpace(a.Role+" "+a.Witness)))
		}
		for _, h := range v.NewHeadroom {
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("new headroom: %s %s: %s", h.Level, h.Change, h.Witness), ": "))
		}
		for _, d := range v.NewDelivery {
			lines = append(lines, fmt.Sprintf("new delivery: %s of %s opens %s: %s", d.Credential, d.Node, d.Opens, d.Sink))
		}
		for _, h := range v.NewControl {
			lines = append(lines, fmt.Sprintf("new control: %s %s", h.Level, h.Change))
		}
		for _, a := range v.RemovedAccess {
			lines = append(lines, fmt.Sprintf("removed from %s as %s: %s", a.Node, a.Identity, a.Witness))
		}
	}
	for _, f := range result.Findings {
		if f.Severity == finding.Error && !slices.Contains(gainRules(), f.Rule) {
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s at %s:%d of %s", f.Rule, f.File, f.Line, f.Node), " of "))
		}
	}
	return lines
}

// gainRules are the rules of findings that the verdict lists too.
func gainRules() []string {
	return []string{validate.RuleNewAccess, validate.RuleNewHeadroom, validate.RuleNewDelivery, validate.RuleNewControl}
}

// head returns the files after the pull request.
func (p *pull) head(t *testing.T, base map[string]string) map[string]string {
	t.Helper()
	files := maps.Clone(base)
	for i := 0; i < len(p.steps); i++ {
		words := strings.Fields(p.steps[i])
		var old, text []string
		for ; i+1 < len(p.steps) && strings.ContainsAny(p.steps[i+1][:1], "-+|"); i++ {
			if line := p.steps[i+1]; line[0] == '-' {
				old = append(old, line[1:])
			} else {
				text = append(text, line[1:])
			}
		}
		file, known := files[words[1]]
		if !known && words[0] != "file" {
			t.Fatalf("there is no %s", words[1])
		}
		switch words[0] {
		case "edit":
			if strings.Count(file, strings.Join(old, "\n")) != 1 {
				t.Fatalf("%s does not have this once:\n%s", words[1], strings.Join(old, "\n"))
			}
			files[words[1]] = strings.Replace(file, strings.Join(old, "\n"), strings.Join(text, "\n"), 1)
		case "file":
			files[words[1]] = strings.Join(text, "\n") + "\n"
		case "remove":
			delete(files, words[1])
		case "move":
			files[words[2]] = file
			delete(files, words[1])
		case "rewrite":
			files[words[1]] = rewrites()[words[2]](file)
		default:
			t.Fatalf("there is no step %q", words[0])
		}
	}
	return files
}

// rewrites change the form of a file and not its meaning.
func rewrites() map[string]func(string) string {
	return map[string]func(string) string{
		"crlf":   func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"bom":    func(s string) string { return "\ufeff" + s },
		"indent": func(s string) string { return strings.ReplaceAll(s, "\n  ", "\n        ") },
		"blank":  func(s string) string { return strings.ReplaceAll(s, "\n", "\n\n") },
	}
}

func readPulls(t *testing.T, path string) []pull {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var pulls []pull
	for line := range strings.SplitSeq(string(text), "\n") {
		if heading, found := strings.CutPrefix(line, "## "); found {
			kind, title, _ := strings.Cut(heading, ": ")
			if kind != "harmless" && kind != "escalation" {
				t.Fatalf("%s: %q is neither harmless nor an escalation", path, line)
			}
			pulls = append(pulls, pull{title: title, harmless: kind == "harmless"})
			continue
		}
		if line == "" || len(pulls) == 0 {
			continue
		}
		p := &pulls[len(pulls)-1]
		if line, found := strings.CutPrefix(line, "=> "); found {
			p.said = append(p.said, line)
		} else {
			p.steps = append(p.steps, line)
		}
	}
	return pulls
}

func writePulls(t *testing.T, path string, pulls []pull) {
	t.Helper()
	var b strings.Builder
	for i, p := range pulls {
		kind := "escalation"
		if p.harmless {
			kind = "harmless"
		}
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "## %s: %s\n%s\n", kind, p.title, strings.Join(p.steps, "\n"))
		for _, line := range p.said {
			b.WriteString("=> " + line + "\n")
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
