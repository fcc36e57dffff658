// SPDX-License-Identifier: Apache-2.0

// Package cosmos stores a registry in Azure Cosmos DB. It implements package store
// with azcosmos. Start with ParseAddress and Open.
//
// A commit is one transactional batch. It succeeded only if the service reported
// success for every operation. After a lost answer, the store reads the documents of
// the commit back before it writes again. It uses neither upsert nor delete, so the
// identity needs neither permission.
//
// The token is sent only to hosts of the account, even if the account document names
// others. The package does not create containers or databases, because data-plane
// identities lack that permission (see package provision). A missing one is an
// error.
package cosmos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"

	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/store"
)

// emulatorKey is the key of every emulator. It is published, and not a secret (learn.microsoft.com, "Azure Cosmos DB emulator",
// Authentication). It is only used on this machine.
const emulatorKey = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="

// Config configures Open.
type Config struct {
	Credential azcore.TokenCredential // of the identity; not used with an emulator
	HTTP       Doer                   // sends requests, without following redirects
	Retry      *retry.Budget          // of one call; nil for 10 calls within a minute
}

// defaultRetry returns the default budget of one call. The lowest throughput, 400
// RU/s, throttles for seconds, and the failover of a region takes a minute.
func defaultRetry() retry.Budget {
	return retry.Budget{Attempts: 10, Wait: time.Minute, Base: 200 * time.Millisecond, Cap: 10 * time.Second}
}

// Store is a database of Cosmos DB.
type Store struct {
	address  Address
	config   Config
	budget   retry.Budget
	guard    *guard
	sessions *sessions

	mu      sync.Mutex // guards the fields below
	client  *azcosmos.Client
	missing []string // containers that were requested and do not exist
}

var _ store.Store = (*Store)(nil)

// Open returns the store at an address. It sends no request; the first call does.
func Open(address Address, config Config) (*Store, error) {
	s := &Store{address: address, config: config, budget: defaultRetry(), sessions: newSessions()}
	if config.Retry != nil {
		s.budget = *config.Retry
	}
	s.guard = &guard{next: config.HTTP, address: address}
	if _, err := s.database(); err != nil {
		return nil, err
	}
	return s, nil
}

// Close releases the idle connections of the client.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
	return nil
}

// Abilities returns what the store can do beside the contract.
func (s *Store) Abilities() store.Abilities {
	return store.Abilities{Usage: s.Usage, Missing: s.Missing}
}

// Usage returns the cost of the calls so far, as the account counted it.
func (s *Store) Usage() store.Usage { return s.guard.used() }

// Missing returns the containers that were requested and do not exist, sorted. The
// service does not distinguish a missing container from a missing database.
func (s *Store) Missing() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.missing))
}

func (s *Store) noteMissing(container string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.missing, container) {
		s.missing = append(s.missing, container)
	}
}

// database returns the client of the database.
func (s *Store) database() (*azcosmos.DatabaseClient, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		client, err := s.connect()
		if err != nil {
			return nil, fmt.Errorf("create a client for %s: %w", s.address.Endpoint, err)
		}
		s.client = client
	}
	return s.client.NewDatabase(s.address.Database)
}

func (s *Store) connect() (*azcosmos.Client, error) {
	options := &azcosmos.ClientOptions{
		PreferredRegions: s.address.Regions,
		ClientOptions: policy.ClientOptions{
			Transport: s.guard,
			Retry:     policy.RetryOptions{MaxRetries: -1}, // Config.Retry is used instead, which looks up a lost outcome first
			Telemetry: policy.TelemetryOptions{ApplicationID: "roster"},
		},
	}
	if s.address.Emulator() {
		key, err := azcosmos.NewKeyCredential(emulatorKey)
		if err != nil {
			return nil, err
		}
		return azcosmos.NewClientWithKey(s.address.Endpoint, key, options)
	}
	return azcosmos.NewClient(s.address.Endpoint, credential{s.config.Credential}, options)
}

// renew drops a client that never read its account document: azcosmos 1.5.0 returns
// the first failure for five minutes instead of sending a request.
func (s *Store) renew() {
	if s.guard.knowsAccount() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
}

// container returns the client of a container.
func (s *Store) container(name string) (*azcosmos.ContainerClient, error) {
	database, err := s.database()
	if err != nil {
		return nil, err
	}
	return database.NewContainer(name)
}

// ask retries a call that changes nothing while its error is temporary.
func (s *Store) ask(ctx context.Context, container string, call func(ctx context.Context, c *azcosmos.ContainerClient) error) error {
	return retry.Do(ctx, s.budget, func(ctx context.Context) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := s.container(container)
		if err != nil {
			return err
		}
		if err = call(ctx, c); err == nil {
			return nil
		}
		return s.mark(ctx, container, err)
	})
}

// mark explains an error, and marks a temporary one for a retry.
func (s *Store) mark(ctx context.Context, container string, err error) error {
	explained := s.explain(container, err)
	if ctxErr := ctx.Err(); ctxErr != nil {
		return fmt.Errorf("%w: %w", ctxErr, explained)
	}
	if final(err) {
		return explained
	}
	s.renew()
	return retry.Later(explained, readAnswer(err).after)
}

// final reports whether a retry is useless.
func final(err error) bool {
	return unsent(err) || errors.Is(err, errNotWritten) || !readAnswer(err).passing()
}
