// SPDX-License-Identifier: Apache-2.0

// Package cosmos renews the keys of an account of Azure Cosmos DB through Azure
// Resource Manager: Database Accounts - Regenerate Key (learn.microsoft.com). Start
// with Source. An account has two keys of each kind. Roster regenerates the one that
// no sink serves, never the live key.
//
// Regenerating a key takes between a minute and some hours. A run waits for a minute
// and leaves the operation to the next run. A key opens the whole account, so prefer
// a role on the data plane wherever a service can have one.
package cosmos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/rotate"
)

// The types of credentials that this source renews.
const (
	Type         = "cosmos-key"          // reads and writes
	TypeReadOnly = "cosmos-readonly-key" // reads
)

// Kind is the type of providers that issue them.
const Kind = "cosmos"

// APIVersion is of Microsoft.DocumentDB: one that says when a key was made
// (keysMetadata), which the first stable versions do not.
const APIVersion = "2025-10-15"

// How long a run waits for a key, how often it polls, and when the next run polls.
const (
	patience = time.Minute
	pause    = 10 * time.Second
	later    = 10 * time.Minute
)

// ErrAccount is returned for a credential whose provider names no account, or an
// account that accepts no keys.
var ErrAccount = errors.New("no usable account of Azure Cosmos DB")

// Prover proves a key: it reads from the account at an endpoint. Errors:
// rotate.ErrNotYet.
type Prover func(ctx context.Context, endpoint string, key redact.Secret) error

// Source renews keys. ARM is a client of APIVersion.
type Source struct {
	ARM   *azure.Client
	Prove Prover
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

var _ rotate.Source = Source{}

// Origin returns rotate.DualKey: the account has two keys.
func (Source) Origin() rotate.Origin { return rotate.DualKey }

// The slots. The first rotation takes the second one, because people usually
// configure the first by hand.
const (
	primary   = "primary"
	secondary = "secondary"
)

// slot is the name of a key in each of the service's interfaces.
type slot struct{ kind, field string }

// slots returns the slots of a type, by the id of the key.
func slots(kind string) map[string]slot {
	if kind == TypeReadOnly {
		return map[string]slot{primary: {"primaryReadonly", "primaryReadonlyMasterKey"}, secondary: {"secondaryReadonly", "secondaryReadonlyMasterKey"}}
	}
	return map[string]slot{primary: {"primary", "primaryMasterKey"}, secondary: {"secondary", "secondaryMasterKey"}}
}

// account is the part of an account that this package reads.
type account struct {
	Properties struct {
		State        string `json:"provisioningState"`
		Endpoint     string `json:"documentEndpoint"`
		NoLocalAuth  bool   `json:"disableLocalAuth"`
		KeysMetadata map[string]struct {
			Generated *time.Time `json:"generationTime"`
		} `json:"keysMetadata"`
	} `json:"properties"`
}

// resource matches the resource id of an account.
var resource = regexp.MustCompile(`^/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[-\w._()]{1,90}/providers/Microsoft\.DocumentDB/databaseAccounts/[a-z0-9-]{3,50}$`)

// pathOf returns the path of a credential's account. The text comes from a manifest,
// so only the resource id of an account is accepted. Errors: ErrAccount.
func pathOf(t rotate.Target) (string, error) {
	if t.Provider.Type == "" {
		return "", fmt.Errorf("credential %s: %w: declare one with kind: Provider, type: cosmos, and name it as provider of the credential", t, ErrAccount)
	}
	if !resource.MatchString(t.Provider.Account) {
		return "", fmt.Errorf("provider %s: %w: write its resource id as account: /subscriptions/GUID/resourceGroups/GROUP/providers/Microsoft.DocumentDB/databaseAccounts/NAME",
			t.Provider.Name, ErrAccount)
	}
	return t.Provider.Account, nil
}

func (s Source) read(ctx context.Context, t rotate.Target) (string, account, error) {
	var a account
	path, err := pathOf(t)
	if err != nil {
		return "", a, err
	}
	if err := s.ARM.Get(ctx, path, nil, &a); err != nil {
		return "", a, fmt.Errorf("read account: %w", err)
	}
	if a.Properties.NoLocalAuth {
		return "", a, fmt.Errorf("provider %s: %w: its local authentication is off; remove the credential", t.Provider.Name, ErrAccount)
	}
	return path, a, nil
}

// List returns the two keys of the type.
func (s Source) List(ctx context.Context, t rotate.Target) ([]rotate.Key, error) {
	path, a, err := s.read(ctx, t)
	if err != nil {
		return nil, err
	}
	values, err := s.values(ctx, t, path)
	if err != nil {
		return nil, err
	}
	keys := []rotate.Key{{ID: primary}, {ID: secondary}}
	for i, k := range keys {
		slot := slots(t.Type)[k.ID]
		keys[i].Created, keys[i].Value = a.generated(slot), redact.New(values[slot.field])
	}
	return keys, nil
}

// generated returns when a key was generated, zero if the account does not say.
func (a account) generated(s slot) time.Time {
	if at := a.Properties.KeysMetadata[s.field].Generated; at != nil {
		return *at
	}
	return time.Time{}
}

// Create regenerates the key that is not live, unless it is newer than the request.
func (s Source) Create(ctx context.Context, t rotate.Target, r rotate.Request) (rotate.NewKey, error) {
	id := secondary
	if r.Live == secondary {
		id = primary
	}
	path, a, err := s.read(ctx, t)
	if err != nil {
		return rotate.NewKey{}, err
	}
	if !a.generated(slots(t.Type)[id]).After(r.Since) {
		if err := s.regenerate(ctx, path, a, slots(t.Type)[id], r.Operation); err != nil {
			return rotate.NewKey{}, err
		}
		if path, a, err = s.read(ctx, t); err != nil {
			return rotate.NewKey{}, err
		}
	}
	if err := s.settled(a); err != nil {
		return rotate.NewKey{}, err // a key that is being regenerated is about to be replaced
	}
	values, err := s.values(ctx, t, path)
	if err != nil {
		return rotate.NewKey{}, err
	}
	return rotate.NewKey{Key: id, Value: redact.New(values[slots(t.Type)[id].field])}, nil
}

// values reads both keys, by their fields.
func (s Source) values(ctx context.Context, t rotate.Target, path string) (map[string]string, error) {
	action := "/listKeys"
	if t.Type == TypeReadOnly {
		action = "/readonlykeys" // needs no right to read the others
	}
	var all map[string]string
	if err := s.ARM.Post(ctx, path+action, nil, &all); err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	for _, slot := range slots(t.Type) {
		if all[slot.field] == "" {
			return nil, fmt.Errorf("read the keys: the response has no %s key", slot.kind)
		}
	}
	return all, nil
}

// settled returns a rotate.Later while another operation on the account is running,
// such as one whose address was lost ("Database Accounts - Get", provisioningState:
// Updating, Creating, Succeeded, …).
func (s Source) settled(a account) error {
	if state := a.Properties.State; state == "" || strings.EqualFold(state, "Succeeded") {
		return nil
	}
	return s.busy()
}

func (s Source) busy() error {
	return &rotate.PendingError{At: s.Now().Add(later), For: "another operation on the account"}
}

// regenerate regenerates a key, or continues to wait for it. Errors: rotate.Later.
func (s Source) regenerate(ctx context.Context, path string, a account, key slot, operation string) error {
	if operation == "" {
		err := s.settled(a)
		if err != nil {
			return err
		}
		operation, err = s.ARM.Start(ctx, path+"/regenerateKey", map[string]string{"keyKind": key.kind})
		switch {
		case busy(err):
			return s.busy()
		case err != nil:
			return fmt.Errorf("regenerate the %s key: %w", key.kind, err)
		case operation == "":
			return nil
		}
	}
	end := s.Now().Add(patience)
	for {
		switch err := s.ARM.Ask(ctx, operation); {
		case err == nil:
			return nil
		case !errors.Is(err, azure.ErrUnfinished):
			return fmt.Errorf("regenerate the %s key: %w", key.kind, err)
		case !s.Now().Add(pause).Before(end):
			return &rotate.PendingError{At: s.Now().Add(later), For: "Azure, which regenerates the key", Operation: operation}
		}
		if err := s.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// busy reports whether another operation on the account is running ("There is already an
// operation in progress which requires exclusive lock on this service").
func busy(err error) bool {
	return rest.IsStatus(err, http.StatusPreconditionFailed) || rest.IsStatus(err, http.StatusConflict)
}

// Verify reads from the account with the key.
func (s Source) Verify(ctx context.Context, t rotate.Target, _ string, value redact.Secret) error {
	_, a, err := s.read(ctx, t)
	if err != nil {
		return err
	}
	return s.Prove(ctx, strings.TrimSuffix(a.Properties.Endpoint, "/"), value)
}

// Revoke regenerates a key, so that its old value is revoked.
func (s Source) Revoke(ctx context.Context, t rotate.Target, r rotate.Revocation) error {
	key, known := slots(t.Type)[r.Key]
	path, a, err := s.read(ctx, t)
	if err != nil || !known {
		return err
	}
	return s.regenerate(ctx, path, a, key, r.Operation)
}
