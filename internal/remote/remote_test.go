// SPDX-License-Identifier: Apache-2.0

package remote_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/appofapps/roster/internal/remote"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "plain": "plain", "a\r\n::error::b\x1b[31m": "a ::error::b [31m", "\xff\xfe": "", "many\t\tspaces\n": "many spaces",
		"0123456789abcdefghij-": "0123456789abcdefghij...", "0123456789abcdefghié": "0123456789abcdefghi...", "0123456789abcdefghij": "0123456789abcdefghij",
	} {
		if got := remote.Line(text, 20); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestBare(t *testing.T) {
	t.Parallel()
	cause := errors.New("cut")
	if err := remote.Bare(&url.Error{Op: "Get", URL: "https://host/?token=canary", Err: cause}); !errors.Is(err, cause) || err.Error() != "cut" {
		t.Error(err)
	}
	if err := remote.Bare(cause); !errors.Is(err, cause) {
		t.Error(err)
	}
}
