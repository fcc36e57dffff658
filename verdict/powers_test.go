// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// powers is what somebody can do, each as one concrete text. A limit is the powers that
// it leaves: "a credential of age 90d is accepted".
type powers map[string]bool

func (p powers) add(list ...string) {
	for _, what := range list {
		p[what] = true
	}
}

// beyond returns the least power of p that q does not have.
func (p powers) beyond(q powers) (example string, found bool) {
	for _, what := range slices.Sorted(maps.Keys(p)) {
		if !q[what] {
			return what, true
		}
	}
	return "", false
}

// anyOther is a value that no registry names: what a list leaves open can be it.
const anyOther = "(any other)"

// listed are the values that a list permits, of all that there are. An absent list
// permits everything.
func listed(list []string, all ...string) powers {
	if list == nil {
		list = append(slices.Clone(all), anyOther)
	}
	p := powers{}
	p.add(list...)
	return p
}

// unlisted are the values of all that a list leaves out.
func unlisted(list []string, all ...string) powers {
	p := powers{}
	for _, value := range append(slices.Clone(all), anyOther) {
		if list != nil && !slices.Contains(list, value) {
			p.add(value)
		}
	}
	return p
}

// hours returns how long a text such as 30d is; ever for none.
func hours(text string) int {
	if text == "" {
		return ever
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	if err != nil {
		panic("not a duration: " + text)
	}
	switch text[len(text)-1] {
	case 'm':
		return n // of this world's durations, minutes are shorter than an hour
	case 'h':
		return 60 * n
	default:
		return 24 * 60 * n
	}
}

// ever is longer than every duration of the random registries.
const ever = 1 << 40

// upTo are the lengths that a limit permits: every length that a registry can name, and
// no end.
func upTo(what, limit string) powers {
	p := powers{}
	for _, text := range []string{"1m", "15m", "1h", "2h", "24h", "1d", "2d", "30d", "31d", "90d", "91d", "399d", "400d", "401d", ""} {
		if hours(text) <= hours(limit) {
			p.add(what + " of " + text)
		}
	}
	return p
}

// atMost are the numbers that a limit permits; an absent limit permits all.
func atMost(what string, limit any, absent int) powers {
	most := absent
	switch value := limit.(type) {
	case int:
		most = value
	case float64: // of a draft that was copied through its JSON form
		most = int(value)
	case string:
		n, err := strconv.Atoi(strings.TrimSuffix(value, "%"))
		if err != nil {
			panic("not a number: " + value)
		}
		most = n
	}
	p := powers{}
	for n := range 102 {
		if n <= most {
			p.add(what + " " + strconv.Itoa(n))
		}
	}
	return p
}

// A gain is one thing that somebody can newly do, as the oracle and the verdict both
// name it: the list of the verdict, the level or node, and what it is about.
type gain struct{ list, level, what string }

// The lists of a verdict. Those that follow the gains name what else a change does.
const (
	listAccess      = "NewAccess"
	listHeadroom    = "NewHeadroom"
	listDelivery    = "NewDelivery"
	listControl     = "NewControl"
	listRemoved     = "RemovedAccess"
	listPolicy      = "Policy"
	listCredentials = "Credentials"
)

// An oracle compares the powers of two states by brute force.
type oracle struct {
	*lexicon
	base, head *state
	counted    words           // those that exist; all in open mode
	must       map[gain]string // gains that have to be said, with one power that is new
	may        map[gain]string // gains that can be said here, because they are said at a higher level
	more       map[gain]words  // the permissions that are new by a gain
}

// newOracle lists every gain of a change. listed are the permissions that exist in
// closed namespaces; nil: everything exists.
func newOracle(l *lexicon, base, head draft, closed *closedWorld) *oracle {
	o := &oracle{
		lexicon: l, base: readState(base), head: readState(head),
		must: map[gain]string{}, may: map[gain]string{}, more: map[gain]words{},
	}
	follow(o.base, o.head)
	for _, n := range o.base.nodes {
		n.was = n
	}
	o.counted = o.exists(closed)
	o.access(listAccess, o.head, o.base)
	o.access(listRemoved, o.base, o.head)
	o.roles()
	o.bounds()
	o.binding()
	o.templateRules()
	o.waivers()
	o.rootLimits()
	o.domainLimits()
	o.deliveries()
	o.claims()
	o.rootControl()
	o.groups()
	o.providers()
	o.nodeControl()
	o.declarations()
	o.credentials()
	return o
}

// compare enters a gain if there is a power in now that was has not.
func (o *oracle) compare(list, level, what string, was, now powers) {
	if example, found := now.beyond(was); found {
		o.must[gain{list, level, what}] = example
	}
}

// compareWords is compare for permissions: those that exist.
func (o *oracle) compareWords(list, level, what string, was, now words) {
	if more := now.and(o.counted).minus(was); more.some() {
		g := gain{list, level, what}
		o.must[g] = o.texts(more)[0]
		o.more[g] = o.more[g].or(more)
	}
}

// texts returns the words of a set.
func (o *oracle) texts(set words) []string {
	var list []string
	for i, word := range o.all {
		if set[i/64]&(1<<(i%64)) != 0 {
			list = append(list, word)
		}
	}
	return list
}
