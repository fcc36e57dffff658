// SPDX-License-Identifier: Apache-2.0

package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"github.com/appofapps/roster/finding"
)

// fingerprints are stable names of the findings in one report.
type fingerprints struct {
	lineNumber *regexp.Regexp
	seen       map[string]int // occurrences, by what two runs agree on
}

func newFingerprints() *fingerprints {
	return &fingerprints{regexp.MustCompile(`:\d+\b`), map[string]int{}}
}

// next returns the fingerprint of the next finding. It leaves out the line of the
// finding and the lines that its message names. Findings that differ in nothing
// else are told apart by their order.
func (p *fingerprints) next(f finding.Finding) string {
	same := fmt.Sprintf("%q %q %q %q", f.Rule, f.File, f.Node, p.lineNumber.ReplaceAllString(f.Message, ":"))
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", same, p.seen[same]))
	p.seen[same]++
	const length = 16 // bytes
	return hex.EncodeToString(sum[:length])
}
