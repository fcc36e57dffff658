// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/test/corpora"
)

// TestSampleEvents reads every sample of an event that GitHub publishes, under its
// own name and under the names that roster asks for: each says what it is about
// or is refused cleanly.
func TestSampleEvents(t *testing.T) {
	t.Parallel()
	events := corpora.Events(t)
	counts := map[string]int{}
	for _, e := range events {
		var said struct {
			Ref   string `json:"ref"`
			Queue struct {
				Base string `json:"base_sha"`
				Head string `json:"head_sha"`
			} `json:"merge_group"`
			Request *struct {
				Number int `json:"number"`
				Base   struct {
					SHA  string `json:"sha"`
					Repo any    `json:"repo"`
				} `json:"base"`
				Head struct {
					SHA string `json:"sha"`
				} `json:"head"`
			} `json:"pull_request"`
		}
		readable := json.Unmarshal(e.Payload, &said) == nil
		for _, name := range []string{e.Name, "pull_request", "pull_request_target", "push"} {
			getenv := environment(t, map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_REF": said.Ref}, string(e.Payload))
			pr, err := ci.PullRequestOf(getenv)
			if name == "merge_group" {
				if err != nil || pr == nil || pr.Base != said.Queue.Base || pr.Head != said.Queue.Head || !pr.Bot {
					t.Errorf("a merge queue: %+v, %v", pr, err)
				}
				continue
			}
			wanted := len(name) >= len("pull_request") && name[:len("pull_request")] == "pull_request"
			whole := readable && said.Request != nil && said.Request.Base.SHA != "" && said.Request.Head.SHA != "" && said.Request.Base.Repo != nil
			switch {
			case err != nil && (!errors.Is(err, ci.ErrEvent) || !wanted || whole):
				t.Errorf("%s as %s: %v", e.Name, name, err)
			case err == nil && wanted && (pr == nil || !whole || pr.Number != said.Request.Number || pr.Base != said.Request.Base.SHA || pr.Head != said.Request.Head.SHA):
				t.Errorf("%s as %s: %+v", e.Name, name, pr)
			case err == nil && !wanted && pr != nil:
				t.Errorf("%s as %s is about %+v", e.Name, name, pr)
			}
			if _, pushErr := ci.PushedToDefaultBranch(getenv); pushErr != nil && !errors.Is(pushErr, ci.ErrEvent) {
				t.Errorf("%s as %s: %v", e.Name, name, pushErr)
			}
			switch {
			case err != nil:
				counts["refused"]++
			case pr != nil:
				counts["about a pull request"]++
			default:
				counts["about none"]++
			}
		}
	}
	if len(events) < 508 || counts["about a pull request"] < 100 || counts["refused"] < 100 {
		t.Errorf("only %d events: %v", len(events), counts)
	}
	t.Logf("%d events, each under up to four names: %v", len(events), counts)
}
