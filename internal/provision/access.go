// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/appofapps/roster/internal/cloud/azure"
)

// lookRoles compares the roles and their assignments.
func (l *look) lookRoles(ctx context.Context) error {
	definitions, err := azure.List[resource[roleDefinition]](ctx, l.ARM, l.w.accountPath("sqlRoleDefinitions"), nil)
	if err != nil && !denied(err) {
		return fmt.Errorf("list roles of account %q: %w", l.w.Account, err)
	}
	ids := map[string]string{} // of the roles, by title
	for _, r := range roles() {
		step := Step{Kind: KindRole, Name: r.name(l.w), Fix: l.w.fixRole(r, "create")}
		ids[r.title] = l.w.accountID() + "/sqlRoleDefinitions/" + r.id(l.w)
		if err != nil {
			l.deny(step, err)
			continue
		}
		at := slices.IndexFunc(definitions, func(d resource[roleDefinition]) bool {
			return strings.EqualFold(path.Base(d.ID), r.id(l.w)) || d.Properties.RoleName == r.name(l.w)
		})
		if at >= 0 {
			ids[r.title] = l.w.accountID() + "/sqlRoleDefinitions/" + path.Base(definitions[at].ID)
			step = l.w.compareRole(r, definitions[at])
		} else {
			step.State = Missing
			step.make = &request{path: l.w.accountPath("sqlRoleDefinitions", r.id(l.w)), body: l.w.role(r)}
		}
		l.add(step)
	}
	return l.lookAssignments(ctx, ids)
}

// compareRole compares the permissions of a role with the same id or name.
func (w Desired) compareRole(r role, found resource[roleDefinition]) Step {
	step := Step{Kind: KindRole, Name: r.name(w), State: Present}
	var actions []string
	for _, p := range found.Properties.Permissions {
		actions = append(actions, p.DataActions...)
		for _, not := range p.NotDataActions {
			actions = append(actions, "not "+not)
		}
	}
	wanted := slices.Clone(r.actions)
	slices.Sort(wanted)
	slices.Sort(actions)
	actions = slices.Compact(actions)
	scopes := found.Properties.AssignableScopes
	switch {
	case !slices.EqualFunc(wanted, actions, strings.EqualFold):
		step.Detail = fmt.Sprintf("it allows %s instead of %s", strings.Join(actions, ", "), strings.Join(wanted, ", "))
	case len(scopes) != 1 || !w.isScope(scopes[0]):
		step.Detail = fmt.Sprintf("its assignable scopes are %s instead of %s", strings.Join(scopes, ", "), w.scope())
	default:
		return step
	}
	step.State = Differs
	if strings.EqualFold(path.Base(found.ID), r.id(w)) {
		step.Fix = w.fixRole(r, "update")
	} // else it is another role with the same name
	return step
}

func (l *look) lookAssignments(ctx context.Context, ids map[string]string) error {
	holders := l.w.holders()
	if len(holders) == 0 {
		return nil
	}
	all, err := azure.List[resource[roleAssignment]](ctx, l.ARM, l.w.accountPath("sqlRoleAssignments"), nil)
	if err != nil && !denied(err) {
		return fmt.Errorf("list role assignments of account %q: %w", l.w.Account, err)
	}
	for _, h := range holders {
		roleID, id := ids[h.role.title], h.role.assignmentID(l.w, h.principal)
		step := Step{Kind: KindAssignment, Name: h.role.name(l.w) + " to " + h.principal, State: Present}
		if err != nil {
			step.Fix = l.w.fixAssignment(h, roleID)
			l.deny(step, err)
			continue
		}
		// An equal assignment with another id, made by a person, is as good.
		if !slices.ContainsFunc(all, func(a resource[roleAssignment]) bool {
			p := a.Properties
			return strings.EqualFold(p.PrincipalID, h.principal) && l.w.isScope(p.Scope) &&
				strings.EqualFold(path.Base(p.RoleDefinitionID), path.Base(roleID))
		}) {
			step.State, step.Fix = Missing, l.w.fixAssignment(h, roleID)
			step.make = &request{
				path: l.w.accountPath("sqlRoleAssignments", id), body: l.w.assignment(h, roleID),
				after: KindRole, afterName: h.role.name(l.w),
			}
		}
		l.add(step)
	}
	return nil
}
