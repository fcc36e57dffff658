// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"context"
	"fmt"
	"strings"

	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/store/cosmos"
)

// Diagnose examines how a run gets at the store that spec names, for one
// purpose, and what is lacking for that in the containers. Errors: ErrStoreForm,
// those of an identity that cannot be had.
func Diagnose(ctx context.Context, spec string, purpose doctor.Purpose, containers []string, w World) (diagnosis *doctor.Diagnosis, err error) {
	text, isCosmos := strings.CutPrefix(spec, kindCosmos+":")
	if !isCosmos {
		return nil, fmt.Errorf("%w: doctor examines the way to %s:%s; %q is a file, which needs no identity", ErrStoreForm, kindCosmos, cosmos.Form, spec)
	}
	address, err := Address(text)
	if err != nil {
		return nil, err
	}
	c := doctor.Case{Store: spec, For: purpose, Scope: address.Endpoint + "/.default", Containers: containers, Rights: rights()}
	config := cosmos.Config{HTTP: HTTPClient()}
	if !address.Emulator() {
		who, err := Identity(w)
		if err != nil {
			return nil, err
		}
		config.Credential, c.Identity = who, who
		c.Who = fmt.Sprintf("%s, tenant %s, application %s, at %s", who.Source(), orNone(who.Tenant()), orNone(who.Client()), who.Authority())
	}
	st, err := cosmos.Open(address, config)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := st.Close(); err == nil {
			err = closeErr
		}
	}()
	c.Prober = st
	return doctor.Examine(ctx, c), nil
}

func orNone(text string) string {
	if text == "" {
		return "of the login"
	}
	return text
}

// rights are those of the roles that store init makes.
func rights() doctor.Rights {
	return doctor.Rights{
		Needed: map[doctor.Purpose][]string{doctor.Plan: provision.PlanActions(), doctor.Sync: provision.SyncActions()},
		Excess: provision.ExcessActions(),
	}
}
