// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/audit"
)

var begin = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func documentID(seq int64) string { return fmt.Sprintf("event-%010d", seq) }

// trail writes n events of one app.
func trail(t testing.TB, app string, n int) ([]audit.Stored, audit.Head) {
	t.Helper()
	var head audit.Head
	stored := make([]audit.Stored, n)
	for i := range stored {
		event, body, next, err := audit.Next(head, audit.Event{
			Type: audit.RegistrationUpdated, Time: begin.Add(time.Duration(i) * time.Minute).Format(time.RFC3339Nano),
			Domain: "orders", App: app, Node: "orders/" + app + "@prod", Owner: "group:a",
			Actor: audit.Actor{Kind: audit.ActorPerson, Name: "ada"}, Operation: fmt.Sprintf("op-%d", i/3),
			Added: []string{"orders/carts:read"},
			After: json.RawMessage(fmt.Sprintf(`{"version":"v%d"}`, i)),
		})
		if err != nil {
			t.Fatal(err)
		}
		head, stored[i] = next, audit.Stored{ID: documentID(event.Seq), Body: body}
	}
	return stored, head
}

func verify(stored []audit.Stored, head audit.Head) []audit.Problem {
	return audit.Verify(audit.Chain{Domain: "orders", App: "checkout"}, stored, head, documentID)
}

func TestNext(t *testing.T) {
	t.Parallel()
	event, body, head, err := audit.Next(audit.Head{}, audit.Event{Type: audit.RegistrationCreated, Domain: "orders", App: "checkout", Operation: "op"})
	if err != nil || event.Seq != 1 || event.Prev != "" || head.Seq != 1 {
		t.Fatalf("first event is %+v, head %+v, error %v", event, head, err)
	}
	second, _, next, err := audit.Next(head, audit.Event{Domain: "orders", App: "checkout", Operation: "op"})
	if err != nil || second.Seq != 2 || second.Prev != head.Digest || second.ID == event.ID {
		t.Fatalf("second event is %+v, head %+v, error %v", second, next, err)
	}
	again, err := audit.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(event, again); d != "" {
		t.Errorf("the decoded event differs (-want +got):\n%s", d)
	}
}

// The package comment states the limit of a chain: it cannot show that the newest
// events and the head were rewritten together. Every attack here keeps the head.
func TestVerifySeesEveryAttackBelowTheHead(t *testing.T) {
	t.Parallel()
	const n = 50
	foreign, _ := trail(t, "other", n)
	attacks := map[string]func(at int, s []audit.Stored) []audit.Stored{
		"edit": func(at int, s []audit.Stored) []audit.Stored {
			s[at].Body = bytes.Replace(s[at].Body, []byte("ada"), []byte("eve"), 1)
			return s
		},
		"delete":    func(at int, s []audit.Stored) []audit.Stored { return slices.Delete(s, at, at+1) },
		"duplicate": func(at int, s []audit.Stored) []audit.Stored { return slices.Insert(s, at, s[at]) },
		"reorder": func(at int, s []audit.Stored) []audit.Stored {
			next := (at + 1) % n
			s[at].Body, s[next].Body = s[next].Body, s[at].Body
			return s
		},
		"swap with another app": func(at int, s []audit.Stored) []audit.Stored {
			s[at] = foreign[at]
			return s
		},
		"truncate": func(at int, s []audit.Stored) []audit.Stored { return s[:at] },
		"rewrite to the end": func(at int, s []audit.Stored) []audit.Stored {
			head := audit.Head{}
			for i, stored := range s {
				e, err := audit.Decode(stored.Body)
				if err != nil {
					t.Fatal(err)
				}
				if i == at {
					e.Actor.Name = "eve"
				}
				if _, s[i].Body, head, err = audit.Next(head, e); err != nil {
					t.Fatal(err)
				}
			}
			return s
		},
	}
	stored, head := trail(t, "checkout", n)
	if problems := verify(stored, head); len(problems) > 0 {
		t.Fatalf("an untouched trail has problems: %+v", problems)
	}
	tried := 0
	for name, attack := range attacks {
		for at := range n {
			copied := make([]audit.Stored, n)
			for i, s := range stored {
				copied[i] = audit.Stored{ID: s.ID, Body: slices.Clone(s.Body)}
			}
			if problems := verify(attack(at, copied), head); len(problems) == 0 {
				t.Errorf("%s at %d is not seen", name, at)
			}
			tried++
		}
	}
	t.Logf("%d attacks, all seen", tried)
}

func TestVerifySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		attack func(s []audit.Stored, h *audit.Head) []audit.Stored
		want   []audit.Rule
	}{
		{"one edit spoils one link", func(s []audit.Stored, _ *audit.Head) []audit.Stored {
			s[1].Body = bytes.Replace(s[1].Body, []byte("ada"), []byte("eve"), 1)
			return s
		}, []audit.Rule{audit.RuleChain}},
		{"spaces", func(s []audit.Stored, _ *audit.Head) []audit.Stored {
			s[2].Body = append(s[2].Body, ' ')
			return s
		}, []audit.Rule{audit.RuleEncoding, audit.RuleHead}},
		{"not JSON", func(s []audit.Stored, _ *audit.Head) []audit.Stored {
			s[0].Body = []byte("{")
			return s
		}, []audit.Rule{audit.RuleEncoding, audit.RuleChain}},
		{"a gap", func(s []audit.Stored, _ *audit.Head) []audit.Stored { return append(s[:1], s[2]) }, []audit.Rule{audit.RuleSequence}},
		{"stored under another id", func(s []audit.Stored, _ *audit.Head) []audit.Stored {
			s[2].ID = documentID(9)
			return s
		}, []audit.Rule{audit.RuleSequence}},
		{"an event without a number", func(s []audit.Stored, _ *audit.Head) []audit.Stored {
			s[1].Body = bytes.Replace(s[1].Body, []byte(`"seq":2`), []byte(`"seq":0`), 1)
			return s
		}, []audit.Rule{audit.RuleSequence, audit.RuleChain}},
		{"an event of another app", func(s []audit.Stored, _ *audit.Head) []audit.Stored {
			other, _ := trail(t, "other", 1)
			s[0] = other[0]
			return s
		}, []audit.Rule{audit.RuleForeign, audit.RuleChain}},
		{"an event of another domain", func(s []audit.Stored, _ *audit.Head) []audit.Stored {
			s[0].Body = bytes.Replace(s[0].Body, []byte(`"domain":"orders"`), []byte(`"domain":"others"`), 1)
			return s
		}, []audit.Rule{audit.RuleForeign, audit.RuleChain}},
		{"the head moved back", func(s []audit.Stored, h *audit.Head) []audit.Stored {
			h.Seq = 2
			return s
		}, []audit.Rule{audit.RuleHead}},
		{"no head", func(s []audit.Stored, h *audit.Head) []audit.Stored {
			*h = audit.Head{}
			return s
		}, []audit.Rule{audit.RuleHead}},
		{"no events", func([]audit.Stored, *audit.Head) []audit.Stored { return nil }, []audit.Rule{audit.RuleHead}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stored, head := trail(t, "checkout", 3)
			var got []audit.Rule
			for _, p := range verify(test.attack(stored, &head), head) {
				got = append(got, p.Rule)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("rules differ (-want +got):\n%s", d)
			}
		})
	}
}

// TestVerifyNamesTheDigests says what an event names and what is there.
func TestVerifyNamesTheDigests(t *testing.T) {
	t.Parallel()
	stored, head := trail(t, "checkout", 2)
	second := []audit.Stored{{ID: documentID(1), Body: bytes.Replace(stored[1].Body, []byte(`"seq":2`), []byte(`"seq":1`), 1)}}
	_, body, _, err := audit.Next(audit.Head{Digest: "sha256:abc"}, audit.Event{Type: audit.RegistrationUpdated, Domain: "orders", App: "checkout", Operation: "op"})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		stored []audit.Stored
		head   audit.Head
		want   string
	}{
		"a first event with one before": {[]audit.Stored{{ID: documentID(1), Body: body}}, head, "event 1 names sha256:abc as the digest of the event before it, which has none"},
		"no head":                       {stored, audit.Head{}, "the head names event 0 (none); the newest stored event is 2 (" + head.Digest + ")"},
		"no events":                     {nil, head, "the head names event 2 (" + head.Digest + "); the newest stored event is 0 (none)"},
	} {
		problems := verify(test.stored, test.head)
		if len(problems) == 0 || problems[0].Message != test.want {
			t.Errorf("%s: %+v, want %q", name, problems, test.want)
		}
	}
	if problems := verify(second, head); len(problems) == 0 {
		t.Error("a renumbered event is not seen")
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	event := audit.Event{Node: "orders/checkout/worker@prod", Owner: "group:a", Time: "2026-01-31T12:00:00Z"}
	for _, test := range []struct {
		name   string
		filter audit.Filter
		want   bool
	}{
		{"everything", audit.Filter{}, true},
		{"the node", audit.Filter{Node: "orders/checkout/worker@prod"}, true},
		{"another node", audit.Filter{Node: "orders/checkout"}, false},
		{"a pattern", audit.Filter{Node: "orders/*@prod"}, true},
		{"a pattern of pieces", audit.Filter{Node: "*check*work*"}, true},
		{"pieces in the wrong order", audit.Filter{Node: "*work*check*"}, false},
		{"one character cannot be used twice", audit.Filter{Node: "orders/checkout/worker@prod*d"}, false},
		{"the owner", audit.Filter{Owner: "group:a"}, true},
		{"another owner", audit.Filter{Owner: "group:b"}, false},
		{"since then", audit.Filter{Since: begin}, true},
		{"since later", audit.Filter{Since: begin.Add(1)}, false},
		{"until then", audit.Filter{Until: begin}, false},
		{"until later", audit.Filter{Until: begin.Add(1)}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.filter.Match(event); got != test.want {
				t.Errorf("match is %v", got)
			}
		})
	}
	if (audit.Filter{Since: begin}).Match(audit.Event{Time: "yesterday"}) {
		t.Error("an invalid time is in a range")
	}
}

// FuzzVerify changes one byte of one event: no change may pass, and none may
// panic.
func FuzzVerify(f *testing.F) {
	f.Add(uint16(0), uint16(0), byte(1))
	f.Add(uint16(2), uint16(40), byte(0x20))
	f.Add(uint16(1), uint16(7), byte(0x80))
	f.Fuzz(func(t *testing.T, event, at uint16, mask byte) {
		stored, head := trail(t, "checkout", 3)
		body := stored[int(event)%3].Body
		body[int(at)%len(body)] ^= mask
		problems := verify(stored, head)
		if changed := mask != 0; changed != (len(problems) > 0) {
			t.Fatalf("byte %d of event %d xor %#x: problems %+v", at, event, mask, problems)
		}
	})
}

// FuzzVerifyAnything verifies bytes that are not an event.
func FuzzVerifyAnything(f *testing.F) {
	stored, _ := trail(f, "checkout", 1)
	f.Add(string(stored[0].Body), "event-0000000001")
	f.Add("null", "")
	f.Add(`{"seq":9223372036854775807}`, "event")
	f.Fuzz(func(t *testing.T, body, id string) {
		problems := verify([]audit.Stored{{ID: id, Body: []byte(body)}}, audit.Head{})
		if len(problems) == 0 {
			t.Fatal("an event without a head passes")
		}
		for _, p := range problems {
			if strings.TrimSpace(p.Message) == "" || p.Rule == "" {
				t.Fatalf("problem without words: %+v", p)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	stored, head := trail(b, "checkout", 1_000)
	b.ReportAllocs()
	for b.Loop() {
		if problems := verify(stored, head); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	b.ReportAllocs()
	head := audit.Head{}
	for b.Loop() {
		var err error
		if _, _, head, err = audit.Next(head, audit.Event{Domain: "orders", App: "checkout", Operation: "op"}); err != nil {
			b.Fatal(err)
		}
	}
}
