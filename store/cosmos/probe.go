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

// ErrLayout is returned for a container that is not laid out as the store needs
// it.
var ErrLayout = errors.New("container is laid out otherwise")

// probeID is the id and the partition of the document that probes name. It is
// never written.
const probeID = "doctor"

// ProbeDatabase asks for the database. Errors: store.ErrNotFound, store.ErrDenied.
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

// ProbeContainer asks for a container and looks at how it is laid out. Errors:
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
		return fmt.Errorf("%w: it must be partitioned by %s, which cannot be changed later", ErrLayout, key)
	case properties.DefaultTimeToLive != nil:
		return fmt.Errorf("%w: its documents expire, and with them the audit trail", ErrLayout)
	}
	return nil
}

// ProbeAction finds out whether the identity may do something in a container,
// by doing it in a way that cannot take effect: with a document that is not
// there, or in a batch that contradicts itself and is undone as a whole. Errors:
// store.ErrDenied.
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

// contradiction is a batch that needs the right to one action, and no other, and
// that no service can carry out.
func contradiction(c *azcosmos.ContainerClient, action string) (azcosmos.TransactionalBatch, error) {
	batch := c.NewTransactionalBatch(azcosmos.NewPartitionKeyString(probeID))
	body, err := encode(probeID, store.Document{ID: probeID, Type: probeID, Body: []byte(`{}`)})
	never := azcore.ETag(`"never"`)
	under := &azcosmos.TransactionalBatchItemOptions{IfMatchETag: &never}
	switch action {
	case provision.ActionCreate: // the second meets the first
		batch.CreateItem(body, nil)
		batch.CreateItem(body, nil)
	case provision.ActionReplace:
		batch.ReplaceItem(probeID, body, under)
	case provision.ActionUpsert: // the second meets the first, under an etag that it cannot have
		batch.UpsertItem(body, nil)
		batch.UpsertItem(body, under)
	case provision.ActionDelete:
		batch.DeleteItem(probeID, under)
	default:
		return batch, fmt.Errorf("no probe for action %q", action)
	}
	return batch, err
}

// probed reads the answer to a contradiction.
func probed(resp azcosmos.TransactionalBatchResponse) error {
	switch status := failed(resp); status {
	case 0:
		return errors.New("a batch that contradicts itself was carried out: this is not Cosmos DB")
	case http.StatusForbidden, http.StatusUnauthorized:
		return fmt.Errorf("%w: status %d", store.ErrDenied, status)
	case http.StatusConflict, http.StatusNotFound, http.StatusPreconditionFailed:
		return nil
	default:
		return fmt.Errorf("an operation of the batch failed with status %d", status)
	}
}
