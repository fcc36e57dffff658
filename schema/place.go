// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"slices"
	"strconv"
	"strings"

	"github.com/appofapps/roster/finding"
)

// A place is a place of a document: its path, the path as people write it, and
// the value and the schema there.
type place struct {
	path  []string
	field string // "" is the whole document
	value any    // nil if nothing is there
	node  *node
}

// enter returns the place under a mapping key or list index.
func (p place) enter(step string) place {
	next := place{path: append(slices.Clip(p.path), step), node: p.node.child(step)}
	switch value := p.value.(type) {
	case []any:
		next.field = p.field + "[" + step + "]"
		if i, err := strconv.Atoi(step); err == nil && i < len(value) {
			next.value = value[i]
		}
	case map[string]any:
		next.field = strings.TrimPrefix(p.field+"."+plain(step), ".")
		next.value = value[step]
	}
	return next
}

// plain returns a key as it is if it is a plain name, and quoted if not.
func plain(key string) string {
	const letters = "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	quoted := finding.Quote(key)
	if key == "" || strings.Trim(key, letters) != "" || len(quoted) != len(key)+len(`""`) {
		return quoted
	}
	return key
}

// name returns the place as the subject of a sentence.
func (p place) name() string {
	if p.field == "" {
		return "manifest"
	}
	return p.field
}

// envelope reports whether the place is one of the two fields that
// manifest.Load judges before it calls a check.
func (p place) envelope() bool { return p.field == "apiVersion" || p.field == "kind" }
