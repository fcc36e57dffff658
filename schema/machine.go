// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"errors"
	"math"
	"regexp/syntax"
	"slices"
)

var (
	errUnanchored = errors.New("pattern does not begin with ^ and end with $")
	errNotASCII   = errors.New("pattern matches characters outside ASCII")
	errTooLarge   = errors.New("pattern has too many states")
)

// A machine decides whether a text matches a pattern by one step per byte: it
// is the deterministic automaton of the pattern (Rabin and Scott 1959, the
// subset construction). Patterns are ASCII and anchored, so that bytes are
// characters and every other validator finds the same matches.
type machine struct {
	next   [][128]uint8 // by state and byte
	accept []bool       // by state
}

// The first two states: no continuation matches, and nothing was read yet.
const (
	dead    = 0
	initial = 1
)

func (m *machine) match(text string) bool {
	state := uint8(initial)
	for i := range len(text) {
		c := text[i]
		if c >= 128 {
			return false
		}
		if state = m.next[state][c]; state == dead {
			return false
		}
	}
	return m.accept[state]
}

// newMachine compiles a pattern.
func newMachine(pattern string) (*machine, error) {
	expression, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if !anchored(expression) {
		return nil, errUnanchored
	}
	program, err := syntax.Compile(expression.Simplify())
	if err != nil {
		return nil, err
	}
	b := builder{program: program}
	return b.build()
}

func anchored(e *syntax.Regexp) bool {
	return e.Op == syntax.OpConcat &&
		e.Sub[0].Op == syntax.OpBeginText && e.Sub[len(e.Sub)-1].Op == syntax.OpEndText
}

// builder makes states of sets of instructions: those of a set are the places
// of the program that may be reached by the same text.
type builder struct {
	program *syntax.Prog
	sets    [][]int // by state, sorted
	machine machine
}

func (b *builder) build() (*machine, error) {
	b.add(nil)
	b.add([]int{b.program.Start})
	for state := initial; state < len(b.sets); state++ {
		begin := syntax.EmptyOp(0)
		if state == initial {
			begin = syntax.EmptyBeginText
		}
		_, b.machine.accept[state] = b.closure(b.sets[state], begin|syntax.EmptyEndText)
		readers, _ := b.closure(b.sets[state], begin)
		if slices.ContainsFunc(readers, b.beyondASCII) {
			return nil, errNotASCII
		}
		for c := range rune(128) {
			next := b.state(b.after(readers, c))
			if next > math.MaxUint8 {
				return nil, errTooLarge
			}
			b.machine.next[state][c] = uint8(next) //nolint:gosec // bounded just above
		}
	}
	return &b.machine, nil
}

// beyondASCII reports whether an instruction may read a character outside ASCII.
func (b *builder) beyondASCII(pc int) bool {
	inst := &b.program.Inst[pc]
	return len(inst.Rune) == 0 || inst.Rune[len(inst.Rune)-1] >= 128 || inst.Arg&uint32(syntax.FoldCase) != 0
}

// after returns where the readers of a character lead, sorted.
func (b *builder) after(readers []int, c rune) []int {
	var set []int
	for _, pc := range readers {
		if inst := &b.program.Inst[pc]; inst.MatchRune(c) {
			set = append(set, int(inst.Out))
		}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// state returns the state of a set, which may be new.
func (b *builder) state(set []int) int {
	for state, known := range b.sets {
		if state != initial && slices.Equal(known, set) {
			return state
		}
	}
	b.add(set)
	return len(b.sets) - 1
}

func (b *builder) add(set []int) {
	b.sets = append(b.sets, set)
	b.machine.next = append(b.machine.next, [128]uint8{})
	b.machine.accept = append(b.machine.accept, false)
}

// closure returns the instructions that read a character and can be reached
// from a set without reading one, and whether the end of the program can be.
func (b *builder) closure(set []int, holds syntax.EmptyOp) (readers []int, end bool) {
	seen := make([]bool, len(b.program.Inst))
	todo := slices.Clone(set)
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch inst := &b.program.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, int(inst.Out), int(inst.Arg))
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, int(inst.Out))
		case syntax.InstEmptyWidth:
			if inst.Arg&^uint32(holds) == 0 {
				todo = append(todo, int(inst.Out))
			}
		case syntax.InstMatch:
			end = true
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			readers = append(readers, pc)
		case syntax.InstFail:
		}
	}
	return readers, end
}
