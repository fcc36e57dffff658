// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"encoding/json"
	"strconv"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
)

// A view is a node as templates see it: its registration, which is everything
// that is in force there, inherited fields filled in. It is made once for all
// templates.
type view struct {
	tree map[string]any // for schemas
	cel  map[string]any // for expressions
	err  error
}

func (b *Set) view(n *manifest.Node) *view {
	if n == nil {
		return nil
	}
	v, known := b.views[n]
	if !known {
		v = &view{}
		var sealed registration.Sealed
		if sealed, v.err = registration.Of(n).Seal(); v.err == nil {
			v.tree, _ = decode(sealed.Bytes()).(map[string]any)
		}
		b.views[n] = v
	}
	return v
}

// values returns the registration for expressions.
func (v *view) values() map[string]any {
	if v.cel == nil {
		v.cel = celValues(v.tree)
	}
	return v.cel
}

// celValues returns a tree with numbers as CEL has them: an int where the
// number is one, else a double.
func celValues(tree map[string]any) map[string]any {
	values := make(map[string]any, len(tree))
	for key, value := range tree {
		values[key] = celValue(value)
	}
	return values
}

func celValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		return celValues(value)
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = celValue(item)
		}
		return list
	case json.Number:
		if whole, err := strconv.ParseInt(value.String(), 10, 64); err == nil {
			return whole
		}
		double, _ := value.Float64() // manifest.Limits bounds numbers to those that have one
		return double
	default:
		return value
	}
}
