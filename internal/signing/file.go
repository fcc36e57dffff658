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

// maxKey is far more than a key takes.
const maxKey = 1 << 14

// fileKey is a key in memory.
type fileKey struct{ private *ecdsa.PrivateKey }

var _ Key = fileKey{}

func (k fileKey) Public() *ecdsa.PublicKey { return &k.private.PublicKey }

func (k fileKey) Sign(_ context.Context, digest [sha256.Size]byte) ([]byte, error) {
	return ecdsa.SignASN1(rand.Reader, k.private, digest[:])
}

// NewFile makes a key and writes it to a new file, for its owner only. Errors:
// fs.ErrExist.
func NewFile(path string) (Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
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
// fs.ErrNotExist. An error shows nothing of the file.
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
		return nil, fmt.Errorf("%s %w: not a %q in PEM", path, ErrKey, pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, isECDSA := parsed.(*ecdsa.PrivateKey)
	if err != nil || !isECDSA || private.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%s %w on P-256", path, ErrKey)
	}
	return fileKey{private}, nil
}
