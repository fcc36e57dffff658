// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/appofapps/roster/internal/cloud/keyvault"
	"github.com/appofapps/roster/internal/signing"
)

// The kinds of keys, as they begin a spec.
const (
	kindFile     = "file"
	kindKeyVault = "keyvault"
)

// KeyForms lists what SigningKey takes.
const KeyForms = kindKeyVault + ":" + keyvault.Form + " or " + kindFile + ":PATH"

// ErrKeyForm is returned for a key of no known form.
var ErrKeyForm = errors.New("names no key")

// SigningKey returns the key that spec names. Errors beside those of the service
// and of an identity that cannot be had: ErrKeyForm, signing.ErrKey,
// fs.ErrNotExist.
func SigningKey(ctx context.Context, spec string, w World) (signing.Key, error) {
	kind, rest, _ := strings.Cut(spec, ":")
	switch {
	case kind == kindFile && rest != "":
		return signing.ReadFile(rest)
	case kind == kindKeyVault && rest != "":
		return vaultKey(ctx, rest, w)
	}
	return nil, fmt.Errorf("%q %w: write %s", spec, ErrKeyForm, KeyForms)
}

func vaultKey(ctx context.Context, text string, w World) (signing.Key, error) {
	address, err := keyvault.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyForm, err)
	}
	who, err := Identity(w)
	if err != nil {
		return nil, err
	}
	return keyvault.Open(ctx, address, who, HTTPClient().Transport)
}

// NewSigningKey makes the key in a file that spec names. Errors: ErrKeyForm,
// fs.ErrExist.
func NewSigningKey(spec string) (signing.Key, error) {
	path, isFile := strings.CutPrefix(spec, kindFile+":")
	if !isFile || path == "" {
		return nil, fmt.Errorf("%q %w that can be made here: write %s:PATH", spec, ErrKeyForm, kindFile)
	}
	return signing.NewFile(path)
}
