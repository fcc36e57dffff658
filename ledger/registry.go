// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
)

// ErrForeignStore is returned for a store that another registry owns.
var ErrForeignStore = errors.New("store of another registry")

// Address of the registry document: the system container, which no domain can be
// named after, and its only partition.
const (
	SystemContainer = manifest.SystemContainer
	SystemPartition = "root"
	registryID      = "registry"
)

// typeRegistry is the type of the registry document.
const typeRegistry store.Type = "registry"

// Registry is the registry document: which registry owns the store, and the
// container of every domain that was ever written. A domain that leaves the
// manifests stays listed, so its registrations are seen as removed.
type Registry struct {
	Name    string            `json:"registry"` // "" in an empty store
	Domains map[string]string `json:"domains"`  // name -> container

	Commit   string `json:"commit,omitempty"`   // of the manifests that were synced last, if it was known
	Rollback bool   `json:"rollback,omitempty"` // somebody went back to it on purpose

	Recent []guardrail.Recent `json:"recent,omitempty"` // changes that guardrails still count

	ETag string `json:"-"` // of the stored document, "" in an empty store
	body []byte // as stored
}

// Domain is a domain of a registry and the container that stores it.
type Domain struct {
	Name      string
	Container string
}

// RegistryKey returns the address of the registry document. It is the same in
// every store.
func RegistryKey() store.Key {
	return store.Key{Container: SystemContainer, Partition: SystemPartition, ID: registryID}
}

// RegistryDocument returns the stored form of a registry document with this body.
func RegistryDocument(body []byte, etag string) store.Document {
	return store.Document{ID: registryID, Type: typeRegistry, Body: body, ETag: etag}
}

// ReadRegistry reads the registry document of a store. It returns the zero
// Registry for an empty store. Errors: those of the store.
func ReadRegistry(ctx context.Context, st store.Store) (Registry, error) {
	var r Registry
	doc, err := st.Read(ctx, RegistryKey())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return r, nil
	case err == nil:
		err = json.Unmarshal(doc.Body, &r)
	}
	if err != nil {
		return r, fmt.Errorf("read the registry document: %w", err)
	}
	r.ETag, r.body = doc.ETag, doc.Body
	return r, nil
}

// OwnedBy checks that the store is empty or belongs to the named registry.
// Errors: ErrForeignStore.
func (r Registry) OwnedBy(name string) error {
	if r.ETag != "" && r.Name != name {
		return fmt.Errorf("%w: it belongs to %q, these manifests are the registry %q", ErrForeignStore, r.Name, name)
	}
	return nil
}

// Body returns the document's JSON as it was stored, nil for an empty store.
func (r Registry) Body() []byte { return r.body }

// Document returns the document to store. Errors: those of canon.Marshal.
func (r Registry) Document() (store.Document, error) {
	body, err := canon.Marshal(r)
	if err != nil {
		return store.Document{}, fmt.Errorf("encode the registry document: %w", err)
	}
	return RegistryDocument(body, ""), nil
}

// DomainList returns the domains, by name.
func (r Registry) DomainList() []Domain {
	list := make([]Domain, 0, len(r.Domains))
	for name, container := range r.Domains {
		list = append(list, Domain{Name: name, Container: container})
	}
	slices.SortFunc(list, func(a, b Domain) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Partitions returns the top-level apps of a container, sorted: those with the head of
// a chain and, in case somebody removed that, those with a registration. It costs two
// queries. Errors: those of the store.
func Partitions(ctx context.Context, st store.Store, container string) ([]string, error) {
	var apps []string
	for _, t := range []store.Type{store.TypeHead, store.TypeRegistration} {
		entries, err := st.Entries(ctx, container, t)
		if err != nil {
			return nil, fmt.Errorf("list the apps of container %s: %w", container, err)
		}
		for _, e := range entries {
			apps = append(apps, e.Partition)
		}
	}
	slices.Sort(apps)
	return slices.Compact(apps), nil
}
