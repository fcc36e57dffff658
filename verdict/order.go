// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"slices"
)

func compareAccess(a, b Access) int {
	return cmp.Or(
		cmp.Compare(a.Node, b.Node), cmp.Compare(a.Identity, b.Identity),
		cmp.Compare(a.Witness, b.Witness), cmp.Compare(a.Role, b.Role),
		slices.CompareFunc(a.Through, b.Through, compareThrough),
	)
}

func compareHeadroom(a, b Headroom) int {
	return cmp.Or(
		cmp.Compare(a.Level, b.Level), cmp.Compare(a.Change, b.Change), cmp.Compare(a.Witness, b.Witness),
		slices.CompareFunc(a.Through, b.Through, compareThrough),
	)
}

func compareThrough(a, b Through) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
}

func compareChange(a, b Change) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Change, b.Change),
	)
}

func compareBlast(a, b Blast) int {
	return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Credential, b.Credential))
}
