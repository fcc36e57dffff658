// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"strings"

	"github.com/appofapps/roster/plan"
)

// mostDrawn is the highest number of changed nodes in a picture.
const mostDrawn = 40

// The classes of boxes. Their colours are those of GitHub's diffs, legible on light
// and dark backgrounds.
const (
	classCreated = "created"
	classUpdated = "updated"
	classDeleted = "deleted"
	classWidened = "widened" // it gains access
)

func classes() [][2]string {
	return [][2]string{
		{classCreated, "fill:#dafbe1,stroke:#1a7f37,color:#1f2328"},
		{classUpdated, "fill:#fff8c5,stroke:#9a6700,color:#1f2328"},
		{classDeleted, "fill:#ffebe9,stroke:#82071e,color:#1f2328,stroke-dasharray:4"},
		{classWidened, "fill:#ffebe9,stroke:#cf222e,stroke-width:3px,color:#1f2328"},
	}
}

// picture draws the part of the tree that a change affects, if it fits.
func (m *markdown) picture(r Review) {
	if len(r.Changes) == 0 {
		return
	}
	widened := map[string]bool{}
	if v := r.Result.Verdict; v != nil {
		for _, a := range v.NewAccess {
			widened[a.Node] = true
		}
	}
	var b strings.Builder
	if err := mermaid(&b, newPicture(r.Result.Registry, r.Changes, widened)); err != nil || !m.fits(b.Len()) {
		return
	}
	m.line("")
	m.line("```mermaid")
	m.text.WriteString(b.String())
	m.line("```")
	if more := len(r.Changes) - mostDrawn; more > 0 {
		m.line("")
		m.line("and %s", Count(more, "more changed node"))
	}
}

// newPicture returns a drawing of the changed nodes and their parents. If there are too
// many, nodes that gain access come first.
func newPicture(registry string, changes []plan.Change, widened map[string]bool) drawing {
	shown := slices.Clone(changes)
	place := func(c plan.Change) int {
		if widened[c.Node] {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(shown, func(a, b plan.Change) int { return place(a) - place(b) })
	p := &picture{d: drawing{title: registry, flat: true, classes: classes()}, names: map[string]string{}, frames: map[string]int{}}
	shown = shown[:min(len(shown), mostDrawn)]
	slices.SortFunc(shown, func(a, b plan.Change) int { return strings.Compare(a.Node, b.Node) })
	for _, c := range shown {
		p.change(c, widened[c.Node])
	}
	return p.d
}

type picture struct {
	d      drawing
	names  map[string]string // of boxes, by path
	frames map[string]int    // of domains
}

// change draws a changed node. The node may already be drawn as a parent.
func (p *picture) change(c plan.Change, widened bool) {
	x := p.box(c.Node)
	x.class = map[plan.Action]string{plan.Create: classCreated, plan.Update: classUpdated, plan.Delete: classDeleted}[c.Action]
	mark := map[plan.Action]string{plan.Create: "new", plan.Update: strings.Join(c.Fields, ", "), plan.Delete: "removed"}[c.Action]
	if widened {
		x.class = classWidened
	}
	_, name, _ := parentOf(c.Node)
	x.label = lines(name, mark)
}

// box returns the box of a path. It draws the parents first.
func (p *picture) box(path string) *box {
	domain, _, _ := strings.Cut(path, "/")
	frame, known := p.frames[domain]
	if !known {
		frame = len(p.d.frames)
		p.frames[domain] = frame
		p.d.frames = append(p.d.frames, frameOf(frame, domain))
	}
	if name, drawn := p.names[path]; drawn {
		boxes := p.d.frames[frame].boxes
		return &boxes[slices.IndexFunc(boxes, func(x box) bool { return x.name == name })]
	}
	above, last, s := parentOf(path)
	if above != "" {
		p.box(above)
	}
	name := nameOf(len(p.names))
	p.names[path] = name
	if above != "" {
		p.d.arrows = append(p.d.arrows, arrow{from: p.names[above], to: name})
	}
	f := &p.d.frames[frame]
	f.boxes = append(f.boxes, box{name: name, label: lines(last), shape: s})
	return &f.boxes[len(f.boxes)-1]
}

// parentOf splits the path of a node, such as domain/app/child@environment, into the
// path of its parent, if that is a node, and its name.
func parentOf(path string) (above, last string, s shape) {
	if app, environment, found := strings.Cut(path, "@"); found {
		return app, "@" + environment, environmentShape
	}
	at := strings.LastIndexByte(path, '/')
	if strings.IndexByte(path, '/') == at {
		return "", path[at+1:], appShape
	}
	return path[:at], path[at+1:], appShape
}
