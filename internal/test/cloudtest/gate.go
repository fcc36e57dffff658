// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// refuseToken checks the authorization of a request. The account accepts only tokens
// of Entra, as with disableLocalAuth.
// The form of the header is in "Access control on Azure Cosmos DB resources";
// the texts are those that users report.
func (a *account) refuseToken(k *call) *answer {
	kind, sig := credentials(k.Header.Get("Authorization"))
	refuse := func(substatus int, format string, args ...any) *answer {
		no := a.problem(http.StatusUnauthorized, substatus, fmt.Sprintf(format, args...))
		return &no
	}
	switch kind {
	case "aad":
	case "":
		no := cosmosProblem(http.StatusUnauthorized, 0, "Required Header authorization is missing. Ensure a valid Authorization token is passed.")
		return &no
	default:
		no := cosmosProblem(http.StatusUnauthorized, 0, "Local Authorization is disabled. Use an AAD token to authorize all requests.")
		return &no
	}
	t, err := parse(sig)
	now := time.Now()
	switch {
	case err != nil:
		return refuse(0, "Provided AAD token is malformed.")
	case t.Issuer != a.entra.stsIssuer() || t.Tenant != a.config.Tenant:
		return refuse(0, "Provided AAD token was issued by the authority [%s] which is not trusted by this database account. "+
			"Please ensure the token has been issued by the AAD tenant(s) [%s].", t.Issuer, a.config.Tenant)
	case !t.signedBy(a.entra.signer):
		return refuse(0, "Provided AAD token has an invalid signature.")
	case len(t.Audience) != 1 || !slices.Contains(a.audiences(), t.Audience[0]):
		return refuse(substatusAudience, "Provided AAD token is intended for [%s]. This database account accepts tokens intended for [%s].",
			strings.Join(t.Audience, ", "), strings.Join(a.audiences(), ", "))
	case t.Expiry == nil || !now.Before(t.Expiry.Time().Add(leeway)):
		return refuse(0, "Provided AAD token has been expired since [%s]. Current server time is [%s]. Please refresh the AAD token.",
			cosmosTime(t.Expiry.Time()), cosmosTime(now))
	}
	return nil
}

// leeway is how long an expired token is still accepted. Services tolerate minutes; a
// test must see a token expire, and a request may take a while on a busy machine.
const leeway = 3 * time.Second

// substatusAudience is reported with its text. No substatus is known for the other
// refusals of a token, and none is sent.
const substatusAudience = 5008

// audiences returns the accepted audiences of a token. The real account accepts two
// more, of gateways that roster does not use.
func (a *account) audiences() []string {
	return []string{"https://" + a.host(), "https://cosmos.azure.com"}
}

func cosmosTime(t time.Time) string { return t.UTC().Format("1/2/2006 3:04:05 PM (UTC)") }

// credentials parses "type=aad&ver=1.0&sig=...", which clients send plain or escaped
// as one query value.
func credentials(header string) (kind, sig string) {
	if strings.HasPrefix(header, "type%3") {
		plain, err := url.QueryUnescape(header)
		if err != nil {
			return "malformed", ""
		}
		header = plain
	}
	if header == "" {
		return "", ""
	}
	version := ""
	for pair := range strings.SplitSeq(header, "&") {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case "type":
			kind = value
		case "ver":
			version = value
		case "sig":
			sig = value
		}
	}
	if kind == "" || version != "1.0" {
		return "malformed", ""
	}
	return kind, sig
}

// refuseActions checks the actions of a request against the roles: "Data plane
// role-based access control" of Azure Cosmos DB for NoSQL. Each operation of a
// batch needs its own action.
func (a *account) refuseActions(k *call) *answer {
	needed := []string{"readMetadata"}
	if len(k.x.Operations) > 0 {
		needed = needed[:0]
		for _, operation := range k.x.Operations {
			needed = append(needed, operation.Action)
		}
	} else if k.x.Kind != KindAccount && k.x.Kind != KindMetadata {
		no := cosmosProblem(http.StatusBadRequest, 0, "Message: {\"Errors\":[\"The request cannot be understood\"]}")
		return &no
	}
	for _, action := range needed {
		if a.may(action) {
			continue
		}
		full := action
		if action != "readMetadata" {
			full = "sqlDatabases/containers/" + action
		}
		no := a.problem(http.StatusForbidden, substatusNoRole, fmt.Sprintf(
			"Request is blocked because principal [%s] does not have required RBAC permissions to perform action "+
				"[Microsoft.DocumentDB/databaseAccounts/%s] on resource [%s]. Learn more: https://aka.ms/cosmos-native-rbac.",
			a.config.Object, full, container(k.URL.Path)))
		return &no
	}
	return nil
}

// container is the container of a path, or all of the account.
func container(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 4 {
		return "/"
	}
	return strings.Join(parts[:4], "/")
}

// problem is a refusal by the account.
func (a *account) problem(status, substatus int, text string) answer {
	return cosmosProblem(status, substatus, "Request blocked by Auth "+a.config.Account+" : "+text)
}

// cosmosProblem is an error of the service: code, message and activity id.
func cosmosProblem(status, substatus int, text string) answer {
	activity := guid()
	a := inJSON(status, map[string]any{
		"code":    strings.ReplaceAll(http.StatusText(status), " ", ""),
		"message": text + "\r\nActivityId: " + activity + ", Microsoft.Azure.Documents.Common/2.14.0",
	})
	a.header.Set(headerActivity, activity)
	if substatus != 0 {
		a.header.Set(headerSubstatus, decimal(substatus))
	}
	return a
}

// refuseCosmos answers a fault like the service.
func refuseCosmos(f Fault) answer {
	text := http.StatusText(f.Status)
	if f.Status == http.StatusTooManyRequests {
		text = "Request rate is large. More Request Units may be needed, so no changes were made. Please retry this request later."
	}
	a := cosmosProblem(f.Status, f.Substatus, text)
	if f.Status == statusRetryWith {
		a = cosmosProblem(f.Status, f.Substatus, "Conflicting request to resource has been attempted. Retry to avoid conflicts.")
	}
	if f.RetryAfter > 0 {
		a.header.Set(headerRetryAfter, decimal(int(f.RetryAfter.Milliseconds())))
	}
	return a
}

// statusRetryWith is defined by Cosmos: "HTTP Status Codes for Azure Cosmos DB".
const statusRetryWith = 449
