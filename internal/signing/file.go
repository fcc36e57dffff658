// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// pemType is the type of a private key in PKCS #8 (RFC 7468 section 10).
const pemType = "PRIVATE KEY"

// maxKey limits the size of a key file, in bytes. A key on P-256 takes about 240.
const maxKey = 1 << 14

// fileKey is a key in memory.
type fileKey struct{ private *ecdsa.PrivateKey }

var _ Key = fileKey{}

func (k fileKey) Public() *ecdsa.PublicKey { return &k.private.PublicKey }

func (k fileKey) Sign(_ context.Context, digest [sha256.Size]byte) ([]byte, error) {
	return ecdsa.SignASN1(rand.Reader, k.private, digest[:])
}

// NewFile generates a key and writes it to a new file that only its owner can
// read. Errors: fs.ErrExist.
func NewFile(path string) (Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	file, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	err = pem.Encode(file, &pem.Block{Type: pemType, Bytes: der})
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	return fileKey{private}, nil
}

// ReadFile reads a key on P-256 from a file in PEM. Errors: ErrKey,
// fs.ErrNotExist. An error never quotes the file's content.
func ReadFile(path string) (Key, error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxKey))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	block, _ := pem.Decode(content)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("%w %s: not a %q in PEM", ErrKey, path, pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, isECDSA := parsed.(*ecdsa.PrivateKey)
	if err != nil || !isECDSA || private.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w %s: not on the curve P-256", ErrKey, path)
	}
	return fileKey{private}, nil
}
