// SPDX-License-Identifier: Apache-2.0

package token_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/provider/token"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/rotatetest"
	"github.com/appofapps/roster/rotate/sink/file"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// TestForm makes tokens, and shows that nothing else looks like one.
func TestForm(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile("^" + token.Pattern + "$")
	seen := map[string]bool{}
	for range 1000 {
		secret, err := token.New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		text := secret.Reveal()
		if !pattern.MatchString(text) || !token.WellFormed(text) || seen[text] {
			t.Fatalf("a token that is none, or one twice")
		}
		seen[text] = true
		for i := len("rst_"); i < len(text); i++ {
			for _, c := range []byte("0Az") {
				spoilt := []byte(text)
				if spoilt[i] == c {
					continue
				}
				spoilt[i] = c
				if token.WellFormed(string(spoilt)) {
					t.Fatalf("character %d can be another", i)
				}
			}
		}
	}
	for _, text := range []string{"", "rst_", "rst_" + strings.Repeat("0", 49), strings.Repeat("x", 53)} {
		if token.WellFormed(text) {
			t.Errorf("%q looks like a token", text)
		}
	}
	if _, err := token.New(bytes.NewReader(nil)); err == nil {
		t.Error("a token of no randomness")
	}
}

// TestYear renews a token into two files for 400 days, four times a day: at every
// step both files hold a token that is valid, no more than two are, and no store
// has ever seen one.
func TestYear(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	st, folder := storetest.NewMemory(), t.TempDir()
	target := rotate.Target{
		Container: "orders", Partition: "checkout", Domain: "orders", Node: "orders/checkout@prod", ID: "credential@prod.api", Name: "api", Type: token.Type,
		Every: 30 * 24 * time.Hour, Overlap: 24 * time.Hour, Sinks: []registration.Sink{{File: "one"}, {File: "below/two"}},
	}
	config := rotate.Config{
		Store:  st,
		Source: func(rotate.Target) (rotate.Source, error) { return token.Source{Store: st, Now: clock}, nil },
		Sink:   func(registration.Sink) (rotate.Sink, error) { return file.Sink{Folder: folder}, nil },
		Now:    clock, Sleep: func(context.Context, time.Duration) error { return nil }, Random: rand.Reader,
	}
	all := map[string]bool{}
	rotated := 0
	for begin := now; now.Sub(begin) < 400*24*time.Hour; now = now.Add(6 * time.Hour) {
		config.Holder = now.String()
		o, err := rotate.Run(t.Context(), target, rotate.Scheduled, config)
		if err != nil {
			t.Fatal(err)
		}
		if o.Rotated {
			rotated++
		}
		tokens, _, err := token.Load(t.Context(), st, "orders", "checkout", target.ID)
		if err != nil || len(tokens.Tokens) > 2 {
			t.Fatalf("%d tokens: %v", len(tokens.Tokens), err)
		}
		for _, name := range []string{"one", "below/two"} {
			text, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := tokens.Check(string(text), now); err != nil {
				t.Fatalf("%s at %s: the token %v", name, now, err)
			}
			all[string(text)] = true
			if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("%v, %v", info, err)
			}
		}
	}
	if rotated < 13 || len(all) != rotated {
		t.Errorf("%d rotations, %d tokens", rotated, len(all))
	}
	for _, kind := range []store.Type{rotate.TypeCredential, rotate.TypeRotation, store.TypeEvent, store.TypeHead, "token"} {
		docs, err := st.List(t.Context(), "orders", "checkout", kind)
		if err != nil || len(docs) == 0 {
			t.Fatalf("%s: %d documents, %v", kind, len(docs), err)
		}
		for _, doc := range docs {
			for text := range all {
				if bytes.Contains(doc.Body, []byte(text)) || bytes.Contains(doc.Body, []byte(text[4:30])) {
					t.Errorf("%s holds a token", doc.ID)
				}
			}
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files are left, %v", len(entries), err)
	}
	t.Logf("%d rotations in 400 days", rotated)
}

// TestCheck refuses what is not valid, and says why.
func TestCheck(t *testing.T) {
	t.Parallel()
	st, now := storetest.NewMemory(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	source := token.Source{Store: st, Now: func() time.Time { return now }}
	target := rotate.Target{Container: "orders", Partition: "checkout", Node: "orders/checkout", ID: "credential.api"}
	make := func() (rotate.Request, string) {
		value, err := token.New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return rotate.Request{Marker: "m", Value: value, Expires: now.Add(time.Hour)}, value.Reveal()
	}
	first, text := make()
	for range 2 { // a second call makes no second one
		if made, err := source.Create(t.Context(), target, first); err != nil || made.Key == "" || !made.Expires.Equal(first.Expires) {
			t.Fatalf("%+v, %v", made, err)
		}
	}
	second, other := make()
	if _, err := source.Create(t.Context(), target, second); err != nil {
		t.Fatal(err)
	}
	third, unknown := make()
	if _, err := source.Create(t.Context(), target, third); !errors.Is(err, token.ErrFull) {
		t.Errorf("a third token: %v", err)
	}
	tokens, _, err := token.Load(t.Context(), st, "orders", "checkout", "credential.api")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text string
		at   time.Time
		want error
	}{
		"valid": {text, now, nil}, "the other": {other, now, nil}, "expired": {text, now.Add(time.Hour), token.ErrExpired},
		"unknown": {unknown, now, token.ErrUnknown}, "cut": {text[:52], now, token.ErrForm}, "with a space": {text + " ", now, token.ErrForm}, "empty": {"", now, token.ErrForm},
	} {
		if err := tokens.Check(test.text, test.at); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	keys, err := source.List(t.Context(), target)
	if err != nil || len(keys) != 2 || keys[0].Marker != "m" {
		t.Errorf("%+v, %v", keys, err)
	}
	for range 2 { // one that is not there is ended
		if err := source.Revoke(t.Context(), target, rotate.Revocation{Key: keys[0].ID}); err != nil {
			t.Error(err)
		}
	}
	if err := source.Verify(t.Context(), target, keys[0].ID, first.Value); err == nil {
		t.Error("a token that was ended works")
	}
}

// TestContract holds the source to the contract of sources.
func TestContract(t *testing.T) {
	t.Parallel()
	rotatetest.TestSource(t, func(*testing.T) rotatetest.Provider {
		now, st := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), storetest.NewMemory()
		clock := func() time.Time { return now }
		target := rotate.Target{Container: "orders", Partition: "checkout", Domain: "orders", Node: "orders/checkout", ID: "credential.api", Name: "api", Type: token.Type}
		return rotatetest.Provider{
			Source: token.Source{Store: st, Now: clock}, Target: target, Now: clock, Advance: func(d time.Duration) { now = now.Add(d) },
			Accepted: func(value string) bool {
				tokens, _, err := token.Load(context.Background(), st, target.Container, target.Partition, target.ID)
				return err == nil && tokens.Check(value, now) == nil
			},
		}
	})
}
