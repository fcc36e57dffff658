// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
	"strings"
)

// runtime is the source that every changed package gets: it knows which mutant is
// active, and can write down which ones are reached.
const runtime = `package %s

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

type mutantNumber interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

var mutantActive, mutantReached = func() (int, func(int)) {
	if n, err := strconv.Atoi(os.Getenv("ROSTER_MUTANT")); err == nil {
		return n, nil
	}
	path := os.Getenv("ROSTER_MUTANT_REACHED")
	if path == "" {
		return 0, nil
	}
	var seen sync.Map
	return 0, func(n int) {
		if _, again := seen.LoadOrStore(n, true); again {
			return
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(f, n)
		f.Close()
	}
}()

func mutantOn(n int) bool {
	if mutantReached != nil {
		mutantReached(n)
	}
	return mutantActive == n
}

func mutantAdd[T mutantNumber](on bool, a, b T) T { if on { return a - b }; return a + b }
func mutantSub[T mutantNumber](on bool, a, b T) T { if on { return a + b }; return a - b }
func mutantMul[T mutantNumber](on bool, a, b T) T { if on { return a / b }; return a * b }
func mutantQuo[T mutantNumber](on bool, a, b T) T { if on { return a * b }; return a / b }
func mutantSign[T mutantNumber](on bool, _, b T) T { if on { return 0 - b }; return b }
`

// plant returns a file's text with all of its mutants in it.
func plant(text string, mutants []mutant) string {
	return render(text, 0, len(text), byPlace(mutants))
}

// A place is the mutants of one expression or statement.
type place struct {
	lo, hi  int
	mutants []mutant
}

// byPlace groups the mutants, outer expressions first.
func byPlace(mutants []mutant) []place {
	var all []place
	for _, m := range mutants {
		i := slices.IndexFunc(all, func(p place) bool { return p.lo == m.site.lo && p.hi == m.site.hi })
		if i < 0 {
			i = len(all)
			all = append(all, place{lo: m.site.lo, hi: m.site.hi})
		}
		all[i].mutants = append(all[i].mutants, m)
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(b.hi, a.hi)) })
	return all
}

// render returns text[lo:hi] with the places inside it changed.
func render(text string, lo, hi int, places []place) string {
	var out strings.Builder
	at := lo
	for i, p := range places {
		if p.lo < at || p.hi > hi {
			continue
		}
		out.WriteString(text[at:p.lo])
		out.WriteString(changed(text, p, places[i+1:]))
		at = p.hi
	}
	out.WriteString(text[at:hi])
	return out.String()
}

// changed returns the text of a place, with inner places changed as well.
func changed(text string, p place, inner []place) string {
	s := p.mutants[0].site
	left, rest := render(text, s.lo, s.left, inner), render(text, s.rest, s.hi, inner)
	id := p.mutants[0].ID
	switch s.how {
	case negated:
		return fmt.Sprintf("(mutantOn(%d) != (%s))", id, left+render(text, s.left, s.hi, inner))
	case swapped:
		name := map[token.Token]string{token.SUB: "Add", token.ADD: "Sub", token.QUO: "Mul", token.MUL: "Quo"}[s.op]
		return fmt.Sprintf("mutant%s(mutantOn(%d), %s, %s)", name, id, left, rest)
	case stepped:
		sign := map[token.Token]string{token.DEC: "+=", token.INC: "-="}[s.op]
		return fmt.Sprintf("%s %s mutantSign(mutantOn(%d), %s, 1)", left, sign, id, left)
	case assigned:
		sign := map[token.Token]string{token.SUB_ASSIGN: "+=", token.ADD_ASSIGN: "-="}[s.op]
		return fmt.Sprintf("%s %s mutantSign(mutantOn(%d), %s, %s)", left, sign, id, left, rest)
	default:
		return choice(left, render(text, s.left, s.rest, nil), rest, p.mutants)
	}
}

// choice writes a comparison with its other operators. Only one of them is evaluated.
func choice(left, operator, right string, mutants []mutant) string {
	var on, off strings.Builder
	for _, m := range mutants {
		fmt.Fprintf(&on, "mutantOn(%d) && (%s %s %s) || ", m.ID, left, m.site.op, right)
		fmt.Fprintf(&off, "!mutantOn(%d) && ", m.ID)
	}
	return fmt.Sprintf("(%s%s(%s%s%s))", on.String(), off.String(), left, operator, right)
}
