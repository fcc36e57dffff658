// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/readers"

	"github.com/appofapps/roster/internal/cli"
)

// A hostileJob is a job of GitHub Actions on a repository in which a text is
// wherever nothing forbids it: in labels, annotations and configuration, in the
// name of a branch, in who pushed, in what the command is called with.
type hostileJob struct {
	*testing.T
	reader   *readers.Reader
	text     string
	work     string
	env      map[string]string
	commands int
	planned  bool // what is hostile got as far as the plan
}

func newHostileJob(t *testing.T, reader *readers.Reader, text string) *hostileJob {
	t.Helper()
	job := &hostileJob{T: t, reader: reader, text: text, work: t.TempDir()}
	quoted, err := json.Marshal(text) // which is a text of YAML as well
	if err != nil {
		t.Fatal(err)
	}
	app := fmt.Sprintf("apiVersion: roster/v1\nkind: App\nmetadata: {name: carts, labels: {tier: %[1]s}, annotations: {note: %[1]s}}\n"+
		"spec: {domain: orders, owner: \"group:o\", version: v1, scopes: [\"orders/a:read\"], provides: [\"orders/**:*\"], config: {a: %[1]s, b: [%[1]s, {c: %[1]s}]}}\n", quoted)
	writeInto(t, job.work, map[string]string{
		"registry/roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"domain.yaml\", \"app.yaml\"]}\n",
		"registry/domain.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:o\"}\n",
		"registry/app.yaml":    app,
	})
	commitAll(t, job.work)
	writeInto(t, job.work, map[string]string{"registry/app.yaml": strings.Replace(app, "orders/a:read", "orders/*:read", 1)})
	job.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_ACTOR": text, "GITHUB_REF": "refs/heads/" + text, "GITHUB_REPOSITORY": "acme/" + text,
		"GITHUB_WORKFLOW_REF": text, "GITHUB_SHA": text, "GITHUB_RUN_ID": text, "GITHUB_SERVER_URL": "https://github.com", "RUNNER_TEMP": job.work,
		"GITHUB_OUTPUT": filepath.Join(job.work, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(job.work, "summary"),
		"ROSTER_STORE": "local:" + filepath.Join(job.work, "store.db"),
	}
	return job
}

// roster runs a command in the job, and reads what it leaves as the runner does.
func (j *hostileJob) roster(format string, args ...string) {
	j.Helper()
	for _, arg := range args {
		if strings.Contains(arg, "\x00") {
			return // no command line can hold it
		}
	}
	j.commands++
	var out, talk bytes.Buffer
	env := cli.System()
	env.Args, env.Stdin, env.Stdout, env.Stderr, env.Terminal = args, strings.NewReader(""), &out, &talk, false
	env.Getenv = func(name string) string { return j.env[name] }
	env.Now = func() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }
	cli.Main(env)
	if out.Len() == 0 {
		format = "text" // there was nothing to answer
	}
	for name, problem := range map[string]string{"stdout": j.reader.Problem(out.String(), format, false), "stderr": j.reader.Problem(talk.String(), "text", false)} {
		if problem != "" {
			j.Fatalf("%q, %s of %q: %s\n%s\n%s", j.text, name, args, problem, out.String(), talk.String())
		}
	}
}

// files reads what the job's later steps and its page are given.
func (j *hostileJob) files() {
	j.Helper()
	text, err := os.ReadFile(j.env["GITHUB_OUTPUT"])
	if err != nil {
		j.Fatal(err)
	}
	outputs, err := readers.Outputs(string(text))
	own := regexp.MustCompile(`^(passed|failed|\d+|` + regexp.QuoteMeta(j.work) + `/roster-(findings|plan)\.json)$`)
	for name, value := range outputs {
		if !regexp.MustCompile(`^(verdict|errors|findings|new-access|new-headroom|new-delivery|new-control|removed-access|changes|plan-file|written)$`).MatchString(name) || !own.MatchString(value) {
			j.Errorf("%q: output %s is %q", j.text, name, value)
		}
	}
	j.planned = outputs["plan-file"] != ""
	summary, readErr := os.ReadFile(j.env["GITHUB_STEP_SUMMARY"])
	if problem := j.reader.Problem(string(summary), "markdown", false); problem != "" || err != nil || readErr != nil || len(outputs) < 4 {
		j.Errorf("%q: summary: %s, %v, %v; outputs %v", j.text, problem, err, readErr, outputs)
	}
}

// TestHostileRuns runs the commands that a pipeline runs, with every string
// wherever nothing forbids it, and reads what they print, hand on and show.
// ROSTER_P10=all takes every string; otherwise every twentieth.
func TestHostileRuns(t *testing.T) {
	t.Parallel()
	list, step, commands, planned := naughty(t), 20, 0, 0
	if os.Getenv("ROSTER_P10") == "all" {
		step = 1
	}
	reader := readers.New()
	for i := 0; i < len(list); i += step {
		j := newHostileJob(t, reader, list[i])
		dir := filepath.Join(j.work, "registry")
		j.roster("github", "validate", dir, "--base", "HEAD", "--format", "github")
		j.roster("github", "plan", dir, "--format", "github", "--commit", list[i])
		j.files()
		j.roster("github", "sync", dir, "--format", "github")
		j.roster("text", "audit", "log", dir)
		j.roster("json", "audit", "log", dir, "--format", "json")
		j.roster("text", "audit", "verify", dir)
		j.roster("text", "validate", dir, "--base", list[i], "--format", "text")
		j.roster("text", "validate", filepath.Join(j.work, list[i]), "--format", "text")
		j.roster("text", "validate", dir, "--allow", list[i], "--format", "text")
		j.roster("text", "validate", dir, "--report", list[i])
		j.roster("text", "plan", dir, "--snapshot", list[i], "--format", "text")
		j.roster("text", "plan", dir, "--store", list[i], "--format", "text")
		j.roster("text", "explain", dir, list[i])
		j.roster("text", list[i])
		commands += j.commands
		if j.planned {
			planned++
		}
	}
	tried := (len(list) + step - 1) / step
	if planned < tried/4 {
		t.Errorf("only %d of %d strings got as far as a plan", planned, tried)
	}
	t.Logf("%d commands on %d strings, %d of which got as far as the store", commands, tried, planned)
}
