// SPDX-License-Identifier: Apache-2.0

package manifest

import "strings"

// maps are the mappings of native trees. A tree is needed no longer than until
// its document is judged; then its mappings serve the next one.
type maps struct {
	used, free []map[string]any
}

// Bounds on the memory kept for the next document, so that a hostile one leaves
// nothing large behind. A manifest of one app has some fifteen mappings.
const (
	mostKept    = 64
	largestKept = 32 // entries
)

// take returns an empty mapping for so many entries.
func (m *maps) take(entries int) map[string]any {
	last := len(m.free) - 1
	if last < 0 || entries > largestKept {
		fresh := make(map[string]any, entries)
		if entries <= largestKept && len(m.used) < mostKept {
			m.used = append(m.used, fresh)
		}
		return fresh
	}
	taken := m.free[last]
	m.free = m.free[:last]
	m.used = append(m.used, taken)
	return taken
}

// release takes back all that was taken.
func (m *maps) release() {
	for _, used := range m.used {
		clear(used)
	}
	m.free = append(m.free, m.used...)
	m.used = m.used[:0]
}

// An arena keeps the short texts of a file in few pieces of memory. The library
// makes one for each, and they are half of all that a registry keeps: few
// pieces cost the garbage collector little.
type arena struct {
	chunk strings.Builder
}

// Sizes of an arena, in bytes. A manifest of one app holds some 300 bytes of
// texts; the rest of the last chunk is lost.
const (
	chunkSize  = 192
	longestFit = 64
)

// keep returns a text that is equal.
func (a *arena) keep(text string) string {
	if len(text) > longestFit || text == "" {
		return text
	}
	if a.chunk.Cap()-a.chunk.Len() < len(text) {
		a.chunk = strings.Builder{}
		a.chunk.Grow(chunkSize)
	}
	begin := a.chunk.Len()
	a.chunk.WriteString(text)
	// A builder hands out its memory and never writes to it again but behind.
	return a.chunk.String()[begin:]
}
