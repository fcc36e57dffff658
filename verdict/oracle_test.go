// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// A topic is what a sentence of the verdict is about, in the oracle's words. $1 is what
// the pattern captured.
type topic struct{ pattern, what string }

// topics are in order: the first that a sentence begins with counts.
func topics() []topic {
	return []topic{
		{`(?:is no longer|is not) bound by policy template ([a-z]+)`, "bound by $1"},
		{`is no longer below`, "moved"},
		{`is no longer protected`, "protect"},
		{`allows more repositories`, "sources"},
		{`allows more environments`, "environments"},
		{`allows credentials to be delivered`, "sink"},
		{`allows more|no longer has a ceiling|denies less`, "bounds"},
		{`counts fewer scopes as reading`, "secretScopes"},
		{`counts fewer scopes as privileged`, "privilegedScopes"},
		{`raises (guardrail [a-z]+)`, "$1"},
		{`lets other people approve|can be waived by other`, "approvers"},
		{`has a higher waivers\.longest`, "longest"},
		{`has a higher limits\.([A-Za-z]+)`, "$1"},
		{`has a different owner`, "owner"},
		{`is removed`, "removed"},
		{`only audits`, "mode"},
		{`matches (?:only some|fewer) (kinds|domains|environments)`, "match.$1"},
		{`matches only with label`, "match.labels"},
		{`forbids less`, "mustNever"},
		{`no longer requires an identity`, "required"},
		{`trusts more ([a-z]+)`, "$1"},
		{`no longer pins`, "pin"},
		{`has a different schema`, "schema"},
		{`no longer has rule|has a different rule`, "rules"},
		{`accepts more by rule`, "accepts"},
		{`has different params`, "params"},
		{`renews credential ([a-z0-9]+)`, "every of $1"},
		{`keeps the old value of credential ([a-z0-9]+)`, "overlap of $1"},
		{`waits for consumers of credential ([a-z0-9]+)`, "ackTimeout of $1"},
		{`has other consumers of credential ([a-z0-9]+)`, "consumers of $1"},
		{`has store`, "store"},
		{`trusts snapshots`, "trusts"},
		{`propagates grants`, "propagates to"},
		{`adds ([a-z]+ [0-9]+) to (group:[a-z]+)`, "adds $1 to $2"},
		{`(?:takes|has) container`, "container"},
		{`keeps what was removed`, "retention"},
		{`has (name|owner|source|sponsor|type|tenant|account|client|key) `, "$1"},
		{`manages`, "owns"},
		{`removes grants`, "unmanaged"},
		{`accepts more than nodes declare`, "excess"},
		{`is no longer an agent`, "agent"},
		{`acts on behalf of`, "onBehalfOf"},
		{`has tokens that live`, "tokenLife"},
		{`lasts until`, "until"},
		{`uses (entra|okta):(\S+) at .*, which belongs to`, "uses $1 $2"},
		{`uses (entra|okta):(\S+), which belongs to`, "uses $1 $2"},
		{`uses cosmos account (\S+), which belongs to`, "uses cosmos $1"},
	}
}

// A reader tells what the sentences of a verdict are about.
type reader struct {
	patterns []*regexp.Regexp
	topics   []topic
}

func newReader() *reader {
	r := &reader{topics: topics()}
	for _, t := range r.topics {
		r.patterns = append(r.patterns, regexp.MustCompile(`^(?:`+t.pattern+`)`))
	}
	return r
}

// what returns what a sentence of a level is about.
func (r *reader) what(level, change string) string {
	if strings.HasPrefix(level, "waiver ") {
		return "waiver"
	}
	for i, pattern := range r.patterns {
		if at := pattern.FindStringSubmatchIndex(change); at != nil {
			return string(pattern.ExpandString(nil, r.topics[i].what, change, at))
		}
	}
	return "unknown: " + change
}

// said returns the gains that a verdict names.
func (r *reader) said(v *verdict.Verdict) map[gain]string {
	all := map[gain]string{}
	for _, a := range v.NewAccess {
		what := a.Identity
		if a.Role != "" {
			what += " has " + a.Role
		}
		all[gain{listAccess, a.Node, what}] = a.Witness
	}
	for _, h := range v.NewHeadroom {
		all[gain{listHeadroom, h.Level, r.what(h.Level, h.Change)}] = h.Change
	}
	for _, d := range v.NewDelivery {
		all[gain{listDelivery, d.Node, d.Credential + " to " + strings.ToLower(d.Sink)}] = d.Opens
	}
	for _, h := range v.NewControl {
		all[gain{listControl, h.Level, r.what(h.Level, h.Change)}] = h.Change
	}
	for _, a := range v.RemovedAccess {
		all[gain{listRemoved, a.Node, a.Identity}] = a.Witness
	}
	for _, d := range v.Policy {
		all[gain{listPolicy, string(d.Kind) + " " + d.Name, d.Change}] = d.File
	}
	for _, b := range v.Credentials {
		all[gain{listCredentials, b.Node, b.Credential + " " + b.Change}] = b.Opens
	}
	return all
}

// witnesses returns the permissions by which a verdict proves its gains.
func (r *reader) witnesses(v *verdict.Verdict) map[gain][]string {
	all := map[gain][]string{}
	add := func(g gain, witness string) {
		if witness != "" {
			all[g] = append(all[g], witness)
		}
	}
	for _, a := range v.NewAccess {
		if a.Role == "" {
			add(gain{listAccess, a.Node, a.Identity}, a.Witness)
		}
	}
	for _, a := range v.RemovedAccess {
		add(gain{listRemoved, a.Node, a.Identity}, a.Witness)
	}
	for _, h := range v.NewHeadroom {
		add(gain{listHeadroom, h.Level, r.what(h.Level, h.Change)}, h.Witness)
	}
	return all
}

// disagreements returns what the oracle and a verdict do not agree on.
func (o *oracle) disagreements(r *reader, v *verdict.Verdict) []string {
	var list []string
	said := r.said(v)
	for g, example := range o.must {
		if _, there := said[g]; !there {
			list = append(list, fmt.Sprintf("not said: %s, %s: %s, for example %s", g.list, g.level, g.what, example))
		}
	}
	for g, change := range said {
		_, must := o.must[g]
		if _, may := o.may[g]; !must && !may {
			list = append(list, fmt.Sprintf("said, and no gain: %s, %s: %s (%s)", g.list, g.level, g.what, change))
		}
	}
	for g, words := range r.witnesses(v) {
		for _, word := range words {
			if more := o.more[g]; slices.Contains(o.all, word) && g.what != "waiver" && !slices.Contains(o.texts(more), word) {
				list = append(list, fmt.Sprintf("%s is no witness: %s, %s: %s", word, g.list, g.level, g.what))
			}
		}
	}
	slices.Sort(list)
	return list
}

// trial is one random pair of valid registries.
type trial struct {
	first, second draft
	base, head    *manifest.Registry
	what          []string // that changed
}

// drawTrial draws a registry and a change of it, every third time a large one; nil if one
// of both is not valid.
func drawTrial(t testing.TB, r *rand.Rand, fields []manifest.Field, v *validity) *trial {
	t.Helper()
	p := &trial{}
	p.first, _ = company().step(r, fields)
	p.second, p.what = p.first.step(r, fields)
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(3) {
			var more []string
			p.second, more = p.second.step(r, fields)
			p.what = append(p.what, more...)
		}
	}
	if p.base = v.load(t, p.first); p.base == nil {
		return nil
	}
	if p.head = v.load(t, p.second); p.head == nil {
		return nil
	}
	return p
}

// A way is one direction of a trial, in one mode.
type way struct {
	*trial
	backwards bool
	closed    *closedWorld // nil: open mode
}

// drafts returns base and head.
func (w way) drafts() (base, head draft) {
	if w.backwards {
		return w.second, w.first
	}
	return w.first, w.second
}

// trees returns base and head, and how they are compared.
func (w way) trees(t testing.TB) (base, head *bounds.Tree, config verdict.Config) {
	t.Helper()
	from, to := w.base, w.head
	if w.backwards {
		from, to = to, from
	}
	config.Opens = validate.Opens(wire.Systems())
	head = bounds.New(to, nil)
	if w.closed != nil {
		listed := head.Union(w.closed.listed)
		config.Catalogue = &verdict.World{Namespaces: w.closed.namespaces, Listed: listed}
	}
	return bounds.New(from, head.Budget()), head, config
}

// catalogue is a world in which two namespaces are closed.
func catalogue() *closedWorld {
	return &closedWorld{namespaces: []string{"cosmos", "keyvault"}, listed: []string{"cosmos/one/*:r", "keyvault/**:get"}}
}

// ways returns both directions of a trial, of which every second one is in catalogue
// mode.
func (p *trial) ways(i int) []way {
	list := []way{{trial: p}, {trial: p, backwards: true}}
	list[i%2].closed = catalogue()
	return list
}

// TestOracle draws pairs of registries with every field, and holds every list of the
// verdict against powers that are listed one by one.
func TestOracle(t *testing.T) {
	t.Parallel()
	fields := judgedFields(t)
	var seen tally
	inChunks(t, rounds(t, 300), func(t *testing.T, from, to int) {
		l, reads, valid := newLexicon(), newReader(), newValidity()
		for i := from; i < to; i++ {
			p := drawTrial(t, round(i, 19), fields, valid)
			if p == nil {
				continue
			}
			seen.add("pairs")
			for _, w := range p.ways(i) {
				first, second := w.drafts()
				o := newOracle(l, first, second, w.closed)
				base, head, config := w.trees(t)
				if list := o.disagreements(reads, verdict.Compare(base, head, config)); len(list) > 0 {
					t.Errorf("round %d, backwards %t, after %q:\n%s", i, w.backwards, p.what, strings.Join(list, "\n"))
				}
				for g := range o.must {
					seen.add(g.list)
				}
			}
		}
	})
	t.Logf("pairs, and what the oracle found in both directions: %v", seen.counts)
	for _, list := range append(gainLists(), listRemoved, listPolicy, listCredentials) {
		if seen.counts[list] == 0 {
			t.Errorf("nothing of %s: the pairs are too simple", list)
		}
	}
}

// TestOracleNoticesEveryComparison takes out one comparison after the other: the oracle
// notices each time.
func TestOracleNoticesEveryComparison(t *testing.T) {
	t.Parallel()
	const most = 4000
	fields := judgedFields(t)
	l, reads, valid := newLexicon(), newReader(), newValidity()
	left, took := map[int]bool{}, map[int]int{}
	for skip := range verdict.Steps() {
		left[skip] = true
	}
	for i := 0; i < most && len(left) > 0; i++ {
		p := drawTrial(t, round(i, 20), fields, valid)
		if p == nil {
			continue
		}
		w := way{trial: p}
		o := newOracle(l, p.first, p.second, nil)
		base, head, config := w.trees(t)
		if list := o.disagreements(reads, verdict.Compare(base, head, config)); len(list) > 0 {
			t.Errorf("pair %d, after %q:\n%s", i, p.what, strings.Join(list, "\n"))
			continue
		}
		for _, skip := range slices.Sorted(maps.Keys(left)) {
			base, head, config := w.trees(t)
			if len(o.disagreements(reads, verdict.CompareWithout(skip, base, head, config))) > 0 {
				delete(left, skip)
				took[skip] = i + 1
			}
		}
	}
	t.Logf("pairs until each comparison was missed: %v", took)
	for skip := range left {
		t.Errorf("the oracle does not notice that comparison %d is not made, in %d pairs", skip, most)
	}
}
