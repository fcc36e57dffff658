// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/appofapps/roster/internal/test/canary"
	"github.com/appofapps/roster/internal/test/cloudtest"

	"github.com/go-jose/go-jose/v4"
)

// A rig is the binary with every provider, and a store on the disk.
type rig struct {
	*testing.T
	*cloudtest.Cloud
	*providers
	dir    string
	said   bytes.Buffer // output of all processes, without the lines that make a runner mask a token
	victim atomic.Pointer[victim]
	dumps  int
	stdin  string // of the next processes
}

// A victim is a running process.
type victim struct {
	process *os.Process
	gone    chan struct{} // is closed when it is
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{T: t, Cloud: cloudtest.Start(t, cloudtest.Config{}), dir: t.TempDir()}
	r.providers = newProviders(t, r.Cloud)
	if err := os.CopyFS(r.dir, os.DirFS(renewable)); err != nil {
		t.Fatal(err)
	}
	return r
}

// dumped is the line that Go prints before it dumps every stack.
const dumped = "SIGQUIT: quit"

// roster runs the binary.
func (r *rig) roster(args ...string) outcome {
	r.Helper()
	cmd := exec.CommandContext(r.Context(), binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "GOTRACEBACK=all", "ROSTER_GITHUB_TOKEN=" + ownToken}, pushed(r.T, r.GitHubEnv(), args)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(r.stdin), &stdout, &stderr
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	v := &victim{cmd.Process, make(chan struct{})}
	r.victim.Store(v)
	err := cmd.Wait()
	close(v.gone)
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		r.Fatal(err)
	}
	o := outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	r.said.WriteString(o.stdout + o.talk())
	if strings.Contains(o.stderr, dumped) {
		r.dumps++
	}
	return o
}

// kill ends the running process at a request, before or after the cloud serves it, with
// SIGKILL, or with SIGQUIT, at which Go dumps every stack.
func (r *rig) kill(at int, after bool, signal syscall.Signal) *int {
	met := new(int)
	r.OnRequest(func(x cloudtest.Exchange) cloudtest.Fault {
		if x.N != at {
			return cloudtest.Fault{}
		}
		*met++
		return cloudtest.Fault{Cut: !after, After: after, Do: func() {
			v := r.victim.Load()
			_ = v.process.Signal(signal) // it may be gone already
			<-v.gone
		}}
	})
	return met
}

// free releases the leases of a dead process, as a person does to avoid the wait of ten
// minutes.
func (r *rig) free() {
	for _, credential := range [][]string{{"orders/checkout", "entra"}, {"orders/checkout", "okta"}, {"orders/checkout", "token"}, {"orders/ledger", "db"}, {"orders/ledger", "reports"}} {
		r.roster("rotate", "release", credential[0], credential[1], r.dir)
	}
}

// through renews everything, then everything again as after a leak, and asks every
// provider what it holds, despite all interruptions. It returns the values served
// before the leak.
func (r *rig) through() map[string]string {
	r.Helper()
	leak := []string{"rotate", r.dir, "--now", "--node", "orders", "--reason", "leak", "--confirm", "5"}
	finish := func(first ...string) {
		r.Helper()
		args := first
		for range 4 {
			o := r.roster(args...)
			if o.code == 0 {
				return
			}
			r.free()
			if args = []string{"rotate", r.dir}; o.code == -1 || strings.Contains(o.stderr, dumped) {
				args = first // the request was not recorded yet
			}
		}
		r.Fatalf("roster %s does not complete\n%s", strings.Join(args, " "), r.said.String())
	}
	finish("rotate", r.dir)
	before := r.served(r.T, r.dir)
	finish(leak...)
	finish("rotate", "status", r.dir, "--ask")
	return before
}

// sound checks the final state: every destination serves an accepted value, leaked
// values are refused, and no output or file contains a secret.
func (r *rig) sound(leaked map[string]string) {
	r.Helper()
	now := r.served(r.T, r.dir)
	for name, value := range leaked {
		if now[name] == value {
			r.Errorf("%s still serves what leaked", name)
		}
	}
	for name, accepted := range map[string]bool{
		"entra": r.graph.Opens(entraApp, leaked["entra"]), "okta": r.okta.Opens(oktaApp, leaked["okta"]),
		"db": r.arm.Opens(leaked["db"]), "reports": r.arm.Opens(leaked["reports"]),
	} {
		if accepted {
			r.Errorf("what leaked of %s is still accepted", name)
		}
	}
	for value, code := range map[string]int{now["token"]: 0, leaked["token"]: 1} {
		r.stdin = value
		if o := r.roster("token", "verify", "orders/checkout", "token", r.dir); o.code != code {
			r.Errorf("a token is accepted or not: %s", o)
		}
	}
	if n := len(r.graph.Secrets()[entraApp]); n != 1 {
		r.Errorf("%d client secrets in Entra ID", n)
	}
	if n := r.okta.Count(oktaApp); n != 1 {
		r.Errorf("%d client secrets in Okta", n)
	}
	all := append(r.Secrets(), r.secrets()...)
	all = append(all, now["token"], leaked["token"])
	r.keep()
	if found := canary.Find(r.said.Bytes(), all...); len(found) > 0 {
		r.Errorf("of %d secrets, in %d bytes: %v", len(all), r.said.Len(), found)
	}
}

// keep adds the files on the disk to the searched texts, except for the destinations and
// the values staged beside them.
func (r *rig) keep() {
	err := filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path, filepath.Join(r.dir, "secrets")) {
			return err
		}
		content, err := os.ReadFile(path)
		r.said.Write(content)
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
}

// TestProviderKey prints the public key to register with Okta, and refuses a provider
// without a key.
func TestProviderKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	o := r.roster("rotate", "key", "workforce", r.dir)
	var printed jose.JSONWebKey
	if err := json.Unmarshal([]byte(o.stdout), &printed); err != nil || o.code != 0 {
		t.Fatalf("%v\n%s", err, o)
	}
	if !printed.IsPublic() || printed.KeyID != r.okta.Key.KeyID || printed.Algorithm != "ES256" {
		t.Errorf("%+v", printed)
	}
	for name, says := range map[string]string{"ledger-db": "no key of the provider ledger-db: add its address", "none": `unknown provider "none"; the registry declares: ledger-db, workforce`} {
		if o := r.roster("rotate", "key", name, r.dir); o.code != 2 || !strings.Contains(o.stderr, says) {
			t.Errorf("%s: %s", name, o)
		}
	}
}

// TestRotateKilled kills the binary at requests of two rotations of every source into
// every sink, before and after they are served. The next run completes, leaked values
// are revoked, and no output, stack dump or file contains a secret in any of six
// encodings. ROSTER_REMOTE_FAULTS=all kills it at each request.
func TestRotateKilled(t *testing.T) {
	t.Parallel()
	clean := newRig(t)
	clean.sound(clean.through())
	requests, every := len(clean.Log()), 23
	if os.Getenv("ROSTER_REMOTE_FAULTS") == "all" {
		every = 1
	}
	points, met, dumps := 0, 0, 0
	for at := 1; at <= requests; at += every {
		signal := syscall.SIGQUIT
		if at%2 == 0 {
			signal = syscall.SIGKILL
		}
		r := newRig(t)
		hits := r.kill(at, at%3 == 0, signal)
		r.sound(r.through())
		points, met, dumps = points+1, met+*hits, dumps+r.dumps
		if t.Failed() {
			t.Fatalf("killed at request %d", at)
		}
	}
	t.Logf("%d requests, %d points, %d dumps", requests, points, dumps)
	if met < points*9/10 || dumps == 0 {
		t.Errorf("at %d points %d processes were killed, and %d left their stacks", points, met, dumps)
	}
}
