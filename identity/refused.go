// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Refused is a refusal of an exchange by Entra. Retrying is useless until somebody
// takes the next step. It contains no part of the assertion.
type Refused struct {
	Code        int    // of learn.microsoft.com, "Microsoft Entra authentication and authorization error codes"; 0 if absent
	Sentence    string // the first sentence of Entra's description
	Next        string // the next step; "" for a code without specific advice
	Correlation string // the id by which Microsoft finds the exchange; "" if absent
}

// Error returns Entra's message and the next step.
func (r *Refused) Error() string {
	text := "Entra ID refuses: " + strings.TrimSuffix(r.Sentence, ".")
	if r.Code != 0 {
		text += " (AADSTS" + strconv.Itoa(r.Code) + ")"
	}
	if r.Next != "" {
		text += "; " + r.Next
	}
	if r.Correlation != "" {
		text += "; correlation id " + r.Correlation
	}
	return text
}

// NonRetriable tells azcore not to retry.
func (*Refused) NonRetriable() {}

var _ interface { // errorinfo.NonRetriable, which is internal to azcore
	error
	NonRetriable()
} = (*Refused)(nil)

// explain returns the error to report for an error of the credential. It wraps
// nothing from azidentity, whose errors hold the request and thus the assertion.
func (i *Identity) explain(ctx context.Context, err error, scopes []string) error {
	asserted, isAssertion := errors.AsType[*assertionError](err)
	login, isLogin := errors.AsType[*loginError](err)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("get a token from %s: %w", i.Authority(), ctx.Err())
	case isAssertion:
		return asserted.error
	case isLogin:
		return explainLogin(login)
	}
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if !ok || failed.RawResponse == nil {
		return unreached("get a token from "+i.Authority(), err)
	}
	status := failed.RawResponse.StatusCode
	refused, ok := refusal(failed.RawResponse)
	switch {
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
		return fmt.Errorf("get a token from %s: status %d after all retries; the identity is not the cause, run again later", i.Authority(), status)
	case !ok:
		return fmt.Errorf("get a token from %s: status %d with an answer that is not from Entra ID; check for a proxy", i.Authority(), status)
	}
	refused.Next = i.advise(refused.Code, scopes)
	return &refused
}

// explainLogin returns the error for a developer's login: Entra's code if a tool
// quotes one, else the messages of the tools.
func explainLogin(login *loginError) error {
	const next = "log in with `az login` or `azd auth login`"
	for _, text := range []string{login.cli, login.azd} {
		if match := aadsts().FindStringSubmatchIndex(text); match != nil {
			code, _ := strconv.Atoi(text[match[2]:match[3]])
			return &Refused{Code: code, Sentence: sentence(text[match[0]:]), Next: next}
		}
	}
	return fmt.Errorf("%w: %s: %s; %s", ErrNoIdentity, next, plain(login.cli), plain(login.azd))
}

// aadsts finds the number in "AADSTS700213: No matching ...".
func aadsts() *regexp.Regexp { return regexp.MustCompile(`AADSTS(\d{3,9})`) }

// refusal parses the answer of a token endpoint: RFC 6749, section 5.2, with the
// additions of Entra (learn.microsoft.com, "OAuth 2.0 client credentials flow",
// Error response). It returns false for any other answer.
func refusal(response *http.Response) (Refused, bool) {
	body, _ := runtime.Payload(response) // an incomplete answer cannot be parsed
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Correlation string `json:"correlation_id"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error == "" {
		return Refused{}, false
	}
	r := Refused{Sentence: sentence(answer.Description)}
	if r.Sentence == "" {
		r.Sentence = plain(answer.Error)
	}
	if isGUID(answer.Correlation) {
		r.Correlation = answer.Correlation
	}
	if match := aadsts().FindStringSubmatch(answer.Description); match != nil {
		r.Code, _ = strconv.Atoi(match[1])
	} else if len(answer.Codes) > 0 {
		r.Code = answer.Codes[0]
	}
	return r, true
}

// sentence returns the first sentence of a description, without its number.
func sentence(description string) string {
	text := aadsts().ReplaceAllString(description, "")
	text = strings.TrimLeft(text, ": ")
	for _, end := range []string{"\r", "\n", " Trace ID:", ". "} {
		text, _, _ = strings.Cut(text, end)
	}
	return plain(text)
}

// maxText limits how much of a foreign text an error quotes, in characters.
const maxText = 400

// plain makes a foreign text safe to quote in an error: one short line without
// control characters and without anything that could be part of a token. Entra
// quotes parts of the request, and might quote an assertion.
func plain(text string) string {
	// A GUID has 36 characters, the shortest part of a JWT that matters (a
	// signature of 32 bytes) 43.
	text = regexp.MustCompile(`[A-Za-z0-9_+/=.-]*[A-Za-z0-9_+=-]{40,}[A-Za-z0-9_+/=.-]*`).ReplaceAllString(text, "***")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || !strconv.IsPrint(r) }), " ")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return text
}

// unreached returns the error for a missing or unusable answer. verb names the
// request and where it was sent.
func unreached(verb string, err error) error {
	// MSAL shows an answer that it cannot decode, which may well be a token.
	text, _, undecoded := strings.Cut(err.Error(), "json decode error")
	if undecoded {
		text = "the answer is not the expected JSON; check for a proxy"
	}
	text = regexp.MustCompile(`(?s)^.*\b(Get|Post) "[^"]*": `).ReplaceAllString(text, "") // the prefix of net/url.Error
	text = strings.TrimPrefix(text, "ClientAssertionCredential: ")
	return fmt.Errorf("%s: %s", verb, plain(text))
}
