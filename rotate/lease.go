// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"time"
)

// leaseLife is how long a lease lasts unless its worker extends it: longer than
// any one step takes.
const leaseLife = 10 * time.Minute

// leaseRest is the part of a lease that must be left before a guarded call begins:
// longer than the call can be on its way.
const leaseRest = 2 * time.Minute

// errFenced is returned by a write of a worker that has lost its lease.
var errFenced = errors.New("lease lost to another worker")

// acquire makes the rotation this worker's. It begins a new rotation for a reason
// by creating its document, which only one worker can do; or takes over the lease
// of the one in progress once that is over, for another reason if override names
// one. The result is until when another worker holds the lease, zero if none does.
func (j *journal) acquire(ctx context.Context, reason, override Reason) (busy time.Time, err error) {
	now := j.config.Now()
	kind, credential := "resumed", j.credential.Requested != ""
	switch lease := j.rotation.Lease; {
	case !j.inProgress():
		kind, credential = string(Prepared), j.begin(reason)
	case j.config.Holder != lease.Holder && now.Before(lease.Until):
		return lease.Until, nil
	}
	if override != "" {
		j.rotation.Reason = override
	}
	j.rotation.Lease = Lease{Holder: j.config.Holder, Until: now.Add(leaseLife), Fence: j.rotation.Lease.Fence + 1}
	switch err := j.write(ctx, kind, credential); {
	case errors.Is(err, errFenced):
		return now.Add(leaseLife), nil
	case err != nil:
		return time.Time{}, err
	}
	return time.Time{}, nil
}

// begin prepares a new rotation. It reports whether the credential changed too:
// the rotation takes over what it had requested and left over.
func (j *journal) begin(reason Reason) (credential bool) {
	now, generation := j.config.Now(), j.credential.Generation+1
	j.rotation = Rotation{
		Credential: j.target.ID, Generation: generation, State: Prepared, Reason: reason,
		Marker: marker(j.target, generation, j.config.Holder, now), Started: now, Leftover: j.credential.Leftover,
	}
	credential = j.credential.Requested != "" || len(j.credential.Leftover) > 0
	j.credential.Requested, j.credential.Leftover = "", nil
	return credential
}

// guard makes sure that this worker holds the lease for as long as a call can
// take. It extends a lease that is about to end. Errors: errFenced, those of the
// store.
func (j *journal) guard(ctx context.Context) error {
	doc, err := j.read(ctx, rotationID(j.target.ID, j.rotation.Generation))
	if err != nil {
		return err
	}
	if doc.ID == "" || doc.ETag != j.rotationETag {
		return errFenced
	}
	var stored Rotation
	if err := decode(doc, &stored); err != nil {
		return err
	}
	now, lease := j.config.Now(), stored.Lease
	switch {
	case lease.Fence != j.rotation.Lease.Fence || lease.Holder != j.config.Holder:
		return errFenced
	case now.Add(leaseRest).Before(lease.Until):
		return nil
	case now.After(lease.Until):
		return errFenced // another worker may be about to acquire it
	}
	j.rotation.Lease.Until = now.Add(leaseLife)
	return j.write(ctx, "renewed", false)
}

// guarded makes a call that revokes something, or that staged or served values
// depend on. The call is given up before another worker can acquire the lease.
func (j *journal) guarded(ctx context.Context, call func(ctx context.Context) error) error {
	if err := j.guard(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, leaseRest)
	defer cancel()
	err := call(ctx)
	if _, pending := errors.AsType[*PendingError](err); !pending {
		j.rotation.Operation = "" // the provider is no longer busy with it
	}
	return err
}
