// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
)

// FuzzParse: what is parsed prints as a text that parses as the same scope, and
// means what the text meant; what is refused is refused at a place in the text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"orders/carts:read,write", "orders/*:read", "orders/**:*", "**:*", "a*b*/c$:x", "o:b,a,b", "o:*,a",
		"", ":", "o", "o:", "a**:r", "a/**/b:r", "o//x:r", "ö:r", "o:r:w", "o:\xff", "***:r", "o:,",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		scope, err := access.Parse(text)
		if err != nil {
			syntax, is := errors.AsType[*access.SyntaxError](err)
			if !is || syntax.Text != text || syntax.Offset < 0 || syntax.Offset > len(text) {
				t.Fatalf("Parse(%q): %#v", text, err)
			}
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Fatalf("Parse(%q): the message is not printable: %q", text, err.Error())
			}
			return
		}
		printed := scope.String()
		if again, err := access.Parse(printed); err != nil || again != scope || again.String() != printed {
			t.Fatalf("Parse(%q) prints %q, which parses as %q, %v", text, printed, again, err)
		}
		resource, verbs, _ := strings.Cut(text, ":")
		printedResource, printedVerbs, _ := strings.Cut(printed, ":")
		if resource != printedResource {
			t.Fatalf("Parse(%q) prints %q", text, printed)
		}
		for verb := range strings.SplitSeq(verbs+","+printedVerbs+",x,zz", ",") {
			if listsVerb(verbs, verb) != listsVerb(printedVerbs, verb) {
				t.Fatalf("Parse(%q) prints %q, which differs about %q", text, printed, verb)
			}
		}
	})
}

// FuzzDifference holds the engine against the oracle on all short words.
func FuzzDifference(f *testing.F) {
	f.Add("a*:r b/**:*", "a*b:r", "**:r", "*/a:r")
	f.Add("*a*b*:r,w", "", "*b*a*:r", "*ab*:w")
	f.Add("*:*", "*/**:*", "*a:r *b:r a/b/**:r", "a:*")
	f.Add("x:x", "", "", "x:x")
	words := shortWords("xab", 4, "x", "r", "w", "go")
	f.Fuzz(func(t *testing.T, allow, deny, otherAllow, otherDeny string) {
		before := texts{scopesIn(allow), scopesIn(deny)}
		after := texts{scopesIn(otherAllow), scopesIn(otherDeny)}
		diff := access.Difference(before.set(), after.set())
		if !diff.Complete {
			if !diff.NewAccess || !diff.RemovedAccess {
				t.Fatalf("%v to %v: %+v", before, after, diff)
			}
			return
		}
		for _, word := range words {
			was, is := before.holds(word), after.holds(word)
			if is && !was && !diff.NewAccess || was && !is && !diff.RemovedAccess {
				t.Fatalf("%v to %v: %+v, but for %s", before, after, diff, word)
			}
			if is && !was && beforeWord(word, diff.Witness) || was && !is && beforeWord(word, diff.RemovedWitness) {
				t.Fatalf("%v to %v: %+v, but %s is before that", before, after, diff, word)
			}
		}
		if diff.NewAccess && (!isWord(diff.Witness) || before.holds(diff.Witness) || !after.holds(diff.Witness)) {
			t.Fatalf("%v to %v: %q is not new", before, after, diff.Witness)
		}
		if diff.RemovedAccess && (!isWord(diff.RemovedWitness) || !before.holds(diff.RemovedWitness) || after.holds(diff.RemovedWitness)) {
			t.Fatalf("%v to %v: %q is not removed", before, after, diff.RemovedWitness)
		}
	})
}

func beforeWord(word, witness string) bool { return before(word, witness) < 0 }

// scopesIn returns those fields of a text that are scopes, a few and none so
// long that the oracle, which backtracks, would not end.
func scopesIn(text string) []string {
	var scopes []string
	for field := range strings.FieldsSeq(text) {
		if _, err := access.Parse(field); err == nil && len(field) <= 24 && len(scopes) < 6 {
			scopes = append(scopes, field)
		}
	}
	return scopes
}

func shortWords(letters string, length int, verbs ...string) []string {
	var words []string
	for _, resource := range newUniverse(letters, length).resources {
		for _, verb := range verbs {
			words = append(words, resource+":"+verb)
		}
	}
	return words
}

// FuzzDiffLines: whatever is read, the answers are whole lines of JSON, one for
// each question up to the first that is none, with its id; and the same
// question turned round has the answer turned round.
func FuzzDiffLines(f *testing.F) {
	f.Add([]byte(aQuestion))
	f.Add([]byte(`{"id":"<\u0041>","before":{"allow":["o/*:r"],"deny":["o/x:*"]},"after":{"allow":["**:r"]}}` + "\n" + aQuestion))
	f.Add([]byte(`{"id":"1","before":{"allow":null},"after":{"allow":[]}}`))
	f.Add([]byte("\n"))
	f.Add([]byte(`{"after":{"allow":["a*b:r"]},"id":"","before":{"allow":["a*:r","*b:r"],"deny":["ab:*"]}}` + "\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		err := access.DiffLines(t.Context(), bytes.NewReader(in), &out)
		asked := strings.Split(strings.TrimSuffix(string(in), "\n"), "\n")
		answered := 0
		for line := range strings.Lines(out.String()) {
			checkLine(t, asked[answered], line)
			answered++
		}
		if err == nil && len(in) > 0 && answered != len(asked) {
			t.Fatalf("%d lines, %d answers", len(asked), answered)
		}
	})
}

type answerLine struct {
	ID json.RawMessage `json:"id"`
	access.Diff
}

func checkLine(t *testing.T, question, line string) {
	t.Helper()
	var q struct {
		ID            json.RawMessage `json:"id"`
		Before, After json.RawMessage
	}
	var answer, turned answerLine
	if err := json.Unmarshal([]byte(question), &q); err != nil {
		t.Fatalf("answered %q: %v", question, err)
	}
	if err := json.Unmarshal([]byte(line), &answer); err != nil || !strings.HasSuffix(line, "\n") {
		t.Fatalf("answer %q: %v", line, err)
	}
	if !bytes.Equal(q.ID, answer.ID) {
		t.Fatalf("id %s, want %s", answer.ID, q.ID)
	}
	var out bytes.Buffer
	back := `{"id":"","before":` + string(q.After) + `,"after":` + string(q.Before) + `}`
	if err := access.DiffLines(t.Context(), strings.NewReader(back), &out); err != nil {
		t.Fatalf("%s: %v", back, err)
	}
	if err := json.Unmarshal(out.Bytes(), &turned); err != nil {
		t.Fatal(err)
	}
	d := turned.Diff
	d.NewAccess, d.RemovedAccess, d.Witness, d.RemovedWitness = d.RemovedAccess, d.NewAccess, d.RemovedWitness, d.Witness
	if d != answer.Diff {
		t.Fatalf("%s is answered %+v, turned round %+v", question, answer.Diff, turned.Diff)
	}
}
