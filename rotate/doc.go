// SPDX-License-Identifier: Apache-2.0

// Package rotate renews credentials on a schedule so that at no instant there is
// none that works, whatever is cut. Each rotation is a document in its app's own
// partition, written with an audit event for every state that it gets into:
//
//	prepared   intent is on record: the marker, and what the provider had before
//	staged     the new value is kept beside what is served, in a sink
//	created    the provider knows it (before staged where the provider makes it)
//	verified   it was used for real, three times in a row
//	delivered  every sink serves it
//	promoted   it is the live one on record; the old one stays valid for a while
//	revoked    that while is over, and the provider does not know the old one
//	done       nothing of ours is left at the provider but the live one
//
// Up to verified nothing a consumer sees has changed; from there it only goes
// forward. A state is written after what it says was done, so that a run that was
// cut does the last thing again, and every such thing can be done again. A rotation
// belongs to one worker at a time, by a lease with a fence; a write of a worker
// that lost it fails by its etag, and a call that takes something away is not
// begun near the lease's end. After several failures in a row a rotation is held,
// for a person to look at.
//
// The package knows no provider, sink or store: they are contracts, held by
// rotate/rotatetest. It keeps no secret: a value is in memory, in sinks, and
// staged beside them, and in no document.
package rotate
