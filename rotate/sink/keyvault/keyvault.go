// SPDX-License-Identifier: Apache-2.0

// Package keyvault delivers credentials to secrets of Azure Key Vault. Start with
// Sink. A new value is staged under a second name, NAME-next, so that a reader of the
// newest version of NAME never gets an unproven value. Both carry the rotation's
// marker as a tag.
//
// Setting a secret always creates a version (learn.microsoft.com, "Set Secret").
// Deliver therefore does nothing if the newest version already has the value.
package keyvault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

// The tags of secrets that roster sets.
const (
	tagMarker = "roster-rotation"
	tagFence  = "roster-fence"
	tagKey    = "roster-key"
)

// next is appended to the name of a secret for staged values.
const next = "-next"

// stagedLife is how long a staged value can be read: longer than an overlap of a
// month. An orphan expires by itself.
const stagedLife = 45 * 24 * time.Hour

// Sink sets secrets. Suffix is the vaults' DNS suffix, as vault.azure.net.
type Sink struct {
	Credential azcore.TokenCredential
	Transport  policy.Transporter // nil: the SDK's own
	Retry      policy.RetryOptions
	Suffix     string
	Now        func() time.Time
}

var _ rotate.Stager = Sink{}

// client returns a client for the vault of a destination. The name comes from a
// manifest, so only letters, digits and hyphens are accepted.
func (s Sink) client(place registration.Sink) (*azsecrets.Client, error) {
	if place.KeyVault == "" || strings.ContainsFunc(place.KeyVault, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}) {
		return nil, fmt.Errorf("%q is not a vault name; allowed: letters, digits and hyphens", place.KeyVault)
	}
	c, err := azsecrets.NewClient("https://"+place.KeyVault+"."+s.Suffix, s.Credential, &azsecrets.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: s.Transport, Retry: s.Retry},
	})
	if err != nil {
		return nil, fmt.Errorf("make a client for vault %s: %w", place.KeyVault, err)
	}
	return c, nil
}

// Deliver sets the secret, unless its newest version already has the value. It is
// idempotent.
func (s Sink) Deliver(ctx context.Context, place registration.Sink, marker string, value redact.Secret) error {
	c, err := s.client(place)
	if err != nil {
		return err
	}
	newest, err := c.GetSecret(ctx, place.Secret, "", nil)
	switch {
	case err == nil && tag(newest.Tags, tagMarker) == marker && newest.Value != nil && *newest.Value == value.Reveal():
		return nil
	case err != nil && status(err) != http.StatusNotFound:
		return failed("read", place, err)
	}
	secret := value.Reveal()
	_, err = c.SetSecret(ctx, place.Secret, azsecrets.SetSecretParameters{Value: &secret, Tags: map[string]*string{tagMarker: &marker}}, nil)
	return failed("set", place, err)
}

// Stage sets the second secret, NAME-next, which expires, and returns its version.
func (s Sink) Stage(ctx context.Context, place registration.Sink, v rotate.StagedValue) (string, error) {
	c, err := s.client(place)
	if err != nil {
		return "", err
	}
	secret, fence, key, end := v.Value.Reveal(), strconv.Itoa(v.Fence), v.Key, s.Now().Add(stagedLife)
	set, err := c.SetSecret(ctx, place.Secret+next, azsecrets.SetSecretParameters{
		Value: &secret, Tags: map[string]*string{tagMarker: &v.Marker, tagFence: &fence, tagKey: &key},
		SecretAttributes: &azsecrets.SecretAttributes{Expires: &end},
	}, nil)
	if err != nil {
		return "", failed("stage", stagedPlace(place), err)
	}
	return set.ID.Version(), nil
}

// Staged returns the staged values of a rotation, the newest first.
func (s Sink) Staged(ctx context.Context, place registration.Sink, marker string) ([]rotate.StagedValue, error) {
	c, err := s.client(place)
	if err != nil {
		return nil, err
	}
	kept, err := versions(ctx, c, place, func(of string) bool { return of == marker })
	if err != nil {
		return nil, err
	}
	list := []rotate.StagedValue{}
	for _, p := range kept {
		v, err := c.GetSecret(ctx, place.Secret+next, p.ID.Version(), nil)
		if err != nil {
			return nil, failed("read", place, err)
		}
		fence, err := strconv.Atoi(tag(p.Tags, tagFence))
		if err != nil || v.Value == nil {
			continue
		}
		list = append(list, rotate.StagedValue{Marker: marker, Fence: fence, Key: tag(p.Tags, tagKey), Ref: p.ID.Version(), Value: redact.New(*v.Value)})
	}
	slices.SortStableFunc(list, func(a, b rotate.StagedValue) int { return b.Fence - a.Fence })
	return list, nil
}

// Unstage disables the staged versions whose markers begin with marker: a single
// version cannot be deleted, and a disabled one cannot be read. It is idempotent.
func (s Sink) Unstage(ctx context.Context, place registration.Sink, marker string) error {
	c, err := s.client(place)
	if err != nil {
		return err
	}
	kept, err := versions(ctx, c, place, func(of string) bool { return strings.HasPrefix(of, marker) })
	if err != nil {
		return err
	}
	disabled := false
	for _, p := range kept {
		_, err := c.UpdateSecretProperties(ctx, place.Secret+next, p.ID.Version(), azsecrets.UpdateSecretPropertiesParameters{
			SecretAttributes: &azsecrets.SecretAttributes{Enabled: &disabled},
		}, nil)
		if err != nil {
			return failed("disable a staged value of", place, err)
		}
	}
	return nil
}

// versions returns the staged versions that can be read and whose marker fits, the
// newest first.
func versions(ctx context.Context, c *azsecrets.Client, place registration.Sink, of func(marker string) bool) ([]*azsecrets.SecretProperties, error) {
	var list []*azsecrets.SecretProperties
	pages := c.NewListSecretPropertiesVersionsPager(place.Secret+next, nil)
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if status(err) == http.StatusNotFound {
			return nil, nil
		}
		if err != nil {
			return nil, failed("list", place, err)
		}
		for _, p := range page.Value {
			if a := p.Attributes; of(tag(p.Tags, tagMarker)) && a != nil && a.Enabled != nil && *a.Enabled {
				list = append(list, p)
			}
		}
	}
	created := func(p *azsecrets.SecretProperties) time.Time {
		if p.Attributes.Created == nil {
			return time.Time{}
		}
		return *p.Attributes.Created
	}
	slices.SortStableFunc(list, func(a, b *azsecrets.SecretProperties) int { return created(b).Compare(created(a)) })
	return list, nil
}

func tag(tags map[string]*string, name string) string {
	if value := tags[name]; value != nil {
		return *value
	}
	return ""
}

// status returns the HTTP status of a refusal, 0 for another error.
func status(err error) int {
	if refused, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return refused.StatusCode
	}
	if said, ok := errors.AsType[refusal](err); ok {
		return said.status
	}
	return 0
}
