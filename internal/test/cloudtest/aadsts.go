// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// refusal is an error of Entra: "Microsoft Entra authentication and authorization
// error codes". For a code without a text on that page, the text is the one that users
// report.
type refusal struct {
	status int
	error  string // the word of OAuth 2.0 (RFC 6749, section 5.2)
	code   int    // 0 where no code is documented
	text   string
}

// refused returns the answer, in the form of the sample on that page.
func refused(k *call, r refusal) answer {
	k.x.AADSTS = r.code
	now := time.Now().UTC().Format("2006-01-02 15:04:05Z")
	trace, correlation := guid(), k.Header.Get("client-request-id")
	if correlation == "" {
		correlation = guid()
	}
	body := map[string]any{
		"error":             r.error,
		"error_description": fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", r.text, trace, correlation, now),
		"timestamp":         now, "trace_id": trace, "correlation_id": correlation,
	}
	if r.code != 0 {
		body["error_description"] = fmt.Sprintf("AADSTS%d: %s", r.code, body["error_description"])
		body["error_codes"] = []int{r.code}
		body["error_uri"] = fmt.Sprintf("https://%s/error?code=%d", k.x.Host, r.code)
	}
	return inJSON(r.status, body)
}

// refuseEntra answers a fault like a busy token endpoint.
func refuseEntra(f Fault) answer {
	a := inJSON(f.Status, map[string]any{
		"error": "temporarily_unavailable", "error_description": "The service is temporarily unavailable. Please retry later.",
	})
	a.retryAfter(f.RetryAfter)
	return a
}

// federation is the page to which the texts about assertions refer.
const federation = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"

func noMatch(code int, what, value string) refusal {
	return refusal{http.StatusUnauthorized, "invalid_client", code, fmt.Sprintf(
		"No matching federated identity record found for presented assertion %s '%s'. "+
			"Check your federated identity credential Subject, Audience and Issuer against the presented assertion. %s", what, value, federation)}
}

// noMatchInCase: "Breaking changes" of August 2024, subjects are compared by
// case.
func noMatchInCase(subject string) refusal {
	return refusal{http.StatusUnauthorized, "invalid_client", 7002138, fmt.Sprintf(
		"No matching federated identity record found for presented assertion subject '%s'. "+
			"The subject matches with case-insensitive comparison, but not with case-sensitive comparison. "+
			"Check your federated identity credential Subject, Audience and Issuer against the presented assertion. %s", subject, federation)}
}

func malformed() refusal {
	return refusal{http.StatusUnauthorized, "invalid_client", 50027, "JWT token is invalid or malformed."}
}

func badSignature() refusal {
	return refusal{
		http.StatusUnauthorized, "invalid_client", 700027,
		"Client assertion contains an invalid signature. [Reason - Key was found, but use of the key to verify the signature failed.]",
	}
}

func keyNotFound(t *token) refusal {
	return refusal{http.StatusUnauthorized, "invalid_client", 7000272, fmt.Sprintf(
		"The certificate with identifier %s used to sign the federated credential could not be found in the metadata of identity provider %s. "+
			"Please validate that your Identity Provider's metadata exposes the key used to sign the incoming token.", t.kid(), t.Issuer)}
}

func outOfTime(now time.Time, t *token) refusal {
	const form = "2006-01-02T15:04:05.0000000Z"
	return refusal{http.StatusUnauthorized, "invalid_client", 700024, fmt.Sprintf(
		"Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s. "+
			"Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
		now.UTC().Format(form), t.NotBefore.Time().UTC().Format(form), t.Expiry.Time().UTC().Format(form))}
}

// replayed has no code: Entra documents none for a replayed assertion.
func replayed() refusal {
	return refusal{http.StatusUnauthorized, "invalid_client", 0, "The client assertion has been presented before."}
}

func assertionMissing() refusal {
	return refusal{
		http.StatusUnauthorized, "invalid_client", 7000216,
		"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
	}
}

func secretRefused(client string) refusal {
	return refusal{http.StatusUnauthorized, "invalid_client", 7000215, fmt.Sprintf(
		"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, "+
			"for a secret added to app '%s'.", client)}
}

func applicationNotFound(client, tenant string) refusal {
	const word = "unauthorized_client" //nolint:misspell // RFC 6749's spelling
	return refusal{http.StatusBadRequest, word, 700016, fmt.Sprintf(
		"Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed "+
			"by the administrator of the tenant or consented to by any user in the tenant. "+
			"You may have sent your authentication request to the wrong tenant.", client, tenant)}
}

func tenantNotFound(tenant string) refusal {
	return refusal{http.StatusBadRequest, "invalid_request", 90002, fmt.Sprintf(
		"Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. "+
			"Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", tenant)}
}

func unknownInstance() refusal {
	return refusal{http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance."}
}

func grantNotSupported(grant string) refusal {
	return refusal{http.StatusBadRequest, "unsupported_grant_type", 70003, fmt.Sprintf("The app requested an unsupported grant type '%s'.", grant)}
}

func missing(parameter string) refusal {
	return refusal{http.StatusBadRequest, "invalid_request", 900144, fmt.Sprintf("The request body must contain the following parameter: '%s'.", parameter)}
}

func scopeNotDefault(scope string) refusal {
	return refusal{http.StatusBadRequest, "invalid_scope", 1002012, fmt.Sprintf(
		"The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed "+
			"to the resource identifier (application ID URI).", scope)}
}

func resourceNotFound(resource string) refusal {
	return refusal{http.StatusBadRequest, "invalid_resource", 500011, fmt.Sprintf(
		"The resource principal named %s was not found in the tenant. This can happen if the application has not been installed "+
			"by the administrator of the tenant or consented to by any user in the tenant. "+
			"You might have sent your authentication request to the wrong tenant.", strings.TrimSpace(resource))}
}
