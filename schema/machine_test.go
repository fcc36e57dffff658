// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/appofapps/roster/manifest"
)

// patterns returns every pattern of the published schemas once.
func patterns(t testing.TB) []string {
	t.Helper()
	seen := map[string]bool{}
	var list []string
	for _, kind := range manifest.Kinds() {
		top, err := parse(read(t, kind))
		if err != nil {
			t.Fatal(err)
		}
		visit(top, func(n *node) {
			if n.Pattern != "" && !seen[n.Pattern] {
				seen[n.Pattern] = true
				list = append(list, n.Pattern)
			}
		})
	}
	return list
}

// TestMachineAgreesWithRegexp compares a pattern's machine with package regexp
// on texts that match it, and on the same texts with one character changed.
func TestMachineAgreesWithRegexp(t *testing.T) {
	t.Parallel()
	extra := []string{"^$", "^(a|b)?$", "^(a*b)*c$", "^a{2,4}(bc|b)$", "^(ab|a)(bc|c)$", "^[ -~]*$"}
	for _, pattern := range append(patterns(t), extra...) {
		m, err := newMachine(pattern)
		if err != nil {
			t.Errorf("newMachine(%q): %v", pattern, err)
			continue
		}
		expression := regexp.MustCompile(pattern)
		s := sampler{rand.New(rand.NewPCG(1, 2))}
		matched := 0
		for range 2000 {
			text := s.text(pattern)
			if s.IntN(2) == 0 {
				text = s.disturb(text)
			}
			want := expression.MatchString(text)
			if got := m.match(text); got != want {
				t.Errorf("machine of %q matches %q: %t, regexp says %t", pattern, text, got, want)
			}
			if want {
				matched++
			}
		}
		if matched < 500 || matched > 1990 {
			t.Errorf("%q matched %d of 2000 texts: the texts say little", pattern, matched)
		}
	}
}

func TestMachineRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern string
		want    error
	}{
		{"a", errUnanchored},
		{"^a", errUnanchored},
		{"a$", errUnanchored},
		{"^a|b$", errUnanchored},
		{"(?m)^a$", errUnanchored},
		{"^[^a]$", errNotASCII},
		{"^.$", errNotASCII},
		{"^(?i:k)$", errNotASCII}, // matches U+212A too
		{"^[a-z]{1,255}$", errTooLarge},
	} {
		if _, err := newMachine(test.pattern); !errors.Is(err, test.want) {
			t.Errorf("newMachine(%q): %v, want %v", test.pattern, err, test.want)
		}
	}
	if _, err := newMachine("^($"); err == nil {
		t.Error("newMachine takes an unclosed group")
	}
}

// sampler draws texts.
type sampler struct{ *rand.Rand }

// text returns a text that matches a pattern.
func (s sampler) text(pattern string) string {
	expression, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err)
	}
	var b strings.Builder
	s.write(&b, expression)
	return b.String()
}

func (s sampler) write(b *strings.Builder, e *syntax.Regexp) {
	times := 1
	switch e.Op {
	case syntax.OpLiteral:
		b.WriteString(string(e.Rune))
		return
	case syntax.OpCharClass:
		at := 2 * s.IntN(len(e.Rune)/2)
		b.WriteRune(e.Rune[at] + s.Int32N(e.Rune[at+1]-e.Rune[at]+1))
		return
	case syntax.OpAlternate:
		s.write(b, e.Sub[s.IntN(len(e.Sub))])
		return
	case syntax.OpStar:
		times = s.IntN(4)
	case syntax.OpPlus:
		times = 1 + s.IntN(6)
	case syntax.OpQuest:
		times = s.IntN(2)
	case syntax.OpRepeat:
		times = e.Min + s.IntN(e.Max-e.Min+1)
	default: // a concatenation, a group or an anchor
	}
	for range times {
		for _, sub := range e.Sub {
			s.write(b, sub)
		}
	}
}

// disturb returns text with one character inserted, removed or replaced.
func (s sampler) disturb(text string) string {
	runes := []rune(text)
	odd := []rune("aZ0-_./:,*@$% \n\x00\x7fé\u00a0\u2028\ufeff\U0001f600")
	c := odd[s.IntN(len(odd))]
	at := s.IntN(len(runes) + 1)
	switch {
	case at == len(runes) || s.IntN(3) == 0:
		return string(runes[:at]) + string(c) + string(runes[at:])
	case s.IntN(2) == 0:
		return string(runes[:at]) + string(runes[at+1:])
	}
	runes[at] = c
	return string(runes)
}
