// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
)

const hintParent = "write the name of an app of the domain, or its path"

// orphans explains the apps that no parent was found for.
type orphans struct {
	*treeBuilder
	// written finds the first app, by file, of a name whose parent is written
	// in one way.
	written map[appName]map[string]*App
	above   map[*App]*App // the app that one waits for, if there is one
}

// explain reports, for each app that still waits, why. Apps come by file.
func (b *treeBuilder) explain(waiting []*App) {
	waiting = slices.DeleteFunc(waiting, func(app *App) bool {
		_, done := b.placed[app]
		return done
	})
	if len(waiting) == 0 {
		return
	}
	o := orphans{treeBuilder: b, written: map[appName]map[string]*App{}, above: map[*App]*App{}}
	for _, app := range slices.Backward(b.apps) {
		key := appName{app.Spec.Domain.Value, app.Meta.Name.Value}
		if o.written[key] == nil {
			o.written[key] = map[string]*App{}
		}
		o.written[key][app.Spec.Parent.Value] = app
	}
	for _, app := range waiting {
		o.above[app] = o.awaited(app)
	}
	closing := o.cycles(waiting)
	for _, app := range waiting {
		o.report(app, closing[app])
	}
}

// awaited returns the app without a place that one waits for, or nil.
func (o *orphans) awaited(app *App) *App {
	parent := app.Spec.Parent.Value
	last := strings.LastIndexByte(parent, '/')
	if last < 0 {
		if meant := o.meant(app); len(meant) == 1 {
			return meant[0]
		}
		return nil
	}
	// The parent's path can only be that of an app whose own parent is the rest
	// of the path, by its bare name, in full, or none.
	upper, own := parent[:last], o.written[appName{app.Spec.Domain.Value, parent[last+1:]}]
	ways := []string{upper, upper[strings.LastIndexByte(upper, '/')+1:]}
	if upper == app.Spec.Domain.Value {
		ways = []string{""}
	}
	for _, way := range ways {
		if other := own[way]; other != nil && o.placed[other] == nil {
			return other
		}
	}
	return nil
}

// cycles returns, for each cycle of apps that wait for each other, the first by
// file.
func (o *orphans) cycles(waiting []*App) map[*App]bool {
	closing := map[*App]bool{}
	walks := map[*App]int{} // the number of the walk that came by first
	for i, app := range waiting {
		at := app
		for ; at != nil && walks[at] == 0; at = o.above[at] {
			walks[at] = i + 1
		}
		if at != nil && walks[at] == i+1 {
			closing[slices.MinFunc(o.cycle(at), func(a, b *App) int { return cmp.Compare(a.File, b.File) })] = true
		}
	}
	return closing
}

// cycle returns the members of the cycle that app is on, from app upwards.
func (o *orphans) cycle(app *App) []*App {
	members := []*App{app}
	for at := o.above[app]; at != app; at = o.above[at] {
		members = append(members, at)
	}
	return members
}

func (o *orphans) report(app *App, closes bool) {
	parent := app.Spec.Parent
	quoted := finding.Quote(parent.Value)
	meant := o.meant(app)
	switch {
	case closes:
		o.object(app.File, parent.Pos, ruleParentCycle,
			fmt.Sprintf("parent %s makes a cycle: %s", quoted, around(o.cycle(app))), "remove the parent of one app in the cycle")
	case o.above[app] != nil:
		o.object(app.File, parent.Pos, ruleOrphan,
			fmt.Sprintf("parent %s is not in the tree itself", quoted), "fix the parent first")
	case len(meant) > 1:
		o.object(app.File, parent.Pos, ruleAmbiguousParent,
			fmt.Sprintf("parent %s could be %s or %s", quoted, o.describe(meant[0]), o.describe(meant[1])), "write the path of the parent")
	case strings.Contains(parent.Value, "/"):
		o.object(app.File, parent.Pos, ruleUnknownParent, "parent "+quoted+" is not the path of an app", hintParent)
	default:
		o.object(app.File, parent.Pos, ruleUnknownParent,
			fmt.Sprintf("parent %s is not an app of domain %s", quoted, finding.Quote(app.Spec.Domain.Value)), hintParent)
	}
}

// describe returns the path of an app or, if it has none, its file.
func (o *orphans) describe(app *App) string {
	if node := o.placed[app]; node != nil {
		return node.Path
	}
	return "the app in " + app.File
}

// around lists the names around a cycle, of a long one the first few.
func around(cycle []*App) string {
	const shown = 8
	var list []string
	for _, app := range append(cycle, cycle[0]) {
		list = append(list, app.Meta.Name.Value)
	}
	if len(list) > shown+1 {
		list = append(list[:shown], "...", list[len(list)-1])
	}
	return strings.Join(list, " -> ")
}
