// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"

	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/store"
)

// ErrLayout is returned for a container with a layout that the store cannot use.
var ErrLayout = errors.New("wrong container layout")

// probeID is the id and the partition of the document in probes. It is never
// written.
const probeID = "doctor"

// ProbeDatabase checks that the database exists. Errors: store.ErrNotFound,
// store.ErrDenied.
func (s *Store) ProbeDatabase(ctx context.Context) error {
	return retry.Do(ctx, s.budget, func(ctx context.Context) error {
		database, err := s.database()
		if err != nil {
			return err
		}
		if _, err = database.Read(ctx, nil); err != nil {
			return s.mark(ctx, "", err)
		}
		return nil
	})
}

// ProbeContainer checks that a container exists with the right layout. Errors:
// store.ErrNotFound, ErrLayout, store.ErrDenied.
func (s *Store) ProbeContainer(ctx context.Context, name string) error {
	var properties *azcosmos.ContainerProperties
	err := s.ask(ctx, name, func(ctx context.Context, c *azcosmos.ContainerClient) error {
		resp, err := c.Read(ctx, nil)
		properties = resp.ContainerProperties
		return err
	})
	key := provision.Layout().PartitionKey
	switch {
	case errors.Is(err, store.ErrNoContainer):
		return store.ErrNotFound
	case err != nil:
		return err
	case properties == nil || !slices.Equal(properties.PartitionKeyDefinition.Paths, []string{key}):
		return fmt.Errorf("%w: the partition key must be %s, and cannot be changed later; create the container again", ErrLayout, key)
	case properties.DefaultTimeToLive != nil:
		return fmt.Errorf("%w: time to live is on, so the audit trail would expire; turn it off", ErrLayout)
	}
	return nil
}

// ProbeAction checks that the identity has the permission for an action in a
// container. It tries the action in a way that has no effect: on a document that
// does not exist, or in a batch that contradicts itself and is undone as a whole.
// Errors: store.ErrDenied.
func (s *Store) ProbeAction(ctx context.Context, container, action string) error {
	if action == provision.ActionQuery {
		_, err := s.query(ctx, container, azcosmos.NewPartitionKeyString(probeID), queryEntries, probeID)
		return err
	}
	return s.ask(ctx, container, func(ctx context.Context, c *azcosmos.ContainerClient) error {
		if action == provision.ActionRead {
			_, err := c.ReadItem(ctx, azcosmos.NewPartitionKeyString(probeID), probeID, nil)
			if readAnswer(err).status == http.StatusNotFound && !readAnswer(err).missingOwner() {
				return nil
			}
			return err
		}
		batch, err := contradiction(c, action)
		if err != nil {
			return err
		}
		resp, err := c.ExecuteTransactionalBatch(ctx, batch, &azcosmos.TransactionalBatchOptions{EnableContentResponseOnWrite: true})
		if err != nil {
			return err
		}
		return probed(resp)
	})
}

// contradiction returns a batch that needs the permission for exactly one action,
// and that always fails.
func contradiction(c *azcosmos.ContainerClient, action string) (azcosmos.TransactionalBatch, error) {
	batch := c.NewTransactionalBatch(azcosmos.NewPartitionKeyString(probeID))
	body, err := encode(probeID, store.Document{ID: probeID, Type: probeID, Body: []byte(`{}`)})
	never := azcore.ETag(`"never"`)
	under := &azcosmos.TransactionalBatchItemOptions{IfMatchETag: &never}
	switch action {
	case provision.ActionCreate: // the second conflicts with the first
		batch.CreateItem(body, nil)
		batch.CreateItem(body, nil)
	case provision.ActionReplace:
		batch.ReplaceItem(probeID, body, under)
	case provision.ActionUpsert: // the second has an etag that the first cannot have
		batch.UpsertItem(body, nil)
		batch.UpsertItem(body, under)
	case provision.ActionDelete:
		batch.DeleteItem(probeID, under)
	default:
		return batch, fmt.Errorf("no probe for action %q", action)
	}
	return batch, err
}

// probed returns the error for the answer to a contradiction.
func probed(resp azcosmos.TransactionalBatchResponse) error {
	switch status := failed(resp); status {
	case 0:
		return errors.New("contradictory batch succeeded: the service is not Cosmos DB")
	case http.StatusForbidden, http.StatusUnauthorized:
		return fmt.Errorf("%w: status %d", store.ErrDenied, status)
	case http.StatusConflict, http.StatusNotFound, http.StatusPreconditionFailed:
		return nil
	default:
		return fmt.Errorf("an operation of the batch failed with status %d", status)
	}
}
