// SPDX-License-Identifier: Apache-2.0

package signing_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/signing"
)

const text = "roster test\nacme\n"

func newFile(t *testing.T) (key signing.Key, path, line string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "key.pem")
	key, err := signing.NewFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if line, err = signing.PublicLine("acme", key.Public()); err != nil {
		t.Fatal(err)
	}
	return key, path, line
}

func TestSignedNotes(t *testing.T) {
	t.Parallel()
	key, path, line := newFile(t)
	signed, err := signing.Sign(t.Context(), text, "acme", key)
	if err != nil {
		t.Fatal(err)
	}
	if got, name, err := signing.Open(signed, []string{line}); got != text || name != "acme" || err != nil {
		t.Fatalf("%q of %q: %v", got, name, err)
	}
	again, err := signing.ReadFile(path)
	if err != nil || !again.Public().Equal(key.Public()) {
		t.Errorf("the key that was read is another one: %v", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v: %v", info.Mode(), err)
	}
	if _, err := signing.NewFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a key was overwritten: %v", err)
	}
	for at := range signed {
		spoilt := []byte(signed)
		spoilt[at] ^= 1
		if _, _, err := signing.Open(string(spoilt), []string{line}); !errors.Is(err, signing.ErrNotSigned) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
	_, _, strangers := newFile(t)
	if _, _, err := signing.Open(signed, []string{strangers}); !errors.Is(err, signing.ErrNotSigned) {
		t.Error(err)
	}
}

// TestOpenSSLAgrees has another program verify a signature.
func TestOpenSSLAgrees(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("SKIPPED: there is no openssl")
	}
	key, path, _ := newFile(t)
	signed, err := signing.Sign(t.Context(), text, "acme", key)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(signed)
	raw, err := base64.StdEncoding.DecodeString(fields[len(fields)-1])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	public := filepath.Join(dir, "public.pem")
	if out, err := exec.CommandContext(t.Context(), openssl, "pkey", "-in", path, "-pubout", "-out", public).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), openssl, "dgst", "-sha256", "-verify", public,
		"-signature", write("signature", raw[4:]), write("text", []byte(text))).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Verified OK")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	_, _, line := newFile(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	large, err := signing.PublicLine("acme", &p384.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	edwards, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(edwards)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	foreign := fmt.Sprintf("acme+%x+%s", sum[:4], base64.StdEncoding.EncodeToString(append([]byte{2}, der...)))
	for _, bad := range []string{
		"", "acme", "acme++", large, foreign, "+" + line, strings.Replace(line, "acme", "ac me", 1), strings.Replace(line, "acme+", "acme+0", 1),
		strings.ToUpper(line), line + "x", strings.Replace(line, "+A", "+B", 1), line[:len(line)-8],
	} {
		if err := signing.Check(bad); !errors.Is(err, signing.ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := signing.Check(line); err != nil {
		t.Error(err)
	}

	seed, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.MarshalPKCS8PrivateKey(p384)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte("hunter2"), "public": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"ed25519": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: seed}), "p384": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: other}),
		"cut": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: seed[:9]}),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := signing.ReadFile(path); !errors.Is(err, signing.ErrKey) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := signing.ReadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// liar signs with another key than it shows.
type liar struct{ signing.Key }

func (liar) Sign(context.Context, [sha256.Size]byte) ([]byte, error) { return []byte("no"), nil }

func TestAWrongSignatureIsNotHandedOut(t *testing.T) {
	t.Parallel()
	key, _, _ := newFile(t)
	if signed, err := signing.Sign(t.Context(), text, "acme", liar{key}); !errors.Is(err, signing.ErrKey) {
		t.Errorf("%q: %v", signed, err)
	}
}
