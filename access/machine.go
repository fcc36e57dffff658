// SPDX-License-Identifier: Apache-2.0

package access

import (
	"math"
	"math/bits"
	"strings"
)

// A machine runs resource patterns side by side over one text.
//
// A pattern with m characters other than stars has the positions 0 to m: before
// each of these characters, and the end. On a character c the position before c
// is left for the next one. The position of a star is kept: by "*" unless c is
// the slash, by "**" always. The pattern matches if the end is among the
// positions that it has reached from position 0. That the segment "*" and each
// segment of "**" have at least one character is not in these rules; the machine
// runs only on texts without empty segments.
//
// The positions of all patterns are the bits of one long number, so that one
// step is, for all of them at once (Baeza-Yates and Gonnet, "A new approach to
// text searching", 1992),
//
//	state = (state & before[c]) << 1  |  state & kept
//
// All positions that a text reaches in one pattern are in one segment, as every
// slash ends one. Of these, a position before the furthest with a star asks for
// more than that one: for what leads to it and, from there, for the same. So it
// is dropped, which is why a state knows of a pattern only the furthest star and
// how much of the piece behind it may have begun. That is what keeps the states
// of one pattern as few as its characters, however many stars it has.
//
// Bit 0 is no position. It is set at the beginning of a segment, where the text
// must neither end nor continue with a slash.
//
// Characters that occur in no pattern do the same in every state. One of them,
// the least, represents all.
type machine struct {
	words    int      // of a state
	letters  []byte   // in the order of words, the slash last
	before   []uint64 // per letter, words long: the positions before it
	position []uint64 // all positions
	star     []uint64 // positions with "*" or "**"
	deep     []uint64 // positions with "**"
	end      []uint64
	start    []uint64 // the first position of each pattern
	groups   []span   // the words of each group of patterns
}

// A span is the words from lo up to hi.
type span struct{ lo, hi int }

const segmentStart = 1 // in the first word of a state

// newMachine lays the groups of patterns out, each from a new word on. It
// returns nil if the meter does not allow for a machine of that size.
func newMachine(groups [][]string, meter *meter) *machine {
	m := &machine{letters: lettersOf(groups)}
	bit := 1 // after segmentStart
	for _, group := range groups {
		lo := m.words
		for _, pattern := range group {
			bit += len(pattern) - strings.Count(pattern, "*") + 1
		}
		m.words = (bit + 63) / 64
		m.groups = append(m.groups, span{lo, m.words})
		bit = m.words * 64
	}
	if !meter.spend(storeCost * m.words * (len(m.letters) + 5)) {
		return nil
	}
	m.before = make([]uint64, len(m.letters)*m.words)
	for _, bits := range []*[]uint64{&m.position, &m.star, &m.deep, &m.end, &m.start} {
		*bits = make([]uint64, m.words)
	}
	m.start[0] = segmentStart
	for i, group := range groups {
		bit := max(m.groups[i].lo*64, 1)
		for _, pattern := range group {
			bit = m.lay(pattern, bit)
		}
	}
	return m
}

// lettersOf returns the characters of the patterns, one other segment
// character, if any is left, and the slash.
func lettersOf(groups [][]string) []byte {
	var used [256]bool
	for _, group := range groups {
		for _, pattern := range group {
			for i := range len(pattern) {
				used[pattern[i]] = true
			}
		}
	}
	var letters []byte
	other := false
	for i := range len(segmentAlphabet) {
		if c := segmentAlphabet[i]; used[c] || !other {
			letters = append(letters, c)
			other = other || !used[c]
		}
	}
	return append(letters, '/')
}

// lay gives a pattern the positions from bit on and returns the bit after them.
func (m *machine) lay(pattern string, bit int) int {
	set(m.start, bit)
	for i := range len(pattern) {
		if pattern[i] != '*' {
			letter := strings.IndexByte(string(m.letters), pattern[i])
			set(m.before[letter*m.words:], bit)
			set(m.position, bit)
			bit++
			continue
		}
		set(m.star, bit)
		if strings.HasPrefix(pattern[i:], deep) {
			set(m.deep, bit)
		}
	}
	set(m.position, bit)
	set(m.end, bit)
	return bit + 1
}

func set(bits []uint64, bit int) { bits[bit/64] |= 1 << (bit % 64) }

// step sets next to the state that follows a state on a letter, and reports
// whether any position was before that letter: if not, the letter does what
// those do which occur in no pattern.
func (m *machine) step(next, state []uint64, letter int) (own bool) {
	kept := m.star
	if m.slash(letter) {
		kept = m.deep
	}
	before := m.before[letter*m.words:][:len(state)]
	var carry, moved uint64
	for i, positions := range state {
		moving := positions & before[i]
		next[i] = moving<<1 | carry | positions&kept[i]
		for stars := (moving<<1 | carry) & m.star[i]; stars != 0; stars &= stars - 1 {
			m.dropBefore(next, i*64+bits.TrailingZeros64(stars))
		}
		carry = moving >> 63 // never across patterns: no letter is after an end
		moved |= moving
	}
	if m.slash(letter) {
		next[0] |= segmentStart
	}
	return moved != 0
}

// dropBefore clears the positions of one pattern before one of its stars: down
// to the nearest start, which is the pattern's own.
func (m *machine) dropBefore(state []uint64, star int) {
	word, below := star/64, uint64(1)<<(star%64)-1
	for m.start[word]&(below<<1|1) == 0 {
		state[word] &^= below
		word, below = word-1, math.MaxUint64
	}
	first := bits.Len64(m.start[word]&(below<<1|1)) - 1
	state[word] &^= below &^ (1<<first - 1)
}

func (m *machine) slash(letter int) bool { return letter == len(m.letters)-1 }

// matches tells whether a group matches the text that led to a state: none, or
// all of what there is, the one text.
func (m *machine) matches(state []uint64, group int) share {
	if m.has(state, m.end, group) {
		return all
	}
	return none
}

// outlook tells how many of the texts that continue the one that led to a state
// a group matches.
func (m *machine) outlook(state []uint64, group int) share {
	switch {
	case m.has(state, m.deep, group):
		return all
	case m.has(state, m.position, group):
		return some
	default:
		return none
	}
}

func (m *machine) has(state, positions []uint64, group int) bool {
	for i := m.groups[group].lo; i < m.groups[group].hi; i++ {
		if state[i]&positions[i] != 0 {
			return true
		}
	}
	return false
}
