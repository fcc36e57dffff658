// SPDX-License-Identifier: Apache-2.0

package access

import "slices"

// solve returns the least resource of the part that is in the goal and not
// longer than a limit, or "" if no word exists or the meter is spent.
func (p *problem) solve(limit int) string {
	// The part's own resource is one more group, and the goal is inside it.
	p.groups = append(p.groups, []string{p.part.resource()})
	goal := &formula{op: opAnd, l: &formula{op: opUnion, group: len(p.groups) - 1}, r: p.goal}
	m := newMachine(p.groups, p.meter)
	if m == nil {
		return ""
	}
	e := explorer{machine: m, goal: goal, meter: p.meter, next: make([]uint64, m.words)}
	return e.least(limit)
}

// An explorer visits the states of a machine breadth-first, each once and by
// its least text: states wait in the order of the texts that led to them, and
// are left by the letters in their order. So the first state found to be in the
// goal is there by the least text of the goal.
//
// A state from which no text leads into the goal is not visited. That is what
// keeps the search near the goal: as long as a literal beginning is awaited,
// one letter only goes on.
type explorer struct {
	machine *machine
	goal    *formula
	meter   *meter

	states []uint64 // one after the other, in order of discovery
	from   []edge   // how each was discovered
	table  []int32  // open addressing by hash: number of a state plus one, or 0
	next   []uint64 // the state being made
}

// An edge is the state before and the letter.
type edge struct {
	state  int32
	letter byte
}

func (e *explorer) least(limit int) string {
	copy(e.next, e.machine.start)
	e.add(edge{state: -1})
	length, ends := 0, 1 // of the texts that lead to a state; the first state with longer ones
	for i := 0; i < len(e.from); i++ {
		if i == ends {
			length, ends = length+1, len(e.from)
		}
		if length >= limit || e.meter.spent() {
			return ""
		}
		if found := e.leave(int32(i)); found >= 0 {
			return e.text(found)
		}
	}
	return ""
}

// leave discovers what follows a state, and returns the first that is in the
// goal or -1.
func (e *explorer) leave(from int32) int32 {
	state := e.state(from)
	others := false // whether a letter was taken that no position is before
	for letter := range e.machine.letters {
		slash := e.machine.slash(letter)
		if slash && state[0]&segmentStart != 0 {
			continue
		}
		if !e.meter.spend(transitionCost + e.machine.words) {
			return -1
		}
		if own := e.machine.step(e.next, state, letter); !own && !slash {
			if others {
				continue
			}
			others = true
		}
		if e.goal.value(e.outlook) == none {
			continue
		}
		if id, isNew := e.add(edge{from, e.machine.letters[letter]}); isNew && !slash && e.goal.value(e.matches) == all {
			return id
		}
	}
	return -1
}

func (e *explorer) outlook(group int) share { return e.machine.outlook(e.next, group) }
func (e *explorer) matches(group int) share { return e.machine.matches(e.next, group) }

func (e *explorer) state(id int32) []uint64 {
	return e.states[int(id)*e.machine.words:][:e.machine.words]
}

// add returns the number of the state in e.next and whether it is new.
func (e *explorer) add(by edge) (id int32, isNew bool) {
	if 2*len(e.from) >= len(e.table) {
		e.grow()
	}
	at := e.find(e.next)
	if e.table[at] != 0 {
		return e.table[at] - 1, false
	}
	e.meter.spend(storeCost * (e.machine.words + stateWords))
	e.states = append(e.states, e.next...)
	e.from = append(e.from, by)
	count := int32(len(e.from)) //nolint:gosec // the meter ends far below 2^31
	e.table[at] = count
	return count - 1, true
}

// find returns the place in the table of a state, or where it would be.
func (e *explorer) find(state []uint64) int {
	mask := len(e.table) - 1
	at := int(hash(state)) & mask //nolint:gosec // the mask makes it an index
	for e.table[at] != 0 && !slices.Equal(e.state(e.table[at]-1), state) {
		e.meter.spend(e.machine.words)
		at = (at + 1) & mask
	}
	return at
}

// grow doubles the table, whose length is a power of two.
func (e *explorer) grow() {
	e.table = make([]int32, max(2*len(e.table), 64))
	for id := range e.from {
		e.table[e.find(e.state(int32(id)))] = int32(id) + 1
	}
}

// hash mixes the words of a state, each with the 64-bit prime nearest to 2^64
// divided by the golden ratio (Knuth, volume 3, section 6.4).
func hash(state []uint64) uint64 {
	var h uint64
	for _, word := range state {
		h = (h ^ word) * 0x9E3779B97F4A7C15
		h ^= h >> 32
	}
	return h
}

// text returns the least text that leads to a state.
func (e *explorer) text(id int32) string {
	var text []byte
	for ; id > 0; id = e.from[id].state {
		text = append(text, e.from[id].letter)
	}
	slices.Reverse(text)
	return string(text)
}
