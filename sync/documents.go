// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// Where the registry's own record is kept: the system container and its one
// partition. Domains cannot be named so.
const (
	systemContainer = manifest.SystemContainer
	systemPartition = "root"
	recordID        = "registry"
)

// Types of documents that a store must tell apart.
const typeRecord store.Type = "registry"

// record is the registry's own document: which registry the store belongs to,
// and the container of every domain that was ever written, so that a domain
// that leaves the manifests is seen as removed and not forgotten.
type record struct {
	Registry string            `json:"registry"`
	Domains  map[string]string `json:"domains"` // name -> container
}

func (r record) document() (store.Document, error) {
	body, err := canon.Marshal(r)
	if err != nil {
		return store.Document{}, fmt.Errorf("encode the registry's record: %w", err)
	}
	return store.Document{ID: recordID, Type: typeRecord, Body: body}, nil
}

// loadRecord reads the registry's record; in an empty store it is the zero one,
// of a document without id.
func loadRecord(ctx context.Context, st store.Store) (store.Document, record, error) {
	var rec record
	doc, err := st.Read(ctx, store.Key{Container: systemContainer, Partition: systemPartition, ID: recordID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Document{}, rec, nil
	case err == nil:
		err = json.Unmarshal(doc.Body, &rec)
	}
	if err != nil {
		return doc, rec, fmt.Errorf("read the registry's record: %w", err)
	}
	return doc, rec, nil
}

// domains lists the record's domains by name.
func (r record) domains() []plan.Domain {
	list := make([]plan.Domain, 0, len(r.Domains))
	for name, container := range r.Domains {
		list = append(list, plan.Domain{Name: name, Container: container})
	}
	slices.SortFunc(list, func(a, b plan.Domain) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// tombstone is what remains of a registration that was removed.
type tombstone struct {
	Path string `json:"path"`
}

// registrationDocument returns the document that a change leaves behind.
func registrationDocument(c plan.Change) (store.Document, error) {
	doc := store.Document{ID: c.Subject().DocumentID(), Type: store.TypeRegistration}
	if c.Action == plan.Delete {
		body, err := canon.Marshal(tombstone{Path: c.Node})
		doc.Body, doc.Deleted = body, true
		return doc, err
	}
	doc.Body, doc.Digest = c.After.Bytes(), c.After.Digest()
	return doc, nil
}

// openRegistration reads a stored registration. Errors: registration.ErrDigest.
func openRegistration(doc store.Document) (registration.Sealed, error) {
	r, err := registration.Open(doc.Body, doc.Digest)
	if err != nil {
		return r, fmt.Errorf("read registration %s: %w", doc.ID, err)
	}
	return r, nil
}
