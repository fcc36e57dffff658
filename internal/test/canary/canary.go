// SPDX-License-Identifier: Apache-2.0

// Package canary finds secrets in texts that must not contain them, in plain form
// and in common encodings. Start with Find. Only tests import it.
package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Forms returns the forms of a secret, by the name of the encoding. For base64 it
// returns the part that does not depend on the neighbouring bytes, for each of the
// three possible offsets (RFC 4648 section 4).
func Forms(secret string) map[string][]string {
	percent := strings.Builder{}
	for _, b := range []byte(secret) {
		fmt.Fprintf(&percent, "%%%02X", b)
	}
	quoted, err := json.Marshal(secret)
	if err != nil {
		panic("a string is JSON: " + err.Error())
	}
	ascii := strings.Builder{}
	for _, r := range secret {
		fmt.Fprintf(&ascii, `\u%04x`, r)
	}
	code := hex.EncodeToString([]byte(secret))
	return map[string][]string{
		"plain":     {secret},
		"base64":    base64Of(base64.RawStdEncoding, secret),
		"base64url": base64Of(base64.RawURLEncoding, secret),
		"hex":       {code, strings.ToUpper(code)},
		"percent":   {url.QueryEscape(secret), url.PathEscape(secret), percent.String(), strings.ToLower(percent.String())},
		"JSON":      {string(quoted[1 : len(quoted)-1]), ascii.String()},
	}
}

func base64Of(e *base64.Encoding, secret string) []string {
	list := make([]string, 3)
	for before := range list {
		text := e.EncodeToString([]byte(strings.Repeat("\x00", before) + secret))
		first := (before*8 + 5) / 6            // the first character that depends on the secret alone
		last := (before + len(secret)) * 8 / 6 // the first one that does not
		list[before] = text[first:min(last, len(text))]
	}
	return list
}

// shortest is the length of the shortest secret that Find accepts. A shorter one
// occurs in texts by chance.
const shortest = 10

// Find returns which of the secrets a text contains, and in which encoding. It
// describes a secret without quoting it, because tests print the result. It also
// reports a secret that is too short.
func Find(text []byte, secrets ...string) []string {
	var found []string
	for i, secret := range secrets {
		if len(secret) < shortest {
			found = append(found, fmt.Sprintf("secret %d is too short to be looked for", i))
			continue
		}
		forms := Forms(secret)
		for _, name := range slices.Sorted(maps.Keys(forms)) {
			if slices.ContainsFunc(forms[name], func(form string) bool { return bytes.Contains(text, []byte(form)) }) {
				found = append(found, fmt.Sprintf("secret %d, %s", i, name))
			}
		}
	}
	return found
}
