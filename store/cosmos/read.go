// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"

	"github.com/appofapps/roster/store"
)

// pageSize is the maximum number of documents in a page of a query: the highest that
// the service accepts (learn.microsoft.com, "Pagination in Azure
// Cosmos DB").
const pageSize = 1000

// The queries. A container indexes only the path /type.
const (
	ofType         = " WHERE c.type = @type"
	queryEntries   = "SELECT c.id, c.pk, c.type, c.digest, c.deleted, c._etag FROM c"
	queryDocuments = "SELECT c.id, c.pk, c.type, c.digest, c.deleted, c.body, c.text, c._etag FROM c"
)

// Read returns one document. Errors: store.ErrNotFound, store.ErrThrottled,
// store.ErrDenied.
func (s *Store) Read(ctx context.Context, key store.Key) (store.Document, error) {
	if err := ctx.Err(); err != nil {
		return store.Document{}, err
	}
	if !store.ValidPlace(key.Container, key.Partition) || !store.ValidID(key.ID) {
		return store.Document{}, failedRead(key, store.ErrNotFound)
	}
	var doc store.Document
	err := s.ask(ctx, key.Container, func(ctx context.Context, c *azcosmos.ContainerClient) error {
		resp, err := c.ReadItem(ctx, azcosmos.NewPartitionKeyString(key.Partition), key.ID, &azcosmos.ItemOptions{SessionToken: s.session(key.Container)})
		if err != nil {
			return err
		}
		if resp.SessionToken != nil {
			s.sessions.note(key.Container, *resp.SessionToken)
		}
		doc, err = decode(resp.Value)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNoContainer):
		s.noteMissing(key.Container)
		return store.Document{}, failedRead(key, store.ErrNotFound)
	case errors.Is(err, store.ErrNotFound):
		return store.Document{}, failedRead(key, store.ErrNotFound)
	case err != nil:
		return store.Document{}, failedRead(key, err)
	}
	return doc, nil
}

func failedRead(key store.Key, err error) error {
	return fmt.Errorf("read %s/%s/%s: %w", key.Container, key.Partition, key.ID, err)
}

// List returns the documents of one type in one partition, by id. Errors:
// store.ErrThrottled, store.ErrDenied.
func (s *Store) List(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !store.ValidPlace(container, partition) {
		return nil, nil
	}
	items, err := s.query(ctx, container, azcosmos.NewPartitionKeyString(partition), queryDocuments, t)
	if err != nil {
		return nil, fmt.Errorf("list %s/%s: %w", container, partition, err)
	}
	docs := make([]store.Document, 0, len(items))
	for _, data := range items {
		doc, err := decode(data)
		if err != nil {
			return nil, fmt.Errorf("list %s/%s: %w", container, partition, err)
		}
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, func(a, b store.Document) int { return cmp.Compare(a.ID, b.ID) })
	return docs, nil
}

// Entries returns the documents of one type in a container without their bodies,
// with one query over all partitions. It reads the bodies of registrations, to compute
// their digests. Errors: store.ErrThrottled, store.ErrDenied.
func (s *Store) Entries(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !store.ValidContainer(container) {
		return nil, nil
	}
	text := queryEntries
	if t == store.TypeRegistration {
		text = queryDocuments
	}
	items, err := s.query(ctx, container, azcosmos.NewPartitionKey(), text, t)
	if err != nil {
		return nil, fmt.Errorf("list the entries of %s: %w", container, err)
	}
	entries := make([]store.Entry, 0, len(items))
	for _, data := range items {
		entry, err := decodeEntry(data, t)
		if err != nil {
			return nil, fmt.Errorf("list the entries of %s: %w", container, err)
		}
		entries = append(entries, entry)
	}
	slices.SortFunc(entries, func(a, b store.Entry) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.ID, b.ID))
	})
	return entries, nil
}

// decodeEntry parses an item that was asked for by a type.
func decodeEntry(data []byte, t store.Type) (store.Entry, error) {
	i, err := decodeItem(data)
	if err != nil || t != store.TypeRegistration {
		doc := store.Document{ID: i.ID, Type: i.Type, Digest: i.Digest, ETag: i.ETag, Deleted: i.Deleted}
		return store.EntryOf(i.Partition, doc, true), err
	}
	doc, err := decode(data)
	return store.EntryOf(i.Partition, doc, false), err
}

// query reads all pages of a query, of one type unless that is store.AnyType. A page may be empty without being the last. Each
// page is retried separately.
func (s *Store) query(ctx context.Context, container string, key azcosmos.PartitionKey, text string, t store.Type) ([][]byte, error) {
	var parameters []azcosmos.QueryParameter
	if t != store.AnyType {
		text += ofType
		parameters = []azcosmos.QueryParameter{{Name: "@type", Value: string(t)}}
	}
	var items [][]byte
	var next *string
	for {
		var page azcosmos.QueryItemsResponse
		err := s.ask(ctx, container, func(ctx context.Context, c *azcosmos.ContainerClient) (err error) {
			page, err = c.NewQueryItemsPager(text, key, &azcosmos.QueryOptions{
				SessionToken:      s.session(container),
				PageSizeHint:      pageSize,
				ContinuationToken: next,
				QueryParameters:   parameters,
			}).NextPage(ctx)
			return err
		})
		if errors.Is(err, store.ErrNoContainer) {
			s.noteMissing(container)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if page.RawResponse != nil {
			s.sessions.note(container, page.RawResponse.Header.Get("x-ms-session-token"))
		}
		items = append(items, page.Items...)
		if next = page.ContinuationToken; next == nil {
			return items, nil
		}
	}
}

// session returns the session token to send, nil before the container's first
// answer.
func (s *Store) session(container string) *string {
	token := s.sessions.token(container)
	if token == "" {
		return nil
	}
	return &token
}
