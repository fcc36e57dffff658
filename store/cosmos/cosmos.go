// SPDX-License-Identifier: Apache-2.0

// Package cosmos keeps a registry in Azure Cosmos DB: the contract of package
// store on azcosmos. A commit is one transactional batch, and it succeeded only
// if the service said so of every operation in it. What a lost answer left open
// is read back by the ids of the commit and never written again blindly; there
// is neither an upsert nor a delete, so the identity needs neither right.
//
// The client's token leaves for no host but the account's own, the account
// document included. The package makes no container or database: data-plane
// identities may not (see package provision), and one that is missing is an
// error that says so.
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

// emulatorKey is the key of every emulator, published so that nobody takes it
// for a secret (learn.microsoft.com, "Azure Cosmos DB emulator",
// Authentication). It is used on this machine only.
const emulatorKey = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="

// Config says how to reach the account.
type Config struct {
	Credential azcore.TokenCredential // of the identity; not used with an emulator
	HTTP       Doer                   // sends requests, without following redirects
	Retry      *retry.Budget          // of one call; nil for DefaultRetry
}

// DefaultRetry is the patience with one call: 400 RU/s, the least that can be
// bought, throttle for seconds, and a region's failover takes a minute.
func DefaultRetry() retry.Budget {
	return retry.Budget{Attempts: 10, Wait: time.Minute, Base: 200 * time.Millisecond, Cap: 10 * time.Second}
}

// Store is a database of Cosmos DB.
type Store struct {
	address  Address
	config   Config
	budget   retry.Budget
	guard    *guard
	sessions *sessions

	mu      sync.Mutex // guards what follows
	client  *azcosmos.Client
	missing []string // containers that were asked for and are not there
}

var (
	_ store.Store       = (*Store)(nil)
	_ store.Metered     = (*Store)(nil)
	_ store.Provisioned = (*Store)(nil)
)

// Open returns the store at an address. Nothing is sent before its first call.
func Open(address Address, config Config) (*Store, error) {
	s := &Store{address: address, config: config, budget: DefaultRetry(), sessions: newSessions()}
	if config.Retry != nil {
		s.budget = *config.Retry
	}
	s.guard = &guard{next: config.HTTP, address: address}
	if _, err := s.database(); err != nil {
		return nil, err
	}
	return s, nil
}

// Close lets go of what the client keeps.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
	return nil
}

// Usage returns what the store's calls cost so far, by the account's own count.
func (s *Store) Usage() store.Usage { return s.guard.used() }

// Missing returns the containers that were looked for and are not there, sorted.
// The service does not tell a missing container from a missing database.
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

// database returns the client's view of the database.
func (s *Store) database() (*azcosmos.DatabaseClient, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		client, err := s.connect()
		if err != nil {
			return nil, fmt.Errorf("make a client for %s: %w", s.address.Endpoint, err)
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
			Retry:     policy.RetryOptions{MaxRetries: -1}, // ours, which looks before it writes again
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

// renew drops a client that never saw its account: azcosmos 1.5.0 repeats the
// first failure for five minutes instead of asking again.
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

// container returns the client's view of a container.
func (s *Store) container(name string) (*azcosmos.ContainerClient, error) {
	database, err := s.database()
	if err != nil {
		return nil, err
	}
	return database.NewContainer(name)
}

// ask repeats a call that changes nothing for as long as the answer may pass.
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

// mark explains an error, and marks one that may pass.
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

// final reports whether repeating changes nothing.
func final(err error) bool {
	return unsent(err) || errors.Is(err, errNotWritten) || !readAnswer(err).passing()
}
