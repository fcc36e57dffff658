// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/appofapps/roster/internal/test/cosmosfront"

	"github.com/appofapps/roster/store"
)

// trail is the content of a database. The test parses the documents without roster's
// code, so a bug in audit verify cannot hide in the test as well.
type trail struct {
	registered map[string]map[string]string // place -> node -> version, tombstones left out
	events     int
	changes    map[string]int // operation -> registrations that it changed
}

// lying is a stored document.
type lying struct {
	ID        string          `json:"id"`
	Partition string          `json:"pk"`
	Type      store.Type      `json:"type"`
	Digest    string          `json:"digest"`
	Deleted   bool            `json:"deleted"`
	Body      json.RawMessage `json:"body"`
}

// told is the part of an event that can be checked.
type told struct {
	Seq       int64           `json:"seq"`
	Prev      string          `json:"prev"`
	Type      string          `json:"type"`
	Domain    string          `json:"domain"`
	App       string          `json:"app"`
	Node      string          `json:"node"`
	Operation string          `json:"operation"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
}

// readTrail checks every document against the others. Each chain goes from 1 to its head
// without a gap, and each event has the digest of the one before it. The before of each
// event equals the after of the node's event before it, so no update is lost or recorded
// twice. Each registration equals the newest event about it and has its digest. No other
// document exists.
func readTrail(docs []cosmosfront.Document) (*trail, error) {
	t := &trail{registered: map[string]map[string]string{}, changes: map[string]int{}}
	places := map[string][]lying{}
	for _, d := range docs {
		var doc lying
		if err := json.Unmarshal(d.Body, &doc); err != nil {
			return nil, fmt.Errorf("document %s: %w", d.ID, err)
		}
		if doc.ID != d.ID || doc.Partition != d.Partition {
			return nil, fmt.Errorf("document %s of %s calls itself %s of %s", d.ID, d.Partition, doc.ID, doc.Partition)
		}
		at := d.Container + "/" + d.Partition
		places[at] = append(places[at], doc) // the dump is sorted by id
	}
	for _, at := range slices.Sorted(maps.Keys(places)) {
		if err := t.place(at, places[at]); err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
	}
	return t, nil
}

// place reads one partition.
func (t *trail) place(at string, docs []lying) error {
	if !slices.Contains([]string{"orders/checkout", "payments/charges", "payments/carts", "payments/ledger", "roster/root"}, at) {
		return fmt.Errorf("a document of no app")
	}
	var events []lying
	var head lying
	kept := map[string]lying{}
	for _, doc := range docs {
		switch doc.Type {
		case store.TypeEvent:
			events = append(events, doc)
		case store.TypeHead:
			head = doc
		case store.TypeRegistration, "registry":
			kept[doc.ID] = doc
		default:
			return fmt.Errorf("%s is a %q", doc.ID, doc.Type)
		}
	}
	after, err := t.chain(at, events, head)
	if err != nil {
		return err
	}
	return t.keeps(at, kept, after)
}

// chain follows the events of a partition, and returns the final state of each node, nil
// if it was removed.
func (t *trail) chain(at string, events []lying, head lying) (map[string]json.RawMessage, error) {
	after, prev := map[string]json.RawMessage{}, ""
	for i, doc := range events {
		var e told
		if err := json.Unmarshal(doc.Body, &e); err != nil {
			return nil, fmt.Errorf("%s: %w", doc.ID, err)
		}
		switch seq := int64(i + 1); {
		case doc.ID != store.EventID(seq) || e.Seq != seq:
			return nil, fmt.Errorf("event %d is %s and says %d", seq, doc.ID, e.Seq)
		case e.Prev != prev:
			return nil, fmt.Errorf("%s follows %q, before it is %q", doc.ID, e.Prev, prev)
		case e.Domain+"/"+e.App != at:
			return nil, fmt.Errorf("%s is about %s/%s", doc.ID, e.Domain, e.App)
		}
		if err := e.follows(after); err != nil {
			return nil, fmt.Errorf("%s: %w", doc.ID, err)
		}
		after[e.Node] = e.After
		if e.Node != "" {
			t.changes[e.Operation]++
		}
		prev = sum(doc.Body)
	}
	t.events += len(events)
	want := fmt.Sprintf(`{"digest":%q,"seq":%d}`, prev, len(events))
	if string(head.Body) != want {
		return nil, fmt.Errorf("the head is %s, the events end at %s", head.Body, want)
	}
	return after, nil
}

// follows checks an event against the previous one about its node.
func (e *told) follows(after map[string]json.RawMessage) error {
	kind := "updated"
	switch {
	case e.Node == "": // the registry document: its events have only the new state
		return nil
	case len(e.Before) == 0:
		kind = "created"
	case len(e.After) == 0:
		kind = "deleted"
	}
	switch {
	case !bytes.Equal(e.Before, after[e.Node]):
		return fmt.Errorf("a lost update of %s: it was %s, and changes from %s", e.Node, after[e.Node], e.Before)
	case bytes.Equal(e.Before, e.After):
		return fmt.Errorf("an event that changes nothing of %s", e.Node)
	case e.Type != "registration."+kind:
		return fmt.Errorf("%q of %s, which was %s", e.Type, e.Node, kind)
	}
	return nil
}

// keeps compares the registrations with the events.
func (t *trail) keeps(at string, kept map[string]lying, after map[string]json.RawMessage) error {
	t.registered[at] = map[string]string{}
	for _, doc := range kept {
		var is struct{ Path, Version string }
		if err := json.Unmarshal(doc.Body, &is); err != nil {
			return fmt.Errorf("%s: %w", doc.ID, err)
		}
		said, known := after[is.Path]
		delete(after, is.Path)
		switch {
		case !known:
			return fmt.Errorf("%s is without an event", doc.ID)
		case doc.Deleted != (len(said) == 0):
			return fmt.Errorf("%s is removed: %t, and the newest event says %q", doc.ID, doc.Deleted, said)
		case doc.Deleted:
			continue
		case !bytes.Equal(doc.Body, said):
			return fmt.Errorf("%s is %s, and the newest event says %s", doc.ID, doc.Body, said)
		case doc.Type == store.TypeRegistration && doc.Digest != sum(doc.Body):
			return fmt.Errorf("%s has the digest %s of something else", doc.ID, doc.Digest)
		}
		if doc.Type == store.TypeRegistration {
			t.registered[at][is.Path] = is.Version
		}
	}
	for node := range after {
		return fmt.Errorf("events about %q, and no document", node)
	}
	return nil
}

// sum returns the digest of a document, whose stored bytes are canonical.
func sum(body []byte) string {
	digest := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(digest[:])
}
