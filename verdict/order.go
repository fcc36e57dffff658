// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"slices"
)

func orderAccess(a, b Access) int {
	return cmp.Or(
		cmp.Compare(a.Node, b.Node), cmp.Compare(a.Identity, b.Identity),
		cmp.Compare(a.Witness, b.Witness), cmp.Compare(a.Role, b.Role),
		slices.CompareFunc(a.Causes, b.Causes, orderCause),
	)
}

func orderHeadroom(a, b Headroom) int {
	return cmp.Or(
		cmp.Compare(a.Level, b.Level), cmp.Compare(a.Change, b.Change), cmp.Compare(a.Witness, b.Witness),
		slices.CompareFunc(a.Causes, b.Causes, orderCause),
	)
}

func orderDelivery(a, b Delivery) int {
	return cmp.Or(
		cmp.Compare(a.Node, b.Node), cmp.Compare(a.Credential, b.Credential), cmp.Compare(a.Sink, b.Sink),
		slices.CompareFunc(a.Causes, b.Causes, orderCause),
	)
}

func orderCause(a, b Cause) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
}

func orderChange(a, b Change) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Change, b.Change),
	)
}

func orderBlastRadius(a, b BlastRadius) int {
	return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Credential, b.Credential))
}
