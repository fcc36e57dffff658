// SPDX-License-Identifier: Apache-2.0

package guardrail

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/access"
)

// Window is how long a change counts beside later ones, from the full hour after it: a
// large change that is cut into small runs is judged as a whole.
const Window = 24 * time.Hour

// Recent is the nodes that an earlier run changed, as the registry document keeps them.
// Updates of descriptive fields alone are not kept: new versions are normal. Without a
// word about each node, 15,000 nodes are below 400 KB; a document may have 2 MB.
type Recent struct {
	Time   string   `json:"time"`             // the full hour after the run, RFC 3339, UTC
	Limit  string   `json:"limit"`            // that counts them, by the name of its override
	Access bool     `json:"access,omitempty"` // they held scopes or credentials
	Nodes  []string `json:"nodes"`            // paths, sorted
}

func (r Recent) equal(other Recent) bool {
	return r.Time == other.Time && r.Limit == other.Limit && r.Access == other.Access && slices.Equal(r.Nodes, other.Nodes)
}

// Equal reports whether two lists are the same.
func Equal(a, b []Recent) bool { return slices.EqualFunc(a, b, Recent.equal) }

// Since returns the changes that are younger than Window. One whose time cannot be read
// counts.
func Since(all []Recent, now time.Time) []Recent {
	return slices.DeleteFunc(slices.Clone(all), func(r Recent) bool {
		at, err := time.Parse(time.RFC3339, r.Time)
		return err == nil && now.Sub(at) >= Window
	})
}

// Remember returns what later runs have to count: the recent changes, and those of a
// plan that is applied now. An override accepts what its limit counted, so that limit
// counts from zero again. Without a change that counts, recent stays as it is.
func (l Limits) Remember(recent []Recent, changes []Change, allowed []string, now time.Time) []Recent {
	young := Since(recent, now)
	var all []Recent
	for _, limit := range l.counted() {
		if overridden(limit, allowed) {
			continue
		}
		added := limit.recent(changes, now)
		for _, r := range young {
			if r.Limit == limit.override {
				all = appendNodes(all, r, r.without(added))
			}
		}
		for _, r := range added {
			all = appendNodes(all, r, r.Nodes)
		}
	}
	if Equal(all, young) {
		return recent
	}
	return all
}

// counted are the limits that count over the window, by override.
func (l Limits) counted() []rail {
	budget := access.NewBudget(privilegedSteps)
	return append(l.rails(), rail{override: "privileged", counts: func(c Change) bool { return l.gainsPrivilege(budget, c) }})
}

func overridden(limit rail, allowed []string) bool {
	return slices.ContainsFunc(allowed, func(o string) bool { return strings.HasPrefix(o, limit.override+"=") })
}

// recent returns the changes that a limit counts: those of nodes without access, then
// those with.
func (limit rail) recent(changes []Change, now time.Time) []Recent {
	at := now.UTC().Add(time.Hour - 1).Truncate(time.Hour).Format(time.RFC3339)
	list := []Recent{{Time: at, Limit: limit.override}, {Time: at, Limit: limit.override, Access: true}}
	for _, c := range changes {
		if !limit.counts(c) || c.Descriptive {
			continue
		}
		to := &list[0]
		if node := cmp.Or(c.Before, c.After); node.Access {
			to = &list[1]
		}
		to.Nodes = append(to.Nodes, c.Path)
	}
	for i := range list {
		slices.Sort(list[i].Nodes)
	}
	return list
}

// without returns the nodes that are in none of others.
func (r Recent) without(others []Recent) []string {
	again := map[string]bool{}
	for _, other := range others {
		for _, node := range other.Nodes {
			again[node] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(r.Nodes), func(node string) bool { return again[node] })
}

func appendNodes(list []Recent, r Recent, nodes []string) []Recent {
	if len(nodes) == 0 {
		return list
	}
	r.Nodes = nodes
	return append(list, r)
}

// domainOf returns the domain of a node's path.
func domainOf(path string) string {
	domain, _, _ := strings.Cut(path, "/")
	return domain
}
