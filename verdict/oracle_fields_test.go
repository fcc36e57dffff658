// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/verdict"
)

// withoutSwing says where the oracle reads the fields that have no swing, or why it does
// not. Whatever declares something has a kind: another kind is another declaration.
func withoutSwing() map[string]string {
	const declares = "readState: what has another kind is another declaration"
	all := map[string]string{
		"Root kind": declares, "Domain kind": declares, "PolicyTemplate kind": declares, "Provider kind": declares, "Waiver kind": declares,
		"App kind": "point.kind: agents become apps in the random pairs", "Agent kind": "point.kind: agents become apps in the random pairs",
	}
	for _, kind := range []string{"App ", "Agent "} {
		all[kind+"metadata.previously"] = "follow: apps are renamed in the random pairs"
		all[kind+"spec.provides"] = "exists: half of the random pairs are in catalogue mode"
		all[kind+"spec.environments.*"] = "addNodes: environments are renamed in the random pairs"
	}
	return all
}

// TestOracleKnowsEveryField changes each field by which something can be gained: the
// oracle sees the gain, and agrees with the verdict. A field without a swing fails until
// it is listed above.
func TestOracleKnowsEveryField(t *testing.T) {
	t.Parallel()
	all, without := swings(), withoutSwing()
	l, reads := newLexicon(), newReader()
	seen := 0
	for _, f := range judgedFields(t) {
		name := string(f.Kind) + " " + f.Path
		s := all[name]
		if s.more == nil && s.less == nil {
			if without[name] == "" {
				t.Errorf("%s has no swing: say where the oracle reads it", name)
			}
			delete(without, name)
			continue
		}
		first := s.start(f)
		for i, value := range []any{s.more, s.less} {
			if value == nil {
				continue
			}
			second := s.change(t, f, first, value)
			p := &trial{first: first, second: second, base: first.load(t), head: second.load(t)}
			o := newOracle(l, first, second, nil)
			base, head, config := way{trial: p}.trees(t)
			if list := o.disagreements(reads, verdict.Compare(base, head, config)); len(list) > 0 {
				t.Errorf("%s = %v:\n%s", name, value, strings.Join(list, "\n"))
			}
			if more := i == 0; o.gains() != more {
				t.Errorf("%s = %v: the oracle sees a gain: %t", name, value, !more)
			}
			seen++
		}
	}
	for name := range without {
		t.Errorf("%s is listed as a field without a swing, and has one or is no field", name)
	}
	t.Logf("%d changes of single fields", seen)
}

// gains reports whether somebody gains something: the lists that follow do not count.
func (o *oracle) gains() bool {
	for g := range o.must {
		if slices.Contains(gainLists(), g.list) {
			return true
		}
	}
	return false
}

func gainLists() []string { return []string{listAccess, listHeadroom, listDelivery, listControl} }
