// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/store"
)

// load reads the credential and its rotation that is under way.
func (w *worker) load(ctx context.Context) error {
	w.credential = Credential{Node: w.t.Node, Name: w.t.Name, Type: w.t.Type}
	w.credentialETag, w.rotation, w.rotationETag = "", Rotation{}, ""
	doc, err := w.read(ctx, w.t.ID)
	if err != nil {
		return err
	}
	if doc.ID != "" {
		if err := decode(doc, &w.credential); err != nil {
			return err
		}
		w.credentialETag = doc.ETag
	}
	// Promoted, the credential has the rotation's generation already; before that,
	// the one before it.
	for _, generation := range []int{w.credential.Generation, w.credential.Generation + 1} {
		doc, err := w.read(ctx, rotationID(w.t.ID, generation))
		if err != nil {
			return err
		}
		if doc.ID == "" {
			continue
		}
		var r Rotation
		if err := decode(doc, &r); err != nil {
			return err
		}
		if r.State != Done {
			w.rotation, w.rotationETag = r, doc.ETag
			return nil
		}
	}
	return nil
}

// read returns a document of the app's partition, or one without id.
func (w *worker) read(ctx context.Context, id string) (store.Document, error) {
	doc, err := w.Store.Read(ctx, store.Key{Container: w.t.Container, Partition: w.t.Partition, ID: id})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Document{}, nil
	case err != nil:
		return doc, fmt.Errorf("read %s: %w", id, err)
	}
	return doc, nil
}

// advance writes that a state was reached, and renews the lease with it.
func (w *worker) advance(ctx context.Context, to State, credential bool) error {
	w.rotation.State, w.rotation.Cause, w.rotation.Operation = to, "", ""
	now := w.Now()
	if w.rotation.Lease.Until = now.Add(leaseLife); now.Before(w.rotation.Wait) {
		w.rotation.Lease.Until = now // whoever comes when the time is over may have it
	} else {
		w.rotation.For = ""
	}
	if w.credential.Failures > 0 {
		w.credential.Failures, credential = 0, true
	}
	if err := w.write(ctx, string(to), credential); err != nil {
		return err
	}
	w.advanced++
	return nil
}

// write puts the rotation on record with its event, and the credential if it
// changed.
func (w *worker) write(ctx context.Context, kind string, credential bool) error {
	doc, err := document(rotationID(w.t.ID, w.rotation.Generation), TypeRotation, w.rotation)
	if err != nil {
		return err
	}
	changes := []store.Operation{{Document: doc, IfMatch: w.rotationETag}}
	if credential {
		doc, err := document(w.t.ID, TypeCredential, w.credential)
		if err != nil {
			return err
		}
		changes = append(changes, store.Operation{Document: doc, IfMatch: w.credentialETag})
	}
	return w.commit(ctx, kind, changes)
}

// writeCredential puts the credential alone on record.
func (w *worker) writeCredential(ctx context.Context, kind string) error {
	doc, err := document(w.t.ID, TypeCredential, w.credential)
	if err != nil {
		return err
	}
	return w.commit(ctx, kind, []store.Operation{{Document: doc, IfMatch: w.credentialETag}})
}

// commit writes documents with an event about the first. A write that meets
// another of the app is tried again; one that meets another of these documents is
// not: errFenced.
func (w *worker) commit(ctx context.Context, kind string, changes []store.Operation) error {
	ctx = context.WithoutCancel(ctx) // what was done is put on record
	event := w.Event
	event.Type, event.Time = audit.Rotation+kind, w.Now().UTC().Format(time.RFC3339Nano)
	event.Domain, event.App, event.Node, event.Owner = w.t.Domain, w.t.Partition, w.t.Node, w.t.Owner
	event.After = changes[0].Document.Body
	for range maxConflicts {
		chain, err := ledger.Open(ctx, w.Store, w.t.Container, w.t.Partition)
		if err != nil {
			return err
		}
		if err := chain.Add(event); err != nil {
			return err
		}
		etags, err := chain.Commit(ctx, w.Store, changes)
		if err == nil {
			return w.wrote(changes, etags)
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if moved, err := w.moved(ctx, changes); moved || err != nil {
			return errors.Join(err, errFenced)
		}
	}
	return fmt.Errorf("%w: app %s after %d attempts", store.ErrConflict, w.t.Partition, maxConflicts)
}

// wrote takes over the etags of what was written. One that is empty belongs to a
// document that another worker has replaced since: errFenced.
func (w *worker) wrote(changes []store.Operation, etags []string) error {
	for i, c := range changes {
		if etags[i] == "" {
			return errFenced
		}
		if c.Document.Type == TypeRotation {
			w.rotationETag = etags[i]
		} else {
			w.credentialETag = etags[i]
		}
	}
	return nil
}

// moved reports whether one of the documents is not what was read.
func (w *worker) moved(ctx context.Context, changes []store.Operation) (bool, error) {
	for _, c := range changes {
		doc, err := w.read(ctx, c.Document.ID)
		if err != nil || doc.ETag != c.IfMatch {
			return true, err
		}
	}
	return false, nil
}
