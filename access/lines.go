// SPDX-License-Identifier: Apache-2.0

package access

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the longest line that DiffLines reads, in bytes, its end included.
const MaxLine = 1 << 20

// verdict is one line of DiffLines' output.
type verdict struct {
	ID json.RawMessage `json:"id"` // as it was read, to the letter
	Diff
}

// lineSteps is what each line adds to the budget of all: about half a millisecond.
const lineSteps = 1 << 16

// DiffLines reads one question per line,
//
//	{"id": "checkout", "before": {"allow": [...]}, "after": {"allow": [...], "deny": [...]}}
//
// where the sets are as in [ParseSet], and writes one answer per line, in the
// same order, each by one call of w.Write:
//
//	{"id":"checkout","newAccess":true,"witness":"orders/x:read","removedAccess":false,"complete":true}
//
// All lines share a budget, to which each line adds: many hard lines get complete:
// false, and the others their answer.
//
// The first line that is no question, be it empty, ends it with an error that
// names the line. The context is looked at before each line.
func DiffLines(ctx context.Context, r io.Reader, w io.Writer) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, MaxLine)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // which would change an id
	budget := NewBudget(0)
	number := 1
	for ; lines.Scan(); number++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("compare line %d: %w", number, err)
		}
		budget.refill(lineSteps)
		answer, err := diffLine(budget, lines.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := encoder.Encode(answer); err != nil {
			return fmt.Errorf("write the answer to line %d: %w", number, err)
		}
	}
	err := lines.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("line %d: longer than %d bytes", number, MaxLine)
	}
	if err != nil {
		return fmt.Errorf("read line %d: %w", number, err)
	}
	return nil
}

func diffLine(budget *Budget, line []byte) (verdict, error) {
	fields, err := readObject(line, []string{"id", "before", "after"}, nil)
	if err != nil {
		return verdict{}, err
	}
	if fields["id"][0] != '"' {
		return verdict{}, errors.New(`field "id": not a string`)
	}
	before, err := ParseSet(fields["before"])
	if err != nil {
		return verdict{}, fmt.Errorf("before: %w", err)
	}
	after, err := ParseSet(fields["after"])
	if err != nil {
		return verdict{}, fmt.Errorf("after: %w", err)
	}
	return verdict{ID: fields["id"], Diff: budget.Difference(before, after)}, nil
}
