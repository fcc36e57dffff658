// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// ErrForeignEndpoint is returned when something asks for the account's token
// that is not the account.
var ErrForeignEndpoint = errors.New("foreign endpoint")

// ErrMultipleWriteRegions is returned for an account that takes writes in more
// than one region: there two commits of the same event both succeed, and one of
// them is silently dropped later (learn.microsoft.com, "Conflict types and
// resolution policies").
var ErrMultipleWriteRegions = errors.New("account writes in several regions")

// accountDocument is what an account says of itself (learn.microsoft.com, "Azure
// Cosmos DB: REST API, Get a database account").
type accountDocument struct {
	Readable       []location `json:"readableLocations"`
	Writable       []location `json:"writableLocations"`
	MultipleWrites bool       `json:"enableMultipleWriteLocations"`
}

type location struct {
	Name     string `json:"name"`
	Endpoint string `json:"databaseAccountEndpoint"`
}

// checkAccount refuses an account document that would lead the token astray, or
// whose account cannot keep what the store promises. Errors: ErrForeignEndpoint,
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
				return fmt.Errorf("%w: the account document of %s names %q for region %q, which is not below the account; nothing was sent there. Look who changed the account, or the name server that answers for it",
					ErrForeignEndpoint, a.Endpoint, l.Endpoint, l.Name)
			}
		}
	}
	if doc.MultipleWrites {
		return fmt.Errorf("%w: %s has multi-region writes on, and two pipelines could extend one audit trail at once; turn it off (az cosmosdb update --enable-multiple-write-locations false)",
			ErrMultipleWriteRegions, a.Endpoint)
	}
	return nil
}
