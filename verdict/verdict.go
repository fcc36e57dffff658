// SPDX-License-Identifier: Apache-2.0

// Package verdict answers what a change to a registry newly allows: to whom, with
// one concrete example, and because of which line of which file. Start with
// Compare, which takes the trees of base and head.
//
// New access is exact: where the verdict lists none, no identity gains any
// permission. Every field by which something can be gained is in one table, with the
// comparison of its class; see steps.
//
// The package reads no file, clock or network. It leaves to its caller whether a
// gain is acceptable.
package verdict

import (
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/grant"
	"github.com/appofapps/roster/manifest"
)

// The modes of a verdict.
const (
	Open      = "open"      // any resource that can ever be
	Catalogue = "catalogue" // only what the providers list and the apps provide today
)

// A Verdict is the answer to "what does this change newly allow?". Every list is
// sorted and, in JSON, never null.
type Verdict struct {
	Mode          string        `json:"mode"`          // Open or Catalogue
	Complete      bool          `json:"complete"`      // false: something was too complex to prove, and is listed as new
	Base          string        `json:"base"`          // the revision that was compared with
	Digest        string        `json:"digest"`        // of all gains, by which a person accepts them; "" if there are none
	NewAccess     []Access      `json:"newAccess"`     // what an identity may do in head and not in base
	RemovedAccess []Access      `json:"removedAccess"` // the reverse
	NewHeadroom   []Headroom    `json:"newHeadroom"`   // what a node could be given in head and not in base
	NewDelivery   []Delivery    `json:"newDelivery"`   // what is served where it was not
	NewControl    []Headroom    `json:"newControl"`    // who newly answers, approves, is trusted or is called
	Policy        []Change      `json:"policy"`        // what judges and was changed
	Credentials   []BlastRadius `json:"credentials"`   // credentials that were changed, and what each reaches
}

// Access is one node that gives one identity something that it did not have.
type Access struct {
	Node     string   `json:"node"`
	Identity string   `json:"identity"`          // OIDC subject, "entra:NAME", "okta:NAME" or, for a node without an identity, its path
	Witness  string   `json:"witness,omitempty"` // the least permission that is new; "" if too complex to prove
	Role     string   `json:"role,omitempty"`    // the native role that a provider newly gives for the witness; "" if the permission itself is new
	Reaches  []string `json:"reaches"`           // first segments of all that is new: domains, namespaces of providers; Elsewhere for others
	Causes   []Cause  `json:"through"`           // from the node upwards
}

// Elsewhere represents first segments that no scope and no domain names.
const Elsewhere = "*"

// Headroom is one loosened limit: a level that allows, or a policy that permits,
// more than before. In NewControl it is somebody else who decides there.
type Headroom struct {
	Level   string   `json:"level"`             // "the root", "domain payments", "policy template baseline", "waiver audit-2026"
	Change  string   `json:"change"`            // what makes it so
	Witness string   `json:"witness,omitempty"` // the least permission that is new, where it is about permissions
	Reaches []string `json:"reaches"`           // first segments of all that is new, as in Access; none where it is not about permissions
	Causes  []Cause  `json:"through"`
}

// Cause is a line of a manifest because of which something is new.
type Cause struct {
	File   string `json:"file"`
	Line   int    `json:"line"`             // from 1
	Column int    `json:"column,omitempty"` // from 1, in characters
	Text   string `json:"text"`
}

func causeAt(file string, at manifest.Pos, text string) Cause {
	return Cause{File: file, Line: int(at.Line), Column: int(at.Column), Text: text}
}

// Change is a declaration that judges nodes and was added, changed or removed.
type Change struct {
	File   string        `json:"file"`
	Kind   manifest.Kind `json:"kind"`
	Name   string        `json:"name"`
	Change string        `json:"change"` // added, changed or removed
}

// Config says how trees are compared. The zero Config compares in open mode.
type Config struct {
	Base      string // the revision of the base, as it is to be printed
	Catalogue *World // what there is today; nil: open mode

	Unread []string // why parts of base could not be read; the digest covers them

	// Opens says what a credential of a node opens, where the registry declares its
	// providers; nil: each opens its node alone.
	Opens func(*manifest.Registry, *manifest.Node, manifest.Credential) Opened

	// Words says which scopes a native role gives; nil: no role is known.
	Words grant.Words
}

// A World is the permissions that providers have today. What apps provide, and
// what the maps of the registry's providers name, is added to it; namespaces of
// which nothing is known stay open.
type World struct {
	Namespaces []string // first segments that Listed is all of
	Listed     access.Set
}

// Compare returns what head newly allows compared with base. It spends the budget of
// head's tree.
func Compare(base, head *bounds.Tree, config Config) *Verdict {
	return compareBy(steps(), base, head, config)
}

func compareBy(list []step, base, head *bounds.Tree, config Config) *Verdict {
	c := &comparison{
		pair: pair{
			base: newSide(base), head: newSide(head),
			renames: Renames(base.Registry(), head.Registry()),
		},
		budget: head.Budget(),
		opens:  config.Opens, words: config.Words,
		v: &Verdict{
			Mode: Open, Complete: true, Base: config.Base,
			NewAccess: []Access{}, RemovedAccess: []Access{}, NewHeadroom: []Headroom{},
			NewDelivery: []Delivery{}, NewControl: []Headroom{},
			Policy: []Change{}, Credentials: []BlastRadius{},
		},
	}
	c.world(config.Catalogue)
	c.index()
	listChanges(c)
	for _, s := range list {
		s.compare(c)
	}
	c.sort()
	c.seal(config.Unread)
	return c.v
}

// New reports whether the change allows anything new.
func (v *Verdict) New() bool {
	return len(v.NewAccess)+len(v.NewHeadroom)+len(v.NewDelivery)+len(v.NewControl) > 0
}

// A comparison asks what head allows beyond base, and collects the answers.
type comparison struct {
	pair
	budget  *access.Budget
	opens   func(*manifest.Registry, *manifest.Node, manifest.Credential) Opened
	words   grant.Words
	limited bool       // catalogue mode
	listed  access.Set // in catalogue mode: all there is
	v       *Verdict
	judging []string // declarations that judge and are not what they were, before and after
	content []string // what the gains are the difference of
}

// beyond returns the least word of a that is not in b, among those that count.
// An answer that is not complete counts as a yes without a word.
func (c *comparison) beyond(a, b access.Set) (word string, found bool) {
	if c.limited {
		a = a.And(c.listed)
	}
	answer := c.budget.Included(a, b)
	if !answer.Complete {
		c.v.Complete = false
	}
	return answer.Witness, !answer.Holds
}

func (c *comparison) sort() {
	slices.SortFunc(c.v.NewAccess, orderAccess)
	slices.SortFunc(c.v.RemovedAccess, orderAccess)
	slices.SortFunc(c.v.NewHeadroom, orderHeadroom)
	slices.SortFunc(c.v.NewDelivery, orderDelivery)
	slices.SortFunc(c.v.NewControl, orderHeadroom)
	slices.SortFunc(c.v.Policy, orderChange)
	slices.SortFunc(c.v.Credentials, orderBlastRadius)
}
