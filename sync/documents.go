// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"fmt"

	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// tombstone replaces a removed registration.
type tombstone struct {
	Path string `json:"path"`
}

// registrationDocument returns the document that a change writes.
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

// openRegistration parses a stored registration. Errors: registration.ErrDigest.
func openRegistration(doc store.Document) (registration.Sealed, error) {
	r, err := registration.Open(doc.Body, doc.Digest)
	if err != nil {
		return r, fmt.Errorf("read registration %s: %w", doc.ID, err)
	}
	return r, nil
}
