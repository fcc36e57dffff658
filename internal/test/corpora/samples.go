// SPDX-License-Identifier: Apache-2.0

package corpora

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// samplesVariable makes a test fail instead of being skipped if the samples are not
// installed.
const samplesVariable = "ROSTER_REQUIRE_SAMPLES"

// sample reads a file of the packages in testdata/samples, which make samples
// installs.
func sample(t testing.TB, path string, into any) {
	t.Helper()
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("a program knows where it was compiled")
	}
	path = filepath.Join(filepath.Dir(here), "testdata", "samples", "node_modules", filepath.FromSlash(path))
	text, err := os.ReadFile(path)
	switch {
	case os.IsNotExist(err) && os.Getenv(samplesVariable) == "":
		t.Skip("SKIPPED: there are no samples; make samples installs them")
	case err != nil:
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// Naughty returns strings that are known to break programs:
// https://github.com/minimaxir/big-list-of-naughty-strings.
func Naughty(t testing.TB) []string {
	t.Helper()
	var list []string
	sample(t, "blns/resources/blns.json", &list)
	return list
}

// An Event is the payload of one of GitHub's events.
type Event struct {
	Name    string
	Payload json.RawMessage
}

// Events returns sample events of GitHub and of its Enterprise Server:
// https://github.com/octokit/webhooks.
func Events(t testing.TB) []Event {
	t.Helper()
	var events []Event
	for _, server := range []string{"api.github.com", "ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"} {
		var list []struct {
			Name     string            `json:"name"`
			Examples []json.RawMessage `json:"examples"`
		}
		sample(t, "@octokit/webhooks-examples/"+server+"/index.json", &list)
		for _, entry := range list {
			for _, payload := range entry.Examples {
				events = append(events, Event{entry.Name, payload})
			}
		}
	}
	return events
}
