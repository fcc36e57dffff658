// SPDX-License-Identifier: Apache-2.0

package keyvault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/appofapps/roster/registration"
)

// Inner codes of refusals that have a remedy of their own (learn.microsoft.com, "Azure
// Key Vault REST API error codes").
const (
	innerDeleted    = "ObjectIsDeletedButRecoverable"
	innerDeleting   = "ObjectIsBeingDeleted"
	innerRecovering = "ObjectIsBeingRecovered"
	innerFirewall   = "ForbiddenByFirewall"
)

// refusal is an error of the service without its text.
type refusal struct {
	what   string
	place  registration.Sink
	status int
	code   string
	inner  string // "" if the service gave none
}

func (r refusal) Error() string {
	text := fmt.Sprintf("%s: status %d %s", r.what, r.status, r.code)
	switch r.inner {
	case "":
		return text
	case innerDeleted:
		return r.what + ": " + deletedText(r.place)
	case innerDeleting, innerRecovering:
		return text + ", " + r.inner + ": the service is still busy with a deleted secret of that name; run again in a minute"
	case innerFirewall:
		return fmt.Sprintf("%s: the firewall of the vault does not admit this machine (%s); the role is not the problem: "+
			"admit its network with az keyvault network-rule add --name %s, or run where the vault can be reached", r.what, r.inner, r.place.KeyVault)
	}
	return text + ", " + r.inner
}

// deletedText says what a deleted secret that can be recovered keeps from happening.
func deletedText(place registration.Sink) string {
	return fmt.Sprintf("a deleted secret can still be recovered, and keeps the name until then; recover it with "+
		"az keyvault secret recover --vault-name %s --name %s, or purge it", place.KeyVault, place.Secret)
}

// failed returns an error that names the secret, with the service's status and codes
// only: the service's text can contain the request.
func failed(verb string, place registration.Sink, err error) error {
	what := fmt.Sprintf("%s secret %s of vault %s", verb, place.Secret, place.KeyVault)
	var refused *azcore.ResponseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return refusal{what, place, refused.StatusCode, refused.ErrorCode, innerCode(refused)}
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}

// innerCode returns the inner code of a refusal, "" if it has none. Only a single word
// is passed on.
func innerCode(refused *azcore.ResponseError) string {
	if refused.RawResponse == nil || refused.RawResponse.Body == nil {
		return ""
	}
	const most = 64 << 10
	var said struct {
		Error struct {
			Inner struct {
				Code string `json:"code"`
			} `json:"innererror"`
		} `json:"error"`
	}
	if json.NewDecoder(io.LimitReader(refused.RawResponse.Body, most)).Decode(&said) != nil {
		return ""
	}
	if code := said.Error.Inner.Code; regexp.MustCompile(`^[A-Za-z]{1,64}$`).MatchString(code) {
		return code
	}
	return ""
}

// byFirewall reports a refusal of the vault's firewall.
func byFirewall(err error) bool {
	said, ok := errors.AsType[refusal](err)
	return ok && said.inner == innerFirewall
}

// stagedPlace is the place of the second secret.
func stagedPlace(place registration.Sink) registration.Sink {
	place.Secret += next
	return place
}
