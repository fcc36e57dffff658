// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/faultsweep"

	"github.com/appofapps/roster/internal/cli"
)

// pinVariable makes the command write from one thread, so that its system calls
// can be counted.
const pinVariable = "SCRIPT_PIN"

// TestCrashSync cuts a real sync on a local store at every system call that
// writes: its process is killed, or the disk is full or broken there. After each,
// the trail is whole, no registration is without its event nor the other way
// round, what the command says is true, and running again converges and then
// writes nothing.
func TestCrashSync(t *testing.T) {
	first, second := write(t, apps(3, "v1")), write(t, apps(4, "v2"))
	program, err := exec.LookPath("roster")
	if err != nil {
		t.Fatal(err)
	}
	template := filepath.Join(t.TempDir(), "registry.db")
	if _, stderr, code := run(t, "", "sync", first, "--store", "local:"+template); code != cli.ExitOK {
		t.Fatal(stderr)
	}
	filled, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		prepare   func(dir string) error
		before    int // events
		minPoints int
		mustSee   []string
	}{
		{
			name: "first sync", before: 0, minPoints: 56,
			mustSee: []string{"mkdirat", "openat", "pwrite64", "fdatasync", "fsync"},
		},
		{
			name: "second sync", before: 4, minPoints: 45,
			prepare: func(dir string) error {
				if err := os.Mkdir(filepath.Join(dir, "store"), 0o700); err != nil {
					return err
				}
				return os.WriteFile(filepath.Join(dir, "store", "registry.db"), filled, 0o600)
			},
			mustSee: []string{"pwrite64", "fdatasync"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := cut{t: t, registry: second, before: test.before, after: test.before + 4}
			if test.before == 0 {
				c.after++ // the record's own
			}
			required, sample := os.Getenv("ROSTER_REQUIRE_FAULTS") == "1", 0
			if !required {
				sample = 40 // make faults runs all
			}
			faultsweep.Sweep(t, faultsweep.Scenario{
				Prepare: test.prepare,
				Program: func(dir string) faultsweep.Program {
					return faultsweep.Program{
						Args: []string{program, "sync", second, "--store", c.store(dir)},
						Env:  append(terminalEnv(), pinVariable+"=1", nowVariable+"=2026-01-31T12:00:00Z"),
					}
				},
				Check:     c.check,
				MinPoints: test.minPoints,
				MustSee:   test.mustSee,
				Sample:    sample,
				Required:  required,
			})
		})
	}
}

// cut checks what a sync of a registry of four nodes leaves behind.
type cut struct {
	t             *testing.T
	registry      string
	before, after int // events in the trail
}

func (c cut) store(dir string) string {
	return "local:" + filepath.Join(dir, "store", "registry.db")
}

func (c cut) check(dir string, r faultsweep.Result) error {
	if r.Signal == 0 && r.ExitCode != cli.ExitOK && (r.ExitCode != cli.ExitFailure || !strings.Contains(r.Stderr, "roster: ")) {
		return fmt.Errorf("the command ends with %d", r.ExitCode)
	}
	events, err := c.verify(dir)
	if err != nil {
		return err
	}
	if r.ExitCode == cli.ExitOK && events != c.after {
		return fmt.Errorf("the command ends well, but the trail has %d events", events)
	}
	if events < c.before || events > c.after {
		return fmt.Errorf("the trail has %d events", events)
	}
	if err := c.agrees(events, r); err != nil {
		return err
	}
	if stdout, stderr, code := run(c.t, "", "sync", c.registry, "--store", c.store(dir)); code != cli.ExitOK {
		return fmt.Errorf("running again ends with %d: %s%s", code, stdout, stderr)
	}
	if events, err = c.verify(dir); err != nil || events != c.after {
		return errors.Join(err, fmt.Errorf("after running again the trail has %d events, not %d", events, c.after))
	}
	if stdout, _, _ := run(c.t, "", "sync", c.registry, "--store", c.store(dir)); !strings.Contains(stdout, "Nothing to change") {
		return fmt.Errorf("a last run says %s", stdout)
	}
	return nil
}

// agrees holds what the command said of its events against the trail. A command
// that was cut before it could speak says nothing.
func (c cut) agrees(events int, r faultsweep.Result) error {
	for line := range strings.Lines(r.Stdout) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[1] == "events" {
			if said := fields[0]; said != fmt.Sprint(events-c.before) {
				return fmt.Errorf("the command says %s events, the trail has %d more", said, events-c.before)
			}
		}
	}
	return nil
}

// verify returns the number of events in a trail that is whole.
func (c cut) verify(dir string) (int, error) {
	if _, err := os.Lstat(filepath.Join(dir, "store", "registry.db")); errors.Is(err, os.ErrNotExist) {
		return 0, nil // it was cut before there was a store
	}
	stdout, stderr, code := run(c.t, "", "audit", "verify", "--store", c.store(dir), "--format", "json")
	if code != cli.ExitOK {
		return 0, fmt.Errorf("audit verify ends with %d: %s%s", code, stdout, stderr)
	}
	var verdict struct{ Events int }
	if err := json.Unmarshal([]byte(stdout), &verdict); err != nil {
		return 0, fmt.Errorf("audit verify says %q: %w", stdout, err)
	}
	return verdict.Events, nil
}
