// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"testing"

	"github.com/appofapps/roster/manifest"
)

// TestNumbersOfOtherReaders wants quotes around what another reader of YAML takes for a
// number, as a value and as a key.
func TestNumbersOfOtherReaders(t *testing.T) {
	t.Parallel()
	for text, refused := range map[string]bool{
		"1e999": true, "123e456": true, "-1E+9999": true, "9e99999": true, "1.5e400": true, "5e_3": true,
		"1:30": true, "190:20:30": true, "-1:30": true, "190:20:30.15": true, "+1:0": true,
		"1_000": true, "0o17": true, "017": true, "0x1F": true, "0b101": true, ".inf": true, "-.INF": true, ".nan": true, "+12": true, ".5e999": true,
		"2001-01-01": false, "1-2": false, "v1.2.3": false, "1.2.3": false, "30d": false, "e123": false, "123e": false, "8080:80": false,
		"a1:30": false, "deadbeef": false, "12ab34": false, "1:30pm": false, "10.0.0.1": false, "::1": false, "'1e999'": false, "\"1:30\"": false,
	} {
		_, asValue := manifest.Parse("x.yaml", []byte("a: "+text+"\n"), manifest.Limits{})
		_, asKey := manifest.Parse("x.yaml", []byte("? "+text+"\n: a\n"), manifest.Limits{})
		_, inFlow := manifest.Parse("x.yaml", []byte("a: {"+text+": a}\n"), manifest.Limits{})
		if got := len(asValue) > 0; got != refused {
			t.Errorf("%s as a value: %v", text, asValue)
		}
		if refused && (len(asKey) == 0 || len(inFlow) == 0) {
			t.Errorf("%s as a key: %v, %v", text, asKey, inFlow)
		}
	}
}
