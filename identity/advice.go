// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The error codes with specific advice: learn.microsoft.com, "Microsoft Entra
// authentication and authorization error codes", and the error page of Entra.
const (
	codeNoMatch       = 70021   // any of the four below, in older versions
	codeIssuer        = 700211  // no federated credential with this issuer
	codeAudience      = 700212  // no federated credential with this audience
	codeSubject       = 700213  // no federated credential with this subject
	codeSubjectFlex   = 7002137 // the same, for an issuer of Microsoft
	codeSubjectCase   = 7002138 // the subject differs in letter case
	codeNotInTime     = 700024  // the assertion is too old, or too new
	codeSignature     = 700027  // the assertion was not signed by the issuer's key
	codeMalformed     = 50027   // the assertion is not a token
	codeNoApplication = 700016  // the application is not in the tenant
	codeDisabled      = 7000112 // the application is disabled
	codeNoTenant      = 90002   // the tenant does not exist
	codeTenantName    = 900023  // the name of the tenant is malformed
	codeSecret        = 7000215 // the client secret is wrong
	codeSecretExpired = 7000222 // the client secret has expired
	codeResource      = 500011  // the resource is not in the tenant
	codeScope         = 70011   // the scope is malformed
	codeNotDefault    = 1002012 // the same, for client credentials
	codeConsent       = 65001   // consent is missing
	codePolicy        = 53003   // a Conditional Access policy denies it
)

// advise returns the next step after a refusal.
func (i *Identity) advise(code int, scopes []string) string {
	scope := fmt.Sprintf("%q", strings.Join(scopes, " "))
	switch code {
	case codeIssuer, codeSubject, codeSubjectFlex, codeSubjectCase, codeNoMatch:
		return i.adviseFederation()
	case codeAudience:
		return i.adviseAudience()
	case codeNotInTime:
		return i.adviseTime()
	case codeSignature, codeMalformed:
		return fmt.Sprintf("the assertion from %s is not signed by its issuer's published keys: check that the issuer can be reached from the internet, and that this is the token of this job", i.source)
	case codeNoApplication:
		return fmt.Sprintf("there is no application %s in tenant %s: check %s and %s, and that the application has a service principal there (`az ad sp show --id %s`)",
			i.account.client, i.account.tenant, envClient, envTenant, i.account.client)
	case codeDisabled:
		return fmt.Sprintf("an administrator must enable it again: `az ad sp update --id %s --set accountEnabled=true`", i.account.client)
	case codeNoTenant, codeTenantName:
		return fmt.Sprintf("there is no tenant %q at %s: check %s, and %s for a national cloud", i.account.tenant, i.Authority(), envTenant, envAuthority)
	case codeSecret, codeSecretExpired:
		return "roster sent no client secret: a proxy did, or the developer's tool is logged in with a secret; use workload identity federation, and delete the secret"
	case codeResource:
		return "the tenant does not know the resource of scope " + scope + ": check the account's name, and that it belongs to this tenant and cloud"
	case codeScope, codeNotDefault:
		return "scope " + scope + " is not of the form https://HOST/.default"
	case codeConsent:
		return fmt.Sprintf("an administrator must consent to scope %[2]s for application %[1]s: `az ad app permission admin-consent --id %[3]s`", i.account.client, scope, i.account.client)
	case codePolicy:
		return "a Conditional Access policy for workload identities denies it, perhaps because of the runner's address: ask the administrator of the policies"
	}
	if code == 0 {
		return ""
	}
	return fmt.Sprintf("see https://login.microsoftonline.com/error?code=%d", code)
}

// adviseFederation names the presented claims, and the command that creates a
// matching federated credential.
func (i *Identity) adviseFederation() string {
	c := i.presented.Load()
	if c == nil {
		return "compare issuer, subject and audience of the application's federated credentials with what the job presents"
	}
	text := fmt.Sprintf("the job presents issuer %q and subject %q; a federated credential of application %s must match both,"+
		" including letter case. To give this job access, run %s", c.Issuer, c.Subject, i.account.client, i.createCommand(*c))
	if spellings := c.Spellings(); len(spellings) > 1 {
		text += fmt.Sprintf(". GitHub may also send this subject as %q: a credential matches only one spelling, so create one for each", spellings[1])
	}
	return text
}

// adviseAudience names the presented and the expected audience.
func (i *Identity) adviseAudience() string {
	text := fmt.Sprintf("audience %q is expected", i.authority.audience)
	if c := i.presented.Load(); c != nil {
		text = fmt.Sprintf("the job presents audience %q, %q is expected", strings.Join(c.Audience, " "), i.authority.audience)
	}
	switch i.source {
	case TokenVariable:
		return text + fmt.Sprintf(": in .gitlab-ci.yml, `id_tokens: {%s: {aud: %s}}`", envIDToken, i.authority.audience)
	case TokenFile:
		return text + ": it is set where the file is written, in Kubernetes as `audience` of the projected service account token"
	default:
		return text + ": the federated credential of the application must list it under audiences"
	}
}

// adviseTime distinguishes a wrong clock from an old assertion.
func (i *Identity) adviseTime() string {
	text := "the assertion is not valid at this time"
	if c := i.presented.Load(); c != nil && !c.Expires.IsZero() {
		text = "the assertion expires at " + c.Expires.Format(time.RFC3339)
		if i.now != nil {
			text += ", the clock here says " + i.now().UTC().Format(time.RFC3339)
		}
	}
	switch i.source {
	case TokenVariable:
		return text + fmt.Sprintf(": the token in %s cannot be renewed while the job runs; raise the job's `timeout`, which is also the lifetime of the token in GitLab, or split the job", envIDToken)
	case TokenFile:
		return text + fmt.Sprintf(": check that the file in %s is still renewed", envTokenFile)
	default:
		return text + ": it was requested just now, so check the clock of the runner; the source of assertions must not cache them"
	}
}

// createCommand returns the command that creates a federated credential for the
// presented claims: learn.microsoft.com, "az ad app federated-credential create".
func (i *Identity) createCommand(c Claims) string {
	parameters := struct {
		Name      string   `json:"name"`
		Issuer    string   `json:"issuer"`
		Subject   string   `json:"subject"`
		Audiences []string `json:"audiences"`
	}{credentialName(c.Subject), c.Issuer, c.Subject, []string{i.authority.audience}}
	text, err := json.Marshal(parameters)
	if err != nil {
		panic("identity: encode strings as JSON: " + err.Error())
	}
	return fmt.Sprintf("`az ad app federated-credential create --id %s --parameters %s`", i.account.client, quote(string(text)))
}

// credentialName derives the name of a federated credential from a subject. It has
// at most 120 characters, all valid in a URL: learn.microsoft.com,
// "federatedIdentityCredential resource type".
func credentialName(subject string) string {
	words := strings.FieldsFunc(subject, func(r rune) bool { return !isAlnum(r) })
	name := strings.Join(append([]string{"roster"}, words...), "-")
	return name[:min(len(name), 120)]
}

// quote quotes a text as one word for a POSIX shell. A subject contains the name of
// a branch or an environment, which can have any characters.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
