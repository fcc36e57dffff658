// SPDX-License-Identifier: Apache-2.0

package manifest

import "slices"

// Pos is a position in a manifest. Line and Column count from 1, columns in
// characters; the zero Pos is "unknown".
type Pos struct {
	Line, Column int32
}

// String is a text of a manifest with its position. The zero String is an absent
// field.
type String struct {
	Value string
	Pos   Pos
}

// Strings is a list of texts. A nil list is absent and inherits; an empty one
// means none.
type Strings []String

// Values returns the texts without their positions; nil stays nil.
func (s Strings) Values() []string {
	if s == nil {
		return nil
	}
	values := make([]string, len(s))
	for i, item := range s {
		values[i] = item.Value
	}
	return values
}

// Pos returns the place of the first text, the zero Pos for a list without one.
func (s Strings) Pos() Pos {
	if len(s) == 0 {
		return Pos{}
	}
	return s[0].Pos
}

// Contains reports whether value is one of the texts.
func (s Strings) Contains(value string) bool {
	return slices.ContainsFunc(s, func(item String) bool { return item.Value == value })
}
