// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/json"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// record is what the events of a chain say of the documents in its partition.
type record struct {
	named map[string]audit.Document // by id, from the newest event that names it
	after map[string]string         // registrations: digest in the newest event about each, by id
}

// recordOf reads the events of a chain. audit.Verify has reported those that cannot be
// read.
func recordOf(events []audit.Stored) record {
	r := record{named: map[string]audit.Document{}, after: map[string]string{}}
	for _, stored := range events {
		e, err := audit.Decode(stored.Body)
		if err != nil {
			continue
		}
		for _, d := range e.Documents {
			r.named[d.ID] = d
		}
		switch {
		case e.OfRegistration():
			r.after[registration.Record{Path: e.Node}.DocumentID()] = digestOf(e.After)
		case e.Type == audit.RegistryUpdated:
			r.after[registryID] = digestOf(e.After)
		}
	}
	return r
}

// problem compares a document with what the trail says of it. Events and the head are
// the trail itself: of them, only the type is checked.
func (r record) problem(doc store.Document) *Problem {
	named, known := r.named[doc.ID]
	after, hasAfter := r.after[doc.ID]
	now := DocumentOf(doc)
	sum := now.Digest
	if doc.Deleted {
		sum = "" // of a tombstone
	}
	switch {
	case doc.Type == store.TypeEvent:
		return nil
	case doc.ID == headID:
		if doc.Type == store.TypeHead {
			return nil
		}
		return &Problem{Rule: "head", Message: "the head has the type " + string(doc.Type)}
	case !known:
		return &Problem{Rule: "no-event", Message: title(now) + " is not in the trail"}
	case now.Type != named.Type:
		return &Problem{Rule: "not-as-recorded", Message: title(named) + " has the type " + now.Type + " now"}
	case now != named, hasAfter && after != sum:
		return &Problem{Rule: "not-as-recorded", Message: title(named) + " differs from the newest event about it"}
	case doc.Type == store.TypeRegistration && doc.Digest != sum:
		return &Problem{Rule: "not-as-recorded", Message: title(named) + " claims another digest than its content has"}
	}
	return nil
}

// lacking returns the problem of a document that the trail names and the store lacks.
func lacking(d audit.Document) *Problem {
	rule := "no-document"
	if d.Type == string(store.TypeRegistration) {
		rule = "no-registration"
	} else if d.Type == string(typeRegistry) {
		rule = "not-as-recorded"
	}
	return &Problem{Rule: rule, Message: title(d) + " is in the trail, but not in the store"}
}

// title names a document for people.
func title(d audit.Document) string {
	if d.Type == string(store.TypeRegistration) {
		return "registration " + d.ID
	}
	if d.Type == string(typeRegistry) {
		return "the registry document"
	}
	return "document " + d.ID
}

func digestOf(body json.RawMessage) string {
	if len(body) == 0 {
		return ""
	}
	return canon.Sum(body)
}
