// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// ended returns the credentials that a change takes from its node: all of a node that
// is removed, and those that its registration no longer declares. Whoever declares one
// of that name later gets nothing that was issued to somebody else.
func ended(c plan.Change) []registration.Credential {
	if c.Before == nil {
		return nil
	}
	if c.After == nil {
		return c.Before.Credentials
	}
	var list []registration.Credential
	for _, old := range c.Before.Credentials {
		if !slices.ContainsFunc(c.After.Credentials, func(kept registration.Credential) bool { return kept.Name == old.Name && kept.Type == old.Type }) {
			list = append(list, old)
		}
	}
	return list
}

// operationsOf returns the most operations that a change takes in a commit: its
// registration and, for each ended credential, its tokens and its record, each with an
// event.
func operationsOf(c plan.Change) int {
	const change, credential = 2, 4
	return change + credential*len(ended(c))
}

// A step writes one document, with the event that says why.
type step struct {
	operation store.Operation
	event     audit.Event
}

// mostSteps is how many steps fit in one commit beside the change of a registration.
const mostSteps = (maxOperations - 2) / 2

// endFirst commits the steps that end credentials of one change until the rest of them
// fits in the commit of the change: they end before their node does, never after it. It
// returns the rest. A run that is cut in between ends the others next time.
func (w *writer) endFirst(ctx context.Context, g group, ends []step) ([]step, error) {
	for len(ends) > mostSteps {
		if err := w.commit(ctx, g, ends[:mostSteps]); err != nil {
			return nil, err
		}
		w.result.Commits++
		w.result.Events += mostSteps
		ends = ends[mostSteps:]
	}
	return ends, nil
}

// revocations returns what ends the credentials of a change: their tokens are revoked,
// and the next rotation of a credential with that name revokes what it finds.
func (w *writer) revocations(ctx context.Context, g group, c plan.Change) ([]step, error) {
	var list []step
	for _, credential := range ended(c) {
		for _, end := range []struct {
			kind  store.Type
			event string
			edit  func(map[string]json.RawMessage) bool
		}{
			{store.TypeToken, audit.TokenRevoked, withoutTokens},
			{store.TypeCredential, audit.Rotation + "requested", renewed},
		} {
			id := c.Before.CredentialDocument(string(end.kind), credential.Name)
			doc, changed, err := w.edited(ctx, g, id, end.edit)
			if err != nil {
				return nil, err
			}
			if changed {
				event := w.newEvent(g.domain, g.partition, end.event)
				event.Node, event.Owner, event.After = c.Node, c.Before.Owner, doc.Body
				list = append(list, step{store.Operation{Document: doc, IfMatch: doc.ETag}, event})
			}
		}
	}
	return list, nil
}

// edited returns a document of a group's partition after an edit, and whether the edit
// changed it. A document that does not exist is not changed.
func (w *writer) edited(ctx context.Context, g group, id string, edit func(map[string]json.RawMessage) bool) (store.Document, bool, error) {
	doc, err := w.store.Read(ctx, store.Key{Container: g.container, Partition: g.partition, ID: id})
	if errors.Is(err, store.ErrNotFound) {
		return doc, false, nil
	}
	if err != nil {
		return doc, false, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(doc.Body, &fields); err != nil || fields == nil {
		return doc, false, fmt.Errorf("read %s of %s/%s: it is not a record of a credential; see roster audit verify", id, g.domain, g.partition)
	}
	if !edit(fields) {
		return doc, false, nil
	}
	doc.Body, err = canon.Marshal(fields)
	return doc, true, err
}

// withoutTokens removes the tokens of a credential.
func withoutTokens(fields map[string]json.RawMessage) bool {
	if before := string(fields["tokens"]); before == "" || before == "[]" || before == "null" {
		return false
	}
	fields["tokens"] = json.RawMessage("[]")
	return true
}

// renewed asks for a rotation that revokes the old key at once.
func renewed(fields map[string]json.RawMessage) bool {
	const leak = `"leak"`
	if string(fields["requested"]) == leak {
		return false
	}
	fields["requested"] = json.RawMessage(leak)
	return true
}
