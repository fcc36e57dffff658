// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"context"
	"fmt"
	"strings"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/store/cosmos"
)

// Provision looks at what a registry needs in Azure, and with fix makes what is
// missing. progress is told of each step that was made. Errors:
// provision.ErrInvalid, provision.ErrNoAccount, those of an identity that cannot
// be had, and those of requests that answer nothing.
func Provision(ctx context.Context, w World, wanted provision.Desired, fix bool, progress func(provision.Step)) ([]provision.Step, error) {
	if err := wanted.Check(); err != nil {
		return nil, err
	}
	who, err := Identity(w)
	if err != nil {
		return nil, err
	}
	clouds := provision.Azure{Progress: progress}
	config := azure.Config{APIVersion: provision.APIVersion, Transport: HTTPClient().Transport}
	clouds.ARM, err = azure.New(azure.ManagementEndpoint, azure.ManagementScope, who, config)
	if err != nil {
		return nil, fmt.Errorf("make a client for Azure: %w", err)
	}
	if len(wanted.Federations) > 0 {
		config.APIVersion = ""
		if clouds.Graph, err = azure.New(azure.GraphEndpoint, azure.GraphScope, who, config); err != nil {
			return nil, fmt.Errorf("make a client for Microsoft Graph: %w", err)
		}
	}
	steps, err := clouds.Look(ctx, wanted)
	if err != nil || !fix {
		return steps, err
	}
	return clouds.Make(ctx, steps)
}

// Emulate makes the database and containers in an emulator on this machine,
// which takes that from anybody.
func Emulate(ctx context.Context, address cosmos.Address, containers []string) error {
	return cosmos.Emulate(ctx, address, HTTPClient(), containers)
}

// ProvisionAddress reads the address of a store that needs to be provisioned.
// Errors: ErrStoreForm.
func ProvisionAddress(spec string) (cosmos.Address, error) {
	text, isCosmos := strings.CutPrefix(spec, kindCosmos+":")
	if !isCosmos {
		return cosmos.Address{}, fmt.Errorf("%w: %q is a file, which needs nothing made; name a database as %s:%s", ErrStoreForm, spec, kindCosmos, cosmos.Form)
	}
	return Address(text)
}
