// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"fmt"

	"github.com/appofapps/roster/internal/canon"
)

// Chain names the trail of one app.
type Chain struct {
	Domain, App string
}

// Stored is an event as a store keeps it: the id of its document and its bytes.
type Stored struct {
	ID   string
	Body []byte
}

// Rule names what a trail can be at odds with.
type Rule string

// The rules, in the order in which they are looked at.
const (
	RuleEncoding Rule = "encoding" // the bytes are no event in canonical form
	RuleForeign  Rule = "foreign"  // the event is another chain's
	RuleSequence Rule = "sequence" // its number, its id or its document's id is not that of its place
	RuleChain    Rule = "chain"    // it does not name the digest of the event before it
	RuleHead     Rule = "head"     // the head does not name the newest event
)

// Problem is one thing that cannot be true of a trail that nobody touched.
type Problem struct {
	Event   string // id of the stored document, "" for the head
	Rule    Rule
	Message string
}

// Verify checks a chain: stored is its events in the order of their ids, head
// what the store says its end is. documentID gives the id under which an event
// with a sequence number is stored. None means that nothing speaks against the
// chain.
//
// Every event is held against the one stored before it, as it is, so that one
// change is one problem or two and does not spoil what comes after.
func Verify(chain Chain, stored []Stored, head Head, documentID func(seq int64) string) []Problem {
	var problems []Problem
	last := Head{}
	for _, s := range stored {
		next := Head{Seq: last.Seq + 1, Digest: canon.Sum(s.Body)}
		rule, message := check(chain, s, last, documentID)
		if rule != "" {
			problems = append(problems, Problem{Event: s.ID, Rule: rule, Message: message})
		}
		if e, err := Decode(s.Body); err == nil && e.Seq > 0 {
			next.Seq = e.Seq
		}
		last = next
	}
	if head != last {
		problems = append(problems, Problem{
			Rule:    RuleHead,
			Message: fmt.Sprintf("the head is at event %d, %s; the stored events end at %d, %s", head.Seq, name(head.Digest), last.Seq, name(last.Digest)),
		})
	}
	return problems
}

func check(chain Chain, s Stored, last Head, documentID func(int64) string) (Rule, string) {
	e, err := Decode(s.Body)
	if err != nil {
		return RuleEncoding, err.Error()
	}
	// Encoding it again catches what decoding forgives: other spacing or order,
	// names twice, unknown fields, trailing bytes.
	if again, err := canon.Marshal(e); err != nil || !bytes.Equal(again, s.Body) {
		return RuleEncoding, "the bytes are not the canonical form of an event"
	}
	switch {
	case e.Domain != chain.Domain || e.App != chain.App:
		return RuleForeign, fmt.Sprintf("the event belongs to %s/%s", e.Domain, e.App)
	case e.Seq != last.Seq+1:
		return RuleSequence, fmt.Sprintf("event %d follows event %d", e.Seq, last.Seq)
	case s.ID != documentID(e.Seq):
		return RuleSequence, fmt.Sprintf("event %d is stored as %s", e.Seq, s.ID)
	case e.ID != eventID(e):
		return RuleSequence, fmt.Sprintf("event %d has the id of another", e.Seq)
	case e.Prev != last.Digest:
		return RuleChain, fmt.Sprintf("event %d names %s as the event before it, which is %s", e.Seq, name(e.Prev), name(last.Digest))
	}
	return "", ""
}

// name is a digest for a sentence.
func name(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest
}
