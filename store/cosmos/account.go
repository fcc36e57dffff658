// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// ErrForeignEndpoint is returned for a request that would send the account's token
// to another host.
var ErrForeignEndpoint = errors.New("foreign endpoint")

// ErrMultipleWriteRegions is returned for an account that accepts writes in several
// regions. There, two commits of the same event can both succeed, and one of them is
// silently dropped later (learn.microsoft.com, "Conflict types and resolution
// policies").
var ErrMultipleWriteRegions = errors.New("account with several write regions")

// accountDocument describes an account (learn.microsoft.com, "Azure Cosmos DB: REST
// API, Get a database account").
type accountDocument struct {
	Readable       []location `json:"readableLocations"`
	Writable       []location `json:"writableLocations"`
	MultipleWrites bool       `json:"enableMultipleWriteLocations"`
}

type location struct {
	Name     string `json:"name"`
	Endpoint string `json:"databaseAccountEndpoint"`
}

// checkAccount checks that an account document names only hosts of the account, and
// that the account can fulfil the contract of a store. Errors: ErrForeignEndpoint,
// ErrMultipleWriteRegions.
func (a Address) checkAccount(body []byte) error {
	var doc accountDocument
	if err := json.Unmarshal(body, &doc); err != nil {
		return fmt.Errorf("read the account document of %s: %w", a.Endpoint, err)
	}
	for _, list := range [][]location{doc.Readable, doc.Writable} {
		for _, l := range list {
			u, err := url.Parse(l.Endpoint)
			if err != nil || !a.owns(u) {
				return fmt.Errorf("%w: the account document of %s names %q for region %q, which is not a host of the account; nothing was sent there. Find out who changed the account, or its DNS records",
					ErrForeignEndpoint, a.Endpoint, l.Endpoint, l.Name)
			}
		}
	}
	if doc.MultipleWrites {
		return fmt.Errorf("%w: %s has multi-region writes, so two pipelines could extend one audit trail at once; turn them off (az cosmosdb update --enable-multiple-write-locations false)",
			ErrMultipleWriteRegions, a.Endpoint)
	}
	return nil
}
