// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/redact"
)

const canary = "canary-7f3a91c2"

func ExampleSecret() {
	token := redact.New("eyJhbGciOi")
	fmt.Printf("%v %q %+v\n", token, token, struct{ Token redact.Secret }{token})
	fmt.Println(token.Reveal())
	// Output:
	// *** *** {Token:***}
	// eyJhbGciOi
}

// leaked reports the form in which the canary is in a text, "" for none.
func leaked(text string) string {
	for form, value := range map[string]string{
		"plain":         canary,
		"hex":           hex.EncodeToString([]byte(canary)),
		"upper-case":    strings.ToUpper(hex.EncodeToString([]byte(canary))),
		"spaced":        fmt.Sprintf("% x", canary),
		"decimal bytes": strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]"),
		"base64":        base64.RawStdEncoding.EncodeToString([]byte(canary)),
	} {
		if strings.Contains(text, value) {
			return form
		}
	}
	return ""
}

// holder has a secret where fmt reaches it only by reflection.
type holder struct {
	hidden  redact.Secret
	Pointer *redact.Secret
	list    []redact.Secret
	keyed   map[string]redact.Secret
	any     any
}

func values() map[string]any {
	s := redact.New(canary)
	return map[string]any{
		"itself":     s,
		"a pointer":  &s,
		"a struct":   holder{s, &s, []redact.Secret{s}, map[string]redact.Secret{"k": s}, s},
		"a pointed":  &holder{hidden: s, any: &s},
		"a list":     []redact.Secret{s},
		"an any":     []any{s, &s},
		"an array":   [1]redact.Secret{s},
		"an error":   fmt.Errorf("get a token with %v: %w", s, errors.New("refused")),
		"a function": s.Reveal,
	}
}

func TestNoVerbPrintsIt(t *testing.T) {
	t.Parallel()
	for name, value := range values() {
		for _, flags := range []string{"", "+", "#", " ", "-40", "0", "#+", ".3", "# "} {
			for verb := 'A'; verb <= 'z'; verb++ {
				format := "%" + flags + string(verb)
				if form := leaked(fmt.Sprintf(format, value)); form != "" {
					t.Errorf("%s with %s is printed as %s", name, format, form)
				}
			}
		}
	}
}

func TestNoEncoderPrintsIt(t *testing.T) {
	t.Parallel()
	s := redact.New(canary)
	type outer struct {
		Token redact.Secret
		Map   map[string]redact.Secret `xml:"-"`
	}
	value := outer{Token: s, Map: map[string]redact.Secret{"k": s}}
	text, err := json.Marshal(value)
	if want := `{"Token":"***","Map":{"k":"***"}}`; err != nil || string(text) != want {
		t.Errorf("JSON is %s, %v; want %s", text, err, want)
	}
	text, err = xml.Marshal(outer{Token: s})
	if err != nil || leaked(string(text)) != "" || !strings.Contains(string(text), redact.Placeholder) {
		t.Errorf("XML is %s, %v", text, err)
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var out bytes.Buffer
		slog.New(handler(&out)).Info("exchange", "token", s, "pointer", &s, "group", value)
		if form := leaked(out.String()); form != "" || !strings.Contains(out.String(), redact.Placeholder) {
			t.Errorf("%s log holds it as %q: %s", name, form, out.String())
		}
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	if got := redact.New(canary).Reveal(); got != canary {
		t.Errorf("Reveal is %q, want %q", got, canary)
	}
	var zero redact.Secret
	if got := zero.Reveal(); got != "" || zero.String() != redact.Placeholder {
		t.Errorf("zero reveals %q and prints %q", got, zero)
	}
}
