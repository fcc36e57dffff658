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

// gitHubSink writes to the files of a step of GitHub Actions.
type gitHubSink struct {
	getenv func(string) string
	random io.Reader
}

// Output writes to the file that GITHUB_OUTPUT names. The delimiter around the value is
// random, so that no value can become another output; the library's delimiter is
// fixed.
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
		return fmt.Errorf("%w: %s contains the delimiter", errOutput, name)
	}
	return appendTo(s.getenv("GITHUB_OUTPUT"), name+"<<"+delimiter+"\n"+value+"\n"+delimiter+"\n")
}

// Summary writes to the file that GITHUB_STEP_SUMMARY names. A line replaces a page that
// is too large: GitHub would drop it silently.
func (s gitHubSink) Summary(markdown string) error {
	return appendTo(s.getenv("GITHUB_STEP_SUMMARY"), fit(markdown, maxSummary))
}
