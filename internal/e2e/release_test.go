// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

const releaseVersion = "v9.8.7"

// release makes the actions a release of the program under test, and puts its files on
// github.com.
func (c *consumer) release() (downloads *atomic.Int64, serve func(program []byte)) {
	c.Helper()
	program, err := os.ReadFile(binary)
	if err != nil {
		c.Fatal(err)
	}
	tree, name := c.TempDir(), "roster-"+runtime.GOOS+"-"+runtime.GOARCH
	for _, path := range []string{"action.yml", "actions", "scripts/roster.sh"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(tree, path)), 0o750); err != nil {
			c.Fatal(err)
		}
		from := filepath.Join(c.roster, path)
		if info, err := os.Stat(from); err == nil && info.IsDir() {
			err = os.CopyFS(filepath.Join(tree, path), os.DirFS(from))
			if err != nil {
				c.Fatal(err)
			}
			continue
		}
		content, err := os.ReadFile(from)
		if err != nil {
			c.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, path), content, 0o600); err != nil {
			c.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(tree, "release"), 0o750); err != nil {
		c.Fatal(err)
	}
	manifest := fmt.Sprintf("%s\n%x %s\n", releaseVersion, sha256.Sum256(program), name)
	if err := os.WriteFile(filepath.Join(tree, "release/manifest.txt"), []byte(manifest), 0o600); err != nil {
		c.Fatal(err)
	}
	c.roster = tree
	downloads = &atomic.Int64{}
	serve = func(program []byte) {
		c.Handle("github.com", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/appofapps/roster/releases/download/"+releaseVersion+"/"+name {
				http.NotFound(w, r)
				return
			}
			downloads.Add(1)
			_, _ = w.Write(program)
		}))
	}
	serve(program)
	return downloads, serve
}

// TestReleaseInWorkflows runs a workflow with the actions of a release: the program is
// downloaded once, and a program from a tampered download or tool cache never runs. A
// cancelled run leaves nothing half-done, and the next one continues.
func TestReleaseInWorkflows(t *testing.T) {
	c := newConsumer(t)
	downloads, serve := c.release()
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	base := c.git("rev-parse", "HEAD")
	c.git("checkout", "-q", "-b", "feature")
	event := c.pullRequest(base, c.commit("nothing"), true)
	review := func() actRun { return c.job("roster-review.yml", "pull_request", event, false) }

	// A download that does not match the pinned tree.
	evil := append(bytes.Clone(program[:len(program)-1]), program[len(program)-1]^1)
	serve(evil)
	c.mustSay(review(), false, "is not the file of release "+releaseVersion+": its SHA-256 is")
	if cached := c.cached(); len(cached) > 0 {
		t.Errorf("a refused file is in the cache: %v", cached)
	}

	// A matching one is cached, and not downloaded again.
	serve(program)
	downloads.Store(0)
	for range 2 {
		c.mustSay(review(), true, "no new access and no loosened limits")
	}
	if n := downloads.Load(); n != 1 {
		t.Errorf("%d downloads of two runs", n)
	}
	t.Logf("a review with a program that is there: %s", line(review().log, "Success - Main appofapps/roster@v1"))

	// The tool cache is not trusted: a wrong file is replaced if possible, and refused
	// otherwise.
	cached := c.cached()
	if len(cached) != 1 {
		t.Fatalf("kept: %v", cached)
	}
	poison := func() {
		if err := os.WriteFile(cached[0], []byte("#!/bin/sh\necho POISONED\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	poison()
	run := review()
	c.mustSay(run, true, "no new access and no loosened limits")
	poison()
	serve(evil)
	poisoned := review()
	c.mustSay(poisoned, false, "is not the file of release "+releaseVersion)
	if strings.Contains(run.log+poisoned.log, "POISONED") {
		t.Errorf("what lay in the tool cache was run\n%s", poisoned.log)
	}
	serve(program)

	c.git("checkout", "-q", "main")
	c.cancelled()
}

// cached returns the content of the runner's tool cache, which act puts beside its
// actions.
func (c *consumer) cached() []string {
	c.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(c.scratch, "actions", "tool_cache"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.Contains(path, releaseVersion) {
			files = append(files, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		c.Fatal(err)
	}
	return files
}

// cancelled cancels a sync in the middle, as GitHub does: SIGINT to what runs the
// steps. What is written is whole, and the next run writes the rest.
func (c *consumer) cancelled() {
	c.Helper()
	cmd := c.start("roster-sync.yml", "push", push(), true)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	const after = 5
	batches := atomic.Int64{}
	c.OnRequest(func(x cloudtest.Exchange) cloudtest.Fault {
		if x.Kind == cloudtest.KindBatch && batches.Add(1) == after {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				c.Error(err)
			}
		}
		return cloudtest.Fault{}
	})
	err := cmd.Run()
	c.OnRequest(nil)
	if err == nil || batches.Load() < after {
		c.Fatalf("%d batches, %v\n%s", batches.Load(), err, log.String())
	}
	dir := filepath.Join(c.dir, "registry")
	c.must(c.T, 0, "The trail is whole", "audit", "verify", dir)
	c.must(c.T, 0, "to create", "plan", dir)
	rest := c.job("roster-sync.yml", "push", push(), true)
	c.mustSay(rest, true, "created, 0 updated, 0 deleted", "The trail is whole")
	c.Logf("cancelled after %d of 18 commits; the next run: %s", batches.Load(), line(rest.log, "Synced:"))
	c.must(c.T, 0, "Nothing to change", "plan", dir)
}

// line returns the line of a log that holds a text.
func line(log, text string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
