// SPDX-License-Identifier: Apache-2.0

// Package catalogue holds the permissions that providers have today, in data files
// that are part of the program. Start with Load. With them a verdict can say
// which existing permissions a change gives, not only which possible ones. The
// package contacts no provider.
//
// A permission of a provider is a word of its namespace:
//
//	msgraph   User.Read.All, for an app      msgraph/User.Read.All:application
//	          ... on behalf of a user        msgraph/User.Read.All:delegated
//	okta      okta.apps.manage               okta/apps:manage
//	cosmos    .../containers/items/read      cosmos/ACCOUNT/DATABASE/CONTAINER:items.read
//	          .../readMetadata               cosmos/ACCOUNT:readMetadata
//	keyvault  get, of a secret               keyvault/VAULT/SECRET:get
package catalogue

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/appofapps/roster/access"
)

//go:embed data
var data embed.FS

// A Namespace is what one provider lists.
type Namespace struct {
	Name      string   `json:"name"`      // the first segment of its words
	Source    string   `json:"source"`    // where the vendor lists them
	Retrieved string   `json:"retrieved"` // day, 2026-01-31
	Scopes    []string `json:"scopes"`    // sorted, each once
}

// Load returns the catalogues by name.
func Load() ([]Namespace, error) {
	files, err := fs.Glob(data, "data/*.json") // sorted
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	var all []Namespace
	for _, name := range files {
		text, err := fs.ReadFile(data, name)
		if err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		n, err := Decode(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all = append(all, n)
	}
	return all, nil
}

var errOrder = errors.New("scopes are not sorted or not unique")

// Decode reads a data file, which has to be as Encode writes it.
func Decode(text []byte) (Namespace, error) {
	var n Namespace
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		return n, fmt.Errorf("decode catalogue: %w", err)
	}
	if !slices.IsSorted(n.Scopes) || len(slices.Compact(slices.Clone(n.Scopes))) != len(n.Scopes) {
		return n, errOrder
	}
	return n, nil
}

// Encode writes a data file: sorted, each scope once and in canonical form.
func Encode(n Namespace) ([]byte, error) {
	scopes := make([]string, len(n.Scopes))
	for i, text := range n.Scopes {
		scope, err := access.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("encode catalogue: %w", err)
		}
		scopes[i] = scope.String()
	}
	slices.Sort(scopes)
	n.Scopes = slices.Compact(scopes)
	text, err := json.MarshalIndent(n, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode catalogue: %w", err)
	}
	return append(text, '\n'), nil
}

// Set returns every word that some catalogues list.
func Set(all []Namespace) (access.Set, error) {
	var scopes []access.Scope
	for _, n := range all {
		for _, text := range n.Scopes {
			scope, err := access.Parse(text)
			if err != nil {
				return access.Set{}, fmt.Errorf("catalogue %s: %w", n.Name, err)
			}
			scopes = append(scopes, scope)
		}
	}
	return access.Union(scopes...), nil
}
