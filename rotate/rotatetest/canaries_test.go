// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	azlog "github.com/Azure/azure-sdk-for-go/sdk/azcore/log"

	"github.com/appofapps/roster/internal/test/canary"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
)

// tell has a result said in every form that it has, and where everything stands.
func (c *cloud) tell(result *rotate.Result) {
	if c.said == nil {
		return
	}
	var text bytes.Buffer
	status, err := rotate.ReadStatus(context.Background(), "acme", c.targets, c.docs, time.Now())
	if err != nil {
		c.Fatal(err)
	}
	for _, format := range []string{"text", "json"} {
		if err := report.Rotation().Write(&text, format, result, report.TextOptions{}); err != nil {
			c.Fatal(err)
		}
		if err := report.Standing().Write(&text, format, status, report.TextOptions{}); err != nil {
			c.Fatal(err)
		}
	}
	if err := report.MarkdownRotation(&text, result, 1<<20); err != nil {
		c.Fatal(err)
	}
	c.say(text.Bytes())
}

// secrets are all that there are, those of the past as well.
func (c *cloud) secrets() []string {
	all := slices.Concat([]string{"canary-bearer-token", "canary-github-token", foreign}, c.made, c.graph.Secrets()[entraApp],
		c.okta.Kept(), c.arm.Kept(), c.vault.Kept(), c.github.Kept())
	slices.Sort(all)
	return slices.Compact(all)
}

// kept is all that is kept where no secret belongs: the store, and the files beside
// those that serve or stage one.
func (c *cloud) kept() []byte {
	var text bytes.Buffer
	for _, partition := range []string{"checkout", "ledger"} {
		for _, kind := range []store.Type{rotate.TypeCredential, rotate.TypeRotation, store.TypeEvent, store.TypeHead, store.TypeRegistration, "token"} {
			docs, err := c.docs.List(context.Background(), "orders", partition, kind)
			if err != nil {
				c.Fatal(err)
			}
			for _, doc := range docs {
				text.WriteString(doc.ID + doc.ETag + doc.Digest)
				text.Write(doc.Body)
			}
		}
	}
	err := filepath.WalkDir(c.folder, func(path string, entry fs.DirEntry, err error) error {
		text.WriteString(path)
		if err != nil || entry.IsDir() || strings.HasPrefix(path, filepath.Join(c.folder, "secrets")) {
			return err
		}
		content, err := os.ReadFile(path)
		text.Write(content)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return text.Bytes()
}

// TestCanaries cuts rotations at every call, and looks for every secret there is, in
// six encodings, in all that is said meanwhile: results, pages, errors, addresses,
// the logs of the SDKs, the stacks of a process that dies; and in all that is kept.
//
//nolint:paralleltest // it listens to what SDKs log, of which there is one for all
func TestCanaries(t *testing.T) {
	described(t)
	var mu sync.Mutex
	var said bytes.Buffer
	listen := func(text []byte) {
		mu.Lock()
		defer mu.Unlock()
		said.Write(text)
		said.WriteByte('\n')
	}
	azlog.SetListener(func(_ azlog.Event, text string) { listen([]byte(text)) })
	log.SetOutput(writer(listen))
	defer azlog.SetListener(nil)
	defer log.SetOutput(io.Discard)
	list, points, size, secrets, logged := faults(), 0, 0, 0, 0
	for _, target := range readTargets(t) {
		for at := 1; ; at++ {
			f, done := list[at%len(list)], false
			synctest.Test(t, func(t *testing.T) {
				said.Reset()
				c := fresh(t, target.Name)
				c.said = listen
				c.plan[at] = f
				c.twice()
				done = len(c.fired) == 0
				c.sound()
				all := c.secrets()
				said.Write(c.kept())
				if found := canary.Find(said.Bytes(), all...); len(found) > 0 {
					t.Errorf("%s, call %d, %s: %v of %d", target, at, f.name, found, len(all))
				}
				size += said.Len()
				logged += bytes.Count(said.Bytes(), []byte("RESPONSE Status"))
				secrets += len(all)
			})
			if done || t.Failed() {
				break
			}
			points++
		}
	}
	t.Logf("%d points, %d secrets in %d encodings, %d MB of text", points, secrets, len(canary.Forms(foreign)), size>>20)
	if points < fewest || size < 20<<20 || logged == 0 {
		t.Errorf("%d points, %d bytes, %d answers in the logs", points, size, logged)
	}
}

type writer func([]byte)

func (w writer) Write(text []byte) (int, error) {
	w(text)
	return len(text), nil
}
