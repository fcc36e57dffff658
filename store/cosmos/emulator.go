// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"

	"github.com/appofapps/roster/internal/provision"
)

// ErrNoEmulator is returned for an account, whose containers Azure Resource Manager
// creates.
var ErrNoEmulator = errors.New("not an emulator on this machine")

// Emulate creates a database and its containers in an emulator on this machine. It
// is idempotent. Errors: ErrNoEmulator.
func Emulate(ctx context.Context, address Address, client Doer, containers []string) error {
	if !address.Emulator() {
		return fmt.Errorf("%w: %s", ErrNoEmulator, address.Endpoint)
	}
	s, err := Open(address, Config{HTTP: client})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // always nil
	database, err := s.database()
	if err != nil {
		return err
	}
	_, err = s.client.CreateDatabase(ctx, azcosmos.DatabaseProperties{ID: address.Database}, nil)
	if err != nil && !exists(err) {
		return fmt.Errorf("create database %s: %w", address.Database, s.explain("", err))
	}
	for _, name := range containers {
		_, err := database.CreateContainer(ctx, containerProperties(name), nil)
		if err != nil && !exists(err) {
			return fmt.Errorf("create container %s: %w", name, s.explain(name, err))
		}
	}
	return nil
}

func exists(err error) bool {
	response, ok := errors.AsType[*azcore.ResponseError](err)
	return ok && response.StatusCode == http.StatusConflict
}

func containerProperties(name string) azcosmos.ContainerProperties {
	l := provision.Layout()
	return azcosmos.ContainerProperties{
		ID:                     name,
		PartitionKeyDefinition: azcosmos.PartitionKeyDefinition{Paths: []string{l.PartitionKey}, Version: l.Version},
		IndexingPolicy: &azcosmos.IndexingPolicy{
			Automatic: true, IndexingMode: azcosmos.IndexingModeConsistent,
			IncludedPaths: []azcosmos.IncludedPath{{Path: l.Included}},
			ExcludedPaths: []azcosmos.ExcludedPath{{Path: l.Excluded}},
		},
	}
}
