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

// maxConflicts bounds how often a write is repeated because another document of
// the app was written meanwhile.
const maxConflicts = 50

// journal holds the stored documents of one credential, and is the only writer of
// them. Every write is one commit with an audit event.
type journal struct {
	config Config
	target Target

	credential     Credential
	credentialETag string // "" if there is no document yet
	rotation       Rotation
	rotationETag   string // "" if no rotation is in progress
	advanced       int    // states written
}

// openJournal reads the documents of a target's credential. Errors: those of the
// store.
func openJournal(ctx context.Context, t Target, c Config) (*journal, error) {
	j := &journal{config: c, target: t, credential: Credential{Node: t.Node, Name: t.Name, Type: t.Type}}
	return j, j.load(ctx)
}

// load reads the credential and the rotation in progress. A commit that changes
// both may come between the two reads. If they disagree, the credential is read once
// more: what was read after the rotation is true for as long as the rotation has the
// same etag.
func (j *journal) load(ctx context.Context) error {
	for range maxConflicts {
		if err := j.loadCredential(ctx); err != nil {
			return err
		}
		if err := j.loadRotation(ctx); err != nil || j.agree() {
			return err
		}
		again, err := j.read(ctx, j.target.ID)
		if err != nil || again.ETag == j.credentialETag {
			return err
		}
	}
	return fmt.Errorf("%w: credential %s after %d attempts", store.ErrConflict, j.target.ID, maxConflicts)
}

// agree reports whether credential and rotation were written by the same commit, or
// the credential before the rotation began.
func (j *journal) agree() bool {
	switch state := j.rotation.State; {
	case !j.inProgress():
		return true
	case state == Revoked:
		return j.credential.Generation == j.rotation.Generation && j.credential.Previous == nil
	default:
		return (j.credential.Generation == j.rotation.Generation) == (state == Promoted)
	}
}

func (j *journal) loadCredential(ctx context.Context) error {
	doc, err := j.read(ctx, j.target.ID)
	if err != nil || doc.ID == "" {
		return err
	}
	j.credential, j.credentialETag = Credential{}, doc.ETag
	return decode(doc, &j.credential)
}

func (j *journal) loadRotation(ctx context.Context) error {
	j.rotation, j.rotationETag = Rotation{}, ""
	// From promoted on, the credential has the rotation's generation; before that it
	// has the generation below.
	for _, generation := range []int{j.credential.Generation, j.credential.Generation + 1} {
		doc, err := j.read(ctx, rotationID(j.target.ID, generation))
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
			j.rotation, j.rotationETag = r, doc.ETag
			return nil
		}
	}
	return nil
}

// inProgress reports whether a rotation has begun and is not done.
func (j *journal) inProgress() bool { return j.rotationETag != "" }

// live returns the id of the live key, "" before the first rotation.
func (j *journal) live() string {
	if j.credential.Live == nil {
		return ""
	}
	return j.credential.Live.Key
}

// missing returns the consumers that have not acknowledged the new key.
func (j *journal) missing() []string {
	var list []string
	for _, consumer := range j.target.Consumers {
		if _, acknowledged := j.rotation.Acks[consumer]; !acknowledged {
			list = append(list, consumer)
		}
	}
	return list
}

// read returns a document of the app's partition; one without id if it does not
// exist.
func (j *journal) read(ctx context.Context, id string) (store.Document, error) {
	doc, err := j.config.Store.Read(ctx, store.Key{Container: j.target.Container, Partition: j.target.Partition, ID: id})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Document{}, nil
	case err != nil:
		return doc, fmt.Errorf("read %s: %w", id, err)
	}
	return doc, nil
}

// advance records that a state was reached, and extends the lease.
func (j *journal) advance(ctx context.Context, to State) error {
	j.rotation.State, j.rotation.Cause, j.rotation.Operation = to, "", ""
	now := j.config.Now()
	if j.rotation.Lease.Until = now.Add(leaseLife); now.Before(j.rotation.Wait) {
		j.rotation.Lease.Until = now // any worker may continue when the wait is over
	} else {
		j.rotation.For = ""
	}
	changed := to == Promoted || to == Revoked
	if j.credential.Failures > 0 {
		j.credential.Failures, changed = 0, true
	}
	if err := j.write(ctx, string(to), changed); err != nil {
		return err
	}
	j.advanced++
	return nil
}

// wait records until when there is nothing to do, and gives up the lease.
func (j *journal) wait(ctx context.Context, p *PendingError) error {
	r := &j.rotation
	if r.Wait.Equal(p.At) && r.For == p.For && r.Operation == p.Operation {
		return nil
	}
	r.Wait, r.For, r.Operation, r.Lease.Until = p.At, p.For, p.Operation, j.config.Now()
	return j.write(ctx, "waiting", false)
}

// overlapOnly makes a rotation that waits for consumers wait for its overlap only.
func (j *journal) overlapOnly() {
	if old := j.credential.Previous; old != nil && j.rotation.State == Promoted {
		j.rotation.Wait, j.rotation.For = old.RevokeAt, overlapping
	}
}

// fail records a failure, and holds the credential after several in a row.
func (j *journal) fail(ctx context.Context, cause error) error {
	if isStore(cause) {
		return cause // the failure cannot be recorded: the store itself failed
	}
	j.rotation.Cause = cause.Error()
	j.rotation.Lease.Until = j.config.Now() // no other worker has to wait
	j.credential.Failures++
	if hold, ok := errors.AsType[*HeldError](cause); ok {
		j.credential.Held = hold.Reason
	} else if j.credential.Failures >= maxFailures {
		j.credential.Held = fmt.Sprintf("%d failures in a row, the last: %s", j.credential.Failures, cause)
	}
	if err := j.write(ctx, "failed", true); err != nil {
		return errors.Join(cause, err)
	}
	if j.credential.Held != "" {
		return &HeldError{Reason: j.credential.Held}
	}
	return cause
}

// maxFailures in a row put a credential on hold.
const maxFailures = 5

// isStore reports an error of the store.
func isStore(err error) bool {
	for _, s := range []error{store.ErrThrottled, store.ErrUnknownOutcome, store.ErrNoContainer, store.ErrDenied, store.ErrInvalid, store.ErrConflict} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// write records the rotation with its event, and the credential if it changed.
func (j *journal) write(ctx context.Context, kind string, credential bool) error {
	doc, err := document(rotationID(j.target.ID, j.rotation.Generation), TypeRotation, j.rotation)
	if err != nil {
		return err
	}
	changes := []store.Operation{{Document: doc, IfMatch: j.rotationETag}}
	if credential {
		doc, err := document(j.target.ID, TypeCredential, j.credential)
		if err != nil {
			return err
		}
		changes = append(changes, store.Operation{Document: doc, IfMatch: j.credentialETag})
	}
	return j.commit(ctx, kind, changes)
}

// writeCredential records the credential alone.
func (j *journal) writeCredential(ctx context.Context, kind string) error {
	doc, err := document(j.target.ID, TypeCredential, j.credential)
	if err != nil {
		return err
	}
	return j.commit(ctx, kind, []store.Operation{{Document: doc, IfMatch: j.credentialETag}})
}

// commit writes documents with an event about the first. A conflict with another
// document of the app is retried. Errors: errFenced if one of these documents was
// written by somebody else; those of the store.
func (j *journal) commit(ctx context.Context, kind string, changes []store.Operation) error {
	ctx = context.WithoutCancel(ctx) // finished work is always recorded
	t := j.target
	event := j.config.Event
	event.Type, event.Time = audit.Rotation+kind, j.config.Now().UTC().Format(time.RFC3339Nano)
	event.Domain, event.App, event.Node, event.Owner = t.Domain, t.Partition, t.Node, t.Owner
	event.After = changes[0].Document.Body
	for range maxConflicts {
		chain, err := ledger.Open(ctx, j.config.Store, t.Container, t.Partition)
		if err != nil {
			return err
		}
		chain.Add(event)
		etags, err := chain.Commit(ctx, j.config.Store, changes)
		if err == nil {
			return j.wrote(changes, etags)
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if moved, err := j.moved(ctx, changes); moved || err != nil {
			return errors.Join(err, errFenced)
		}
	}
	return fmt.Errorf("%w: app %s after %d attempts", store.ErrConflict, t.Partition, maxConflicts)
}

// wrote takes over the etags of written documents. An empty one belongs to a
// document that another worker may have replaced since: errFenced.
func (j *journal) wrote(changes []store.Operation, etags []string) error {
	for i, c := range changes {
		switch {
		case etags[i] == "":
			return errFenced
		case c.Document.Type == TypeRotation:
			j.rotationETag = etags[i]
		default:
			j.credentialETag = etags[i]
		}
	}
	return nil
}

// moved reports whether one of the documents has changed since it was read.
func (j *journal) moved(ctx context.Context, changes []store.Operation) (bool, error) {
	for _, c := range changes {
		doc, err := j.read(ctx, c.Document.ID)
		if err != nil || doc.ETag != c.IfMatch {
			return true, err
		}
	}
	return false, nil
}
