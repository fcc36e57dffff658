// SPDX-License-Identifier: Apache-2.0

package report

// FailureKind is the kind of the JSON form of a failure.
const FailureKind = "Failure"

// Failure is what a command prints instead of its result if it has none.
type Failure struct {
	APIVersion string `json:"apiVersion"` // manifest.APIVersion
	Kind       string `json:"kind"`       // FailureKind
	Command    string `json:"command"`    // that failed, as "roster plan"
	ExitCode   int    `json:"exitCode"`   // of the process
	Message    string `json:"message"`    // as on standard error
}

// Failures writes a failure.
func Failures() Result[Failure] {
	return Result[Failure]{asText(plainly(func(p *page, f Failure) {
		p.line("%s: %s", f.Command, f.Message)
	})), asJSON(itself[Failure])}
}
