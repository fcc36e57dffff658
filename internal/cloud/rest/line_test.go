// SPDX-License-Identifier: Apache-2.0

package rest_test

import (
	"testing"

	"github.com/appofapps/roster/internal/cloud/rest"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "plain": "plain", "a\r\n::error::b\x1b[31m": "a ::error::b [31m", "\xff\xfe": "", "many\t\tspaces\n": "many spaces",
		"0123456789abcdefghij-": "0123456789abcdefghij...", "0123456789abcdefghié": "0123456789abcdefghi...", "0123456789abcdefghij": "0123456789abcdefghij",
	} {
		if got := rest.Line(text, 20); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
