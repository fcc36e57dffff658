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

// Rule names the kind of a problem of a trail.
type Rule string

// The rules, in the order in which they are checked.
const (
	RuleEncoding Rule = "encoding" // the bytes are not an event in canonical form
	RuleForeign  Rule = "foreign"  // the event belongs to another chain
	RuleSequence Rule = "sequence" // number, event id or document id do not match the position
	RuleChain    Rule = "chain"    // the event lacks the digest of the event before it
	RuleHead     Rule = "head"     // the head does not name the newest event
)

// Problem is one contradiction in a trail. An intact trail has none.
type Problem struct {
	Event   string // id of the stored document, "" for the head
	Rule    Rule
	Message string
}

// Verify checks a chain and returns its problems; an intact chain has none.
// stored is its events in the order of their document ids, head is its stored
// head, and documentID returns the document id of a sequence number.
//
// Verify compares every event with the stored bytes of the event before it. One
// edit therefore causes at most two problems, and later events stay valid.
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
			Message: fmt.Sprintf("the head names event %d (%s); the newest stored event is %d (%s)", head.Seq, name(head.Digest), last.Seq, name(last.Digest)),
		})
	}
	return problems
}

func check(chain Chain, s Stored, last Head, documentID func(int64) string) (Rule, string) {
	e, err := Decode(s.Body)
	if err != nil {
		return RuleEncoding, err.Error()
	}
	// Encoding again catches what decoding accepts: other spacing or order,
	// duplicate names, unknown fields, trailing bytes.
	if again, err := canon.Marshal(e); err != nil || !bytes.Equal(again, s.Body) {
		return RuleEncoding, "the bytes are not the canonical form of an event"
	}
	switch {
	case e.Domain != chain.Domain || e.App != chain.App:
		return RuleForeign, fmt.Sprintf("the event belongs to %s/%s", e.Domain, e.App)
	case e.Seq != last.Seq+1:
		return RuleSequence, fmt.Sprintf("event %d follows event %d", e.Seq, last.Seq)
	case s.ID != documentID(e.Seq):
		return RuleSequence, fmt.Sprintf("event %d is stored as %q instead of %q", e.Seq, s.ID, documentID(e.Seq))
	case e.ID != eventID(e):
		return RuleSequence, fmt.Sprintf("event %d has the id %q instead of %q", e.Seq, e.ID, eventID(e))
	case e.Prev != last.Digest:
		return RuleChain, fmt.Sprintf("event %d names %s as the digest of the event before it, which has %s", e.Seq, name(e.Prev), name(last.Digest))
	}
	return "", ""
}

// name returns a digest as it appears in a sentence.
func name(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest
}
