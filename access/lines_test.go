// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/appofapps/roster/access"
)

func TestDiffLines(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, out string }{
		{"nothing", "", ""},
		{
			"new",
			`{"id":"1","before":{"allow":["o/a:r"]},"after":{"allow":["o/*:r"]}}`,
			`{"id":"1","newAccess":true,"witness":"o/x:r","removedAccess":false,"complete":true}`,
		},
		{
			"removed, fields in another order",
			`{"after":{"allow":[]},"before":{"allow":["o/a:r"],"deny":[]},"id":"1"}`,
			`{"id":"1","newAccess":false,"removedAccess":true,"removedWitness":"o/a:r","complete":true}`,
		},
		{
			"id to the letter",
			`{"id":"<b>&\u0041\"\u2028` + "\u2028" + `","before":{"allow":[]},"after":{"allow":[]}}`,
			`{"id":"<b>&\u0041\"\u2028` + "\u2028" + `","newAccess":false,"removedAccess":false,"complete":true}`,
		},
		{
			"carriage returns, no last line end",
			`{"id":"1","before":{"allow":[]},"after":{"allow":[]}}` + "\r\n" + `{"id":"1","before":{"allow":[]},"after":{"allow":[]}}`,
			`{"id":"1","newAccess":false,"removedAccess":false,"complete":true}` + "\n" +
				`{"id":"1","newAccess":false,"removedAccess":false,"complete":true}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := access.DiffLines(t.Context(), strings.NewReader(tt.in), &out); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSuffix(out.String(), "\n"); got != tt.out {
				t.Errorf("DiffLines wrote\n%s\nwant\n%s", got, tt.out)
			}
		})
	}
}

const (
	aQuestion = `{"id":"1","before":{"allow":[]},"after":{"allow":[]}}` + "\n"
	anAnswer  = `{"id":"1","newAccess":false,"removedAccess":false,"complete":true}` + "\n"
)

func TestDiffLinesRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, message string }{
		{"empty line", "", "line 2: not a JSON object"},
		{"no id", `{"before":{"allow":[]},"after":{"allow":[]}}`, `line 2: field "id" is missing`},
		{"id a number", `{"id":1,"before":{"allow":[]},"after":{"allow":[]}}`, `line 2: field "id": not a string`},
		{"id null", `{"id":null,"before":{"allow":[]},"after":{"allow":[]}}`, `line 2: field "id": not a string`},
		{"no after", `{"id":"1","before":{"allow":[]}}`, `line 2: field "after" is missing`},
		{"bad before", `{"id":"1","before":{"allow":["o"]},"after":{"allow":[]}}`, `line 2: before: allow[0]: scope "o"`},
		{"bad after", `{"id":"1","before":{"allow":[]},"after":7}`, `line 2: after: not a JSON object`},
		{"unknown field", `{"id":"1","before":{"allow":[]},"after":{"allow":[]},"at":1}`, `line 2: unknown field "at"`},
		{"two on one line", strings.TrimSpace(aQuestion) + aQuestion, "line 2: more than one JSON value"},
		{"too long", `{"id":"` + strings.Repeat("x", access.MaxLine) + `"}`, "line 2: longer than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := access.DiffLines(t.Context(), strings.NewReader(aQuestion+tt.line+"\n"+aQuestion), &out)
			if err == nil || !strings.HasPrefix(err.Error(), tt.message) {
				t.Errorf("DiffLines: %v; want %s...", err, tt.message)
			}
			if out.String() != anAnswer {
				t.Errorf("DiffLines wrote %q, want the answer to line 1 alone", out.String())
			}
		})
	}
}

func TestDiffLinesFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name    string
		ctx     context.Context
		r       io.Reader
		w       io.Writer
		want    error
		message string
	}{
		{"reader", t.Context(), io.MultiReader(strings.NewReader(aQuestion), iotest.ErrReader(broken)), io.Discard, broken, "read line 2: "},
		{"writer", t.Context(), strings.NewReader(aQuestion), writerFunc(func([]byte) (int, error) { return 0, broken }), broken, "write the answer to line 1: "},
		{"context", cancelled, strings.NewReader(aQuestion), io.Discard, context.Canceled, "compare line 1: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := access.DiffLines(tt.ctx, tt.r, tt.w)
			if !errors.Is(err, tt.want) || !strings.HasPrefix(err.Error(), tt.message) {
				t.Errorf("DiffLines: %v; want %s%v", err, tt.message, tt.want)
			}
		})
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
