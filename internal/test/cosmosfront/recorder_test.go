// SPDX-License-Identifier: Apache-2.0

package cosmosfront_test

import (
	"fmt"
	"runtime"
	"testing"
)

// recorder is a test whose result another test checks.
type recorder struct {
	testing.TB
	outcome string
	message string
}

func (r *recorder) Helper() {}

func (r *recorder) Skip(args ...any) { r.end("skipped", args) }

func (r *recorder) Fatal(args ...any) { r.end("failed", args) }

func (r *recorder) end(outcome string, args []any) {
	r.outcome, r.message = outcome, fmt.Sprint(args...)
	runtime.Goexit()
}
