// SPDX-License-Identifier: Apache-2.0

// Package heap sets how much memory a short-lived program may use before it
// looks for garbage. Go's own rule, to collect when the heap has doubled, makes
// a program whose memory only grows collect again and again while the heap is
// small. A floor leaves that out, and pays for collecting a little more often
// where memory is spent.
package heap

import (
	"runtime/debug"
	"runtime/metrics"
)

// smallest is the heap that Go lets grow before the first collection, for each
// hundred per cent of GOGC (runtime, "heapMinimum").
const smallest = 4 << 20

// Default is the floor of a program that reads a registry, in bytes: one of a
// thousand apps takes no more, whole.
const Default = 40 << 20

// growth is by how many per cent the heap may grow beyond what a collection
// left. Measured on 10,000 manifests, with the floor: as fast as Go's own 100,
// with 15 % less memory.
const growth = 60

// Floor lets the heap grow to so many bytes before the first collection. The
// function that it returns is to be called now and then while the heap grows:
// it lets the next collection wait until the heap has grown by a share of what
// the last one left, or to the floor if that is more. Who sets GOGC or GOMEMLIMIT is not
// interfered with.
func Floor(getenv func(string) string, bytes int64) (adjust func()) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	debug.SetGCPercent(int(bytes * 100 / smallest))
	return func() {
		if left := live(); left > 0 {
			debug.SetGCPercent(int(max(growth, (bytes-left)*100/left)))
		}
	}
}

// live returns the bytes that the last collection left, 0 before the first.
func live() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
