// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// maxSummary is the largest summary of a step; a larger one is dropped as a whole
// (docs.github.com, "Workflow commands", adding a job summary: 1 MiB).
const maxSummary = 1 << 20

// gitHubSink writes to the files that a step of GitHub Actions is given.
type gitHubSink struct {
	getenv func(string) string
	random io.Reader
}

// Output writes to the file that GITHUB_OUTPUT names. The value is between two
// lines of a random text, which it cannot know, so that no value becomes another
// output: the library's own delimiter is fixed.
func (s gitHubSink) Output(name, value string) error {
	if err := checkName(name); err != nil {
		return err
	}
	var seed [16]byte
	if _, err := io.ReadFull(s.random, seed[:]); err != nil {
		return fmt.Errorf("draw delimiter: %w", err)
	}
	delimiter := "roster_" + hex.EncodeToString(seed[:])
	if strings.Contains(value, delimiter) {
		return fmt.Errorf("the value of %s %w: it holds the text that ends it", name, errOutput)
	}
	return appendTo(s.getenv("GITHUB_OUTPUT"), name+"<<"+delimiter+"\n"+value+"\n"+delimiter+"\n")
}

// Summary writes to the file that GITHUB_STEP_SUMMARY names. What does not fit is
// replaced by a line that says so: GitHub would drop it in silence.
func (s gitHubSink) Summary(markdown string) error {
	return appendTo(s.getenv("GITHUB_STEP_SUMMARY"), fit(markdown, maxSummary))
}
