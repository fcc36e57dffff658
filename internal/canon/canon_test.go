// SPDX-License-Identifier: Apache-2.0

package canon_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/canon"
)

func TestCanonicalize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"spaces and order", "{ \"b\" : 2,\n\"a\":[1, true ,null] }", `{"a":[1,true,null],"b":2}`},
		{"names by UTF-16, RFC 8785 section 3.2.3", `{"\uD83D\uDE02":1,"\uFB33":2,"\u20ac":3,"1":4,"\u0080":5}`, "{\"1\":4,\"\u0080\":5,\"€\":3,\"😂\":1,\"\ufb33\":2}"},
		{"shortest escapes", `"\u000f\u000a\u0041\u003c\u002f\u2028"`, "\"\\u000f\\nA</\u2028\""},
		{"numbers, RFC 8785 appendix B", `[0.0,-0,1e21,1E-7,333333333.3333333,4.50,2e-3,123456789012345680000]`, `[0,0,1e+21,1e-7,333333333.3333333,4.5,0.002,123456789012345680000]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := canon.Canonicalize([]byte(test.text))
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestCanonicalizeRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{`, `{} {}`, `{"a":1,"a":2}`, "\"\xff\"", `"\ud800"`, `01`, `nul`} {
		if got, err := canon.Canonicalize([]byte(text)); err == nil {
			t.Errorf("%q became %s", text, got)
		}
	}
	for _, number := range []string{"9007199254740993", "0.1000000000000000055511151231257827", "1e400", "-12345678901234567890", "100000000000000000000000000000001"} {
		if _, err := canon.Canonicalize([]byte("[" + number + "]")); !errors.Is(err, canon.ErrInexact) {
			t.Errorf("%s: error is %v, want ErrInexact", number, err)
		}
	}
	if canon.ExactNumber("1e-999999999") || !canon.ExactNumber("0e-999999999") {
		t.Error("a number too small for a double is exact, or zero is not")
	}
	for _, number := range []string{"0", "-0", "0.1", "9007199254740992", "1e300", "123456789012345680000", "3.141592653589793"} {
		if !canon.ExactNumber(number) {
			t.Errorf("%s is not exact", number)
		}
	}
}

func TestMarshalDoesNotEscapeHTML(t *testing.T) {
	t.Parallel()
	got, err := canon.Marshal(map[string]any{"b": "<&>", "a": json.RawMessage(`{"y":1,"x":2}`)})
	if want := `{"a":{"x":2,"y":1},"b":"<&>"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	// FIPS 180-4's example message "abc".
	if got, want := canon.Sum([]byte("abc")), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzCanonicalize holds three things of every JSON text: the canonical form is
// a fixed point, it means the same, and another spelling leads to it.
func FuzzCanonicalize(f *testing.F) {
	for _, seed := range []string{`{"b":[1,2.50,-0,1e-7],"a":"\u000f\n<"}`, `"\ud83d\ude02"`, `9007199254740993`, `1e-999999999`, `{"a":1,"a":2}`, "\"\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := canon.Canonicalize(text)
		if err != nil {
			return
		}
		second, err := canon.Canonicalize(first)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s became %s became %s, %v", text, first, second, err)
		}
		var meant, kept any
		if json.Unmarshal(text, &meant) != nil || json.Unmarshal(first, &kept) != nil {
			t.Fatalf("%q and %q are not both JSON", text, first)
		}
		a, _ := json.Marshal(meant)
		b, _ := json.Marshal(kept)
		// encoding/json keeps the sign of zero, RFC 8785 does not.
		if !bytes.Equal(a, b) && !strings.Contains(string(a), "-0") {
			t.Fatalf("%s means %s, its canonical form %s", text, a, b)
		}
		var spaced bytes.Buffer
		if err := json.Indent(&spaced, text, " ", "\t"); err != nil {
			t.Fatal(err)
		}
		if third, err := canon.Canonicalize(spaced.Bytes()); err != nil || !bytes.Equal(first, third) {
			t.Fatalf("with other spaces it became %s, %v", third, err)
		}
	})
}
