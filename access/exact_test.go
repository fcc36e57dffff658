// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
)

// exactLength is the length of the longest resources that are tried.
const exactLength = 8

// TestExactAgainstBruteForce holds the engine against an enumeration of all
// words whose resource has up to exactLength characters, on random pairs of
// sets: what a change adds, what it removes, and whether the two meet. All
// three are the question for a least word that is in two sets and not in others,
// and the engine's word must be the enumeration's, to the letter.
//
// The enumeration itself is exact when no least word can be longer than what it
// tries, which wordBound works out for each pair; the log says for how many
// questions that was so. For the others the engine's word may be one that was
// not tried, if it is before all that were; it is checked to be a witness.
//
// ROSTER_P1_PAIRS sets the number of pairs.
func TestExactAgainstBruteForce(t *testing.T) {
	t.Parallel()
	pairs := 20_000
	if text := os.Getenv("ROSTER_P1_PAIRS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("ROSTER_P1_PAIRS=%q is not a number of pairs", text)
		}
		pairs = n
	}
	// In the second, the placeholder of witnesses occurs in scopes.
	checks := []*exactCheck{
		{letters: "ab", universe: newUniverse("xab", exactLength, "x", "r", "w", "go")},
		{letters: "xa", universe: newUniverse("xya", exactLength, "y", "x", "w", "go")},
	}
	for i := range pairs {
		check := checks[i%len(checks)]
		check.pair(t, rand.New(rand.NewPCG(1, uint64(i))))
		if t.Failed() {
			t.FailNow()
		}
	}
	for _, c := range checks {
		t.Logf("letters %s: %d questions, %d of them exact by the bound, %d disagreements, %d witnesses checked",
			c.letters, c.questions, c.bounded, c.disagreements, c.witnesses)
		if c.bounded < c.questions*3/4 || c.witnesses < c.questions/4 || c.witnesses > c.questions*9/10 {
			t.Error("the generated pairs are too one-sided to show anything")
		}
	}
}

type exactCheck struct {
	letters                                      string
	universe                                     *universe
	questions, bounded, disagreements, witnesses int
}

// pair generates a pair of sets and asks everything about it.
func (c *exactCheck) pair(t *testing.T, r *rand.Rand) {
	before, after := c.texts(r), c.texts(r)
	if r.IntN(2) == 0 { // a small change, as in a pull request
		after = texts{before.allow, after.deny}
	}
	diff := access.Difference(before.set(), after.set())
	overlap := access.NewProver(0).Overlap(before.set(), after.set())
	if !diff.Complete || !overlap.Complete || diff.NewAccess != (diff.Witness != "") || diff.RemovedAccess != (diff.RemovedWitness != "") {
		t.Errorf("before %v, after %v: %+v, %+v", before, after, diff, overlap)
	}
	c.check(t, question{"new access", after, before, minus, wordBound(after.allow, before.deny, after, before)}, diff.Witness)
	c.check(t, question{"removed access", before, after, minus, wordBound(before.allow, after.deny, before, after)}, diff.RemovedWitness)
	c.check(t, question{"overlap", before, after, both, wordBound(before.allow, after.allow, before, after)}, overlap.Witness)
}

// A question asks for the least word wanted of a and b.
type question struct {
	name   string
	a, b   texts
	wanted func(a, b uint64) uint64
	bound  int // on the length of its resource
}

func (c *exactCheck) check(t *testing.T, q question, got string) {
	t.Helper()
	c.questions++
	want := c.universe.least(q.a, q.b, q.wanted)
	untried := q.bound > exactLength && strings.IndexByte(got, ':') > exactLength
	if q.bound <= exactLength {
		c.bounded++
	}
	right := got == want || untried && (want == "" || before(got, want) < 0)
	if !right {
		c.disagreements++
		t.Errorf("%s of %v and %v: engine %q, brute force %q", q.name, q.a, q.b, got, want)
	}
	if got == "" {
		return
	}
	c.witnesses++
	if !isWord(got) || q.wanted(bit(q.a.holds(got)), bit(q.b.holds(got))) == 0 {
		c.disagreements++
		t.Errorf("%s of %v and %v: %q is no witness", q.name, q.a, q.b, got)
	}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (c *exactCheck) texts(r *rand.Rand) texts {
	s := texts{allow: c.scopes(r, 1+r.IntN(4))}
	if r.IntN(2) == 0 {
		s.deny = c.scopes(r, 1+r.IntN(3))
	}
	return s
}

func (c *exactCheck) scopes(r *rand.Rand, n int) []string {
	verbs := []string{"w", "w", "w", "*", "*", c.universe.verbs[1], "go", "go,w"}
	list := make([]string, n)
	for i := range list {
		list[i] = c.pattern(r) + ":" + verbs[r.IntN(len(verbs))]
	}
	return list
}

// pattern returns a resource pattern of up to three segments, the shorter the
// more there are, and perhaps "**".
func (c *exactCheck) pattern(r *rand.Rand) string {
	var segments []string
	n := []int{1, 1, 1, 2, 2, 3}[r.IntN(6)]
	for range n {
		segments = append(segments, c.segment(r, 1+r.IntN(max(4-n, 2))))
	}
	switch {
	case r.IntN(4) != 0:
	case r.IntN(2) == 0:
		return "**"
	default:
		segments = append(segments, "**")
	}
	return strings.Join(segments, "/")
}

func (c *exactCheck) segment(r *rand.Rand, tokens int) string {
	segment := ""
	for range tokens {
		token := (c.letters + "**")[r.IntN(4)]
		if token != '*' || !strings.HasSuffix(segment, "*") {
			segment += string(token)
		}
	}
	return segment
}
