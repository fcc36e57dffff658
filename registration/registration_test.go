// SPDX-License-Identifier: Apache-2.0

package registration_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/registration"
)

func sealed(t *testing.T, r registration.Record) registration.Sealed {
	t.Helper()
	s, err := r.Seal()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSealedTravelsTogether shows that value, bytes and digest stay the same
// through the store and through JSON.
func TestSealedTravelsTogether(t *testing.T) {
	t.Parallel()
	s := sealed(t, registration.Record{
		Path: "orders/checkout@prod", Kind: "App", Domain: "orders", Owner: "group:a", Scopes: []string{"orders/x:read"},
		Config: map[string]json.RawMessage{"b": json.RawMessage(`"<&>"`), "a": json.RawMessage(`1.0`)},
	})
	opened, err := registration.Open(s.Bytes(), s.Digest())
	if err != nil || !opened.Equal(s) || opened.Path != s.Path || opened.Digest() != s.Digest() {
		t.Errorf("stored and read: %+v, %v", opened, err)
	}
	text, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	var read registration.Sealed
	if err := json.Unmarshal(text, &read); err != nil || !read.Equal(s) || read.Digest() != s.Digest() {
		t.Errorf("through JSON: %s, %v", text, err)
	}
	again := sealed(t, opened.Record)
	if !again.Equal(s) {
		t.Errorf("sealed again: %s, want %s", again.Bytes(), s.Bytes())
	}
}

// TestOpenLeavesOutUnknownFields reads what a newer version has written: the fields
// that this version knows make the same registration as its own.
func TestOpenLeavesOutUnknownFields(t *testing.T) {
	t.Parallel()
	s := sealed(t, registration.Record{Path: "orders/a", Scopes: []string{}})
	newer := []byte(strings.Replace(string(s.Bytes()), `"scopes":[]`, `"scopes":[],"zone":"eu"`, 1))
	opened, err := registration.Open(newer, canon.Sum(newer))
	if err != nil || !opened.Equal(s) || opened.Digest() != s.Digest() {
		t.Errorf("%s, %v", opened.Bytes(), err)
	}
}

func TestSealedRefuses(t *testing.T) {
	t.Parallel()
	s := sealed(t, registration.Record{Path: "orders/a", Scopes: []string{}})
	if _, err := registration.Open([]byte(strings.Replace(string(s.Bytes()), "orders/a", "orders/b", 1)), s.Digest()); !errors.Is(err, registration.ErrDigest) {
		t.Errorf("altered bytes: %v", err)
	}
	text := append(bytes.Clone(s.Bytes()), " {}"...)
	if _, err := registration.Open(text, canon.Sum(text)); err == nil {
		t.Error("text behind a registration was accepted")
	}
	if err := json.Unmarshal([]byte(`{"path":"orders/a","scopes":[],"admin":true}`), &s); err == nil {
		t.Error("an unknown field was accepted")
	}
	if _, err := json.Marshal(registration.Sealed{}); err == nil {
		t.Error("a registration without bytes was written")
	}
}

func TestDocumentIDs(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][2]string{
		"orders/checkout":                 {"checkout", "registration"},
		"orders/checkout@prod":            {"checkout", "registration@prod"},
		"orders/checkout/worker":          {"checkout", "registration.worker"},
		"orders/checkout/worker/job@prod": {"checkout", "registration.worker.job@prod"},
	} {
		r := registration.Record{Path: path}
		if got := [2]string{r.Partition(), r.DocumentID()}; got != want {
			t.Errorf("%s is kept at %v, want %v", path, got, want)
		}
	}
}
