// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/store/local"
)

// Diagnose examines whether this run can use a store for one purpose, and which
// of its containers are missing. Errors: ErrStoreForm, those of Identity.
func (r *Run) Diagnose(ctx context.Context, spec string, purpose doctor.Purpose, containers []string) (*doctor.Diagnosis, error) {
	k, rest, err := kindOf(spec)
	if err != nil {
		return nil, err
	}
	return k.diagnose(ctx, r, rest, doctor.Case{Store: spec, For: purpose, Containers: containers, Rights: rights()})
}

// diagnoseLocal examines a file. It does not wait long for another process.
func diagnoseLocal(ctx context.Context, _ *Run, path string, c doctor.Case) (*doctor.Diagnosis, error) {
	return doctor.ExamineFile(ctx, c, path, func(ctx context.Context) error {
		st, err := local.Open(ctx, path, local.Config{Wait: time.Second, ReadOnly: true})
		if err != nil {
			return err
		}
		return st.Close()
	}), nil
}

func diagnoseCosmos(ctx context.Context, r *Run, rest string, c doctor.Case) (diagnosis *doctor.Diagnosis, err error) {
	a, err := address(rest)
	if err != nil {
		return nil, err
	}
	if !a.Emulator() {
		who, err := r.Identity()
		if err != nil {
			return nil, err
		}
		c.Identity, c.Scope = who, a.Endpoint+"/.default"
		const ofLogin = "of the login" // of a developer, who needs neither
		c.Who = fmt.Sprintf("%s, tenant %s, application %s, at %s", who.Source(), cmp.Or(who.Tenant(), ofLogin), cmp.Or(who.Client(), ofLogin), who.Authority())
	}
	st, err := r.cosmos(rest)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	c.Prober = st
	return doctor.Examine(ctx, c), nil
}

// rights are those of the roles that store init creates.
func rights() doctor.Rights {
	return doctor.Rights{
		Narrow: "remove its wider role: az cosmosdb sql role assignment list, then delete",
		Needed: map[doctor.Purpose][]string{doctor.Plan: provision.PlanActions(), doctor.Sync: provision.SyncActions()},
		Excess: provision.ExcessActions(),
	}
}
