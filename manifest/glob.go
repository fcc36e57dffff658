// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"path"
	"strings"
)

// What one include may ask of the walk, so that a hostile one costs little for
// each directory entry. Paths of registries are far shorter, and a root with
// more than that many patterns would be longer than its tree.
const (
	maxGlobs    = 256
	maxGlob     = 512 // bytes
	maxSegments = 32  // less than the bits of a match's state
)

// A glob is an include pattern cut into segments. "**" matches any number of
// folders, also zero, and at the end everything below; everything else
// is path.Match inside one segment.
type glob struct {
	text     String
	segments []string
	matched  bool
}

// parseGlob admits patterns that can only name files inside the registry.
func parseGlob(text String) (*glob, string) {
	if len(text.Value) > maxGlob {
		return nil, fmt.Sprintf("is longer than %d bytes", maxGlob)
	}
	segments := strings.Split(text.Value, "/")
	if len(segments) > maxSegments {
		return nil, fmt.Sprintf("has more than %d segments", maxSegments)
	}
	for _, s := range segments {
		if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "\\\x00") {
			return nil, "is not a relative path inside the registry"
		}
		if strings.Contains(s, "**") && s != deep {
			return nil, `has "**" next to other characters`
		}
		if _, err := path.Match(s, ""); err != nil {
			return nil, "has an unclosed bracket"
		}
	}
	return &glob{text: text, segments: segments}, ""
}

const deep = "**"

// places is where in a pattern a path may be: bit i is the place before segment
// i, and the bit behind the last says that the whole pattern matched.
type places uint64

// begin is where the registry itself is.
func (g *glob) begin() places { return g.skip(1) }

// enter returns where the entry name of a folder at here is.
func (g *glob) enter(here places, name string) places { return g.skip(g.step(here, name)) }

func (g *glob) whole(here places) bool { return here&g.end() != 0 }

// below reports whether the pattern can name something below here.
func (g *glob) below(here places) bool { return here&^g.end() != 0 }

func (g *glob) end() places { return 1 << len(g.segments) }

func (g *glob) step(here places, name string) (next places) {
	for i, segment := range g.segments {
		at := here & (1 << i)
		if at == 0 {
			continue
		}
		if segment == deep {
			next |= at
			if i == len(g.segments)-1 {
				next |= at << 1
			}
		} else if ok, err := path.Match(segment, name); ok && err == nil {
			next |= at << 1
		}
	}
	return next
}

// skip adds the places behind a "**" that matches no folder.
func (g *glob) skip(here places) places {
	for i, segment := range g.segments[:len(g.segments)-1] {
		if segment == deep {
			here |= here & (1 << i) << 1
		}
	}
	return here
}

// literals returns the only names that the pattern can match in a folder at
// here; false if there is no such list.
func (g *glob) literals(here places) ([]string, bool) {
	var names []string
	for i, segment := range g.segments {
		if here&(1<<i) == 0 {
			continue
		}
		if strings.ContainsAny(segment, `*?[\`) {
			return nil, false
		}
		names = append(names, segment)
	}
	return names, true
}
