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

// KeyForms lists the forms of a spec for SigningKey.
const KeyForms = kindKeyVault + ":" + keyvault.Form + " or " + kindFile + ":PATH"

// ErrKeyForm is returned for a text that names no key.
var ErrKeyForm = errors.New("unknown key")

// SigningKey returns the key that spec names. Errors: ErrKeyForm, signing.ErrKey,
// fs.ErrNotExist, those of Identity and of the service.
func (r *Run) SigningKey(ctx context.Context, spec string) (signing.Key, error) {
	kind, rest, _ := strings.Cut(spec, ":")
	switch {
	case kind == kindFile && rest != "":
		return signing.ReadFile(rest)
	case kind == kindKeyVault && rest != "":
		return r.vaultKey(ctx, rest)
	}
	return nil, fmt.Errorf("%w: %q is not of the form %s", ErrKeyForm, spec, KeyForms)
}

func (r *Run) vaultKey(ctx context.Context, text string) (signing.Key, error) {
	address, err := keyvault.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyForm, err)
	}
	who, err := r.Identity()
	if err != nil {
		return nil, err
	}
	return keyvault.Open(ctx, address, who, r.client.Transport)
}

// NewSigningKey creates a key in the file that spec names. Errors: ErrKeyForm,
// fs.ErrExist.
func NewSigningKey(spec string) (signing.Key, error) {
	path, isFile := strings.CutPrefix(spec, kindFile+":")
	if !isFile || path == "" {
		return nil, fmt.Errorf("%w: roster creates keys of the form %s:PATH only, not %q", ErrKeyForm, kindFile, spec)
	}
	return signing.NewFile(path)
}
