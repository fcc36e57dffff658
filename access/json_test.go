// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
)

func TestParseSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		same       texts
	}{
		{"nothing", `{"allow":[]}`, texts{}},
		{"allow", `{"allow":["o/*:r"]}`, texts{allow: []string{"o/*:r"}}},
		{"deny", `{"deny":["o/x:r"],"allow":["o/*:r"]}`, texts{allow: []string{"o/*:r"}, deny: []string{"o/x:r"}}},
		{"empty deny", `{"allow":["o/*:r"],"deny":[]}`, texts{allow: []string{"o/*:r"}}},
		{"only deny", `{"allow":[],"deny":["**:*"]}`, texts{}},
		{"escapes and blanks", " { \"\\u0061llow\" : [ \"o\\u002fx:r\" ] }\n", texts{allow: []string{"o/x:r"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := access.ParseSet([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if d := access.Difference(tt.same.set(), got); d != (access.Diff{Complete: true}) {
				t.Errorf("ParseSet(%s) is not %v: %+v", tt.text, tt.same, d)
			}
		})
	}
}

func TestParseSetRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, message string
		syntax              bool
	}{
		{"nothing", ``, "not a JSON object", false},
		{"no object", `["o:r"]`, "not a JSON object", false},
		{"null", `null`, "not a JSON object", false},
		{"no JSON", `{"allow":[}`, `field "allow"`, false},
		{"cut", `{"allow":["o:r"]`, "end of object", false},
		{"two values", `{"allow":[]} {}`, "more than one JSON value", false},
		{"trailing text", `{"allow":[]} x`, "more than one JSON value", false},
		{"no allow", `{"deny":[]}`, `field "allow" is missing`, false},
		{"unknown field", `{"allow":[],"alow":[]}`, `unknown field "alow"; allowed: ["allow" "deny"]`, false},
		{"other case", `{"Allow":[]}`, `unknown field "Allow"`, false},
		{"field twice", `{"allow":[],"allow":["**:*"]}`, `duplicate field "allow"`, false},
		{"field twice, escaped", `{"allow":[],"\u0061llow":["**:*"]}`, `duplicate field "allow"`, false},
		{"allow null", `{"allow":null}`, `field "allow": not a list of strings`, false},
		{"deny null", `{"allow":[],"deny":null}`, `field "deny": not a list of strings`, false},
		{"allow a string", `{"allow":"o:r"}`, `field "allow": not a list of strings`, false},
		{"a number", `{"allow":["o:r",1]}`, `field "allow": not a list of strings`, false},
		{"a null", `{"allow":["o:r",null]}`, "allow[1]: null is not a scope", false},
		{"no scope", `{"allow":["o:r","o"]}`, `allow[1]: scope "o": no verb`, true},
		{"no scope in deny", `{"allow":[],"deny":["a**:r"]}`, `deny[0]: scope "a**:r": misplaced "**"`, true},
		{"lone surrogate", `{"allow":["o\ud800:r"]}`, "allow[0]: scope", true},
		{"not UTF-8", "{\"allow\":[\"o\xff:r\"]}", "not valid UTF-8", false},
		{"deep", `{"allow":` + strings.Repeat("[", 100_000), `field "allow"`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := access.ParseSet([]byte(tt.text))
			if err == nil || !strings.HasPrefix(err.Error(), tt.message) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("ParseSet: %v; want one line, %s...", err, tt.message)
			}
			if _, is := errors.AsType[*access.SyntaxError](err); is != tt.syntax {
				t.Errorf("a SyntaxError: %v, want %v", !tt.syntax, tt.syntax)
			}
			if got != (access.Set{}) {
				t.Error("a set beside the error")
			}
		})
	}
}
