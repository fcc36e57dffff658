// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"context"
	"fmt"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/store/cosmos"
)

// Provision compares the resources that a registry needs in Azure with those there, and with
// fix creates the missing ones. progress is called after each step. Errors:
// provision.ErrInvalid, provision.ErrNoAccount, those of Identity, and those of
// requests without an answer.
func (r *Run) Provision(ctx context.Context, wanted provision.Desired, fix bool, progress func(provision.Step)) ([]provision.Step, error) {
	if err := wanted.Check(); err != nil {
		return nil, err
	}
	clouds := provision.Azure{Progress: progress}
	var err error
	if clouds.ARM, err = r.resourceManager(provision.APIVersion); err != nil {
		return nil, err
	}
	if len(wanted.Federations) > 0 {
		if clouds.Graph, err = r.graph(); err != nil {
			return nil, err
		}
	}
	steps, err := clouds.Look(ctx, wanted)
	if err != nil || !fix {
		return steps, err
	}
	return clouds.Make(ctx, steps)
}

// resourceManager returns a client of Azure Resource Manager.
func (r *Run) resourceManager(version string) (*azure.Client, error) {
	return r.azure("Azure Resource Manager", azure.ManagementEndpoint, azure.ManagementScope, version)
}

// graph returns a client of Microsoft Graph.
func (r *Run) graph() (*azure.Client, error) {
	return r.azure("Microsoft Graph", azure.GraphEndpoint, azure.GraphScope, "")
}

func (r *Run) azure(name, endpoint, scope, version string) (*azure.Client, error) {
	who, err := r.Identity()
	if err != nil {
		return nil, err
	}
	client, err := azure.New(endpoint, scope, who, azure.Config{APIVersion: version, Transport: r.client.Transport})
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", name, err)
	}
	return client, nil
}

// Emulate creates the database and containers in an emulator on this machine,
// which needs no identity.
func (r *Run) Emulate(ctx context.Context, address Address, containers []string) error {
	return cosmos.Emulate(ctx, address, r.client, containers)
}

// Database returns the address of the database behind a store, to provision it.
// Errors: ErrStoreForm, ErrNoProvision.
func Database(spec string) (Address, error) {
	k, rest, err := kindOf(spec)
	switch {
	case err != nil:
		return Address{}, err
	case k.database == nil:
		return Address{}, fmt.Errorf("%w: roster sync creates %s; to keep the registry in Azure, write --store %s:%s", ErrNoProvision, spec, kindCosmos, cosmos.Form)
	}
	return k.database(rest)
}
