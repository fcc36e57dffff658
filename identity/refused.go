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

// Refused is Entra's word against an exchange. The same one will be refused
// again until somebody acts. It holds nothing of the assertion.
type Refused struct {
	Code        int    // of learn.microsoft.com, "Microsoft Entra authentication and authorization error codes"; 0 if it gave none
	Sentence    string // the first of Entra's own
	Next        string // what to do; "" if only Entra's own page knows
	Correlation string // by which Microsoft finds the exchange; "" if it gave none
}

// Error says what Entra said, and what to do.
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

// NonRetriable tells azcore that asking again is in vain.
func (*Refused) NonRetriable() {}

var _ interface { // errorinfo.NonRetriable, which azcore keeps to itself
	error
	NonRetriable()
} = (*Refused)(nil)

// explain puts an error of the credential into our own words. Nothing that came
// from azidentity is wrapped: it holds the request, and that the assertion.
func (i *Identity) explain(ctx context.Context, err error, scopes []string) error {
	var ours *assertionError
	var login *loginError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("get a token from %s: %w", i.Authority(), ctx.Err())
	case errors.As(err, &ours):
		return ours.error
	case errors.As(err, &login):
		return explainLogin(login)
	}
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse == nil {
		return unreached("get a token from "+i.Authority(), err)
	}
	status := failed.RawResponse.StatusCode
	refused, ok := refusal(failed.RawResponse)
	switch {
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
		return fmt.Errorf("get a token from %s: status %d, after several attempts; nothing is wrong with the identity, run again later", i.Authority(), status)
	case !ok:
		return fmt.Errorf("get a token from %s: status %d, and not in the words of Entra ID; is there a proxy in the way?", i.Authority(), status)
	}
	refused.Next = i.advise(refused.Code, scopes)
	return &refused
}

// explainLogin passes on what a person's tools say: they speak to the person.
// Entra's code, where one of them quotes it, is the better word.
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

// refusal reads the answer of a token endpoint: RFC 6749, section 5.2, with
// what Entra adds to it (learn.microsoft.com, "OAuth 2.0 client credentials
// flow", Error response). It is false for any other answer.
func refusal(response *http.Response) (Refused, bool) {
	body, _ := runtime.Payload(response) // half of an answer is not in its form
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

// sentence returns the first one of a description, without the number in front.
func sentence(description string) string {
	text := aadsts().ReplaceAllString(description, "")
	text = strings.TrimLeft(text, ": ")
	for _, end := range []string{"\r", "\n", " Trace ID:", ". "} {
		text, _, _ = strings.Cut(text, end)
	}
	return plain(text)
}

// maxText bounds what of a foreign text enters an error.
const maxText = 400

// plain makes a foreign text fit for an error of ours: one line, not long, no
// control characters, and nothing in it that could be a token or a part of one.
// Entra quotes what it was given; that it never quotes an assertion is not ours
// to promise.
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

// unreached puts into words that there was no answer, or none of use. Where the
// request went is the verb's to say.
func unreached(verb string, err error) error {
	// MSAL shows an answer that it cannot decode, which may well be a token.
	text, _, undecoded := strings.Cut(err.Error(), "json decode error")
	if undecoded {
		text = "the answer is not the JSON that was expected; is there a proxy in the way?"
	}
	text = regexp.MustCompile(`(?s)^.*\b(Get|Post) "[^"]*": `).ReplaceAllString(text, "") // as net/url.Error puts it
	text = strings.TrimPrefix(text, "ClientAssertionCredential: ")
	return fmt.Errorf("%s: %s", verb, plain(text))
}
