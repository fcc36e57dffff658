// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The refusals that have a next step of their own: learn.microsoft.com,
// "Microsoft Entra authentication and authorization error codes", and what Entra
// says of itself on its error page.
const (
	codeNoMatch       = 70021   // neither of the four below, in the words of earlier years
	codeIssuer        = 700211  // no federated credential with this issuer
	codeAudience      = 700212  // none with this audience
	codeSubject       = 700213  // none with this subject
	codeSubjectFlex   = 7002137 // the same, of an issuer of Microsoft's own
	codeSubjectCase   = 7002138 // one whose subject differs in letter case
	codeNotInTime     = 700024  // the assertion is too old, or too new
	codeSignature     = 700027  // the assertion was not signed by the issuer's key
	codeMalformed     = 50027   // it is no token at all
	codeNoApplication = 700016  // the application is not in the tenant
	codeDisabled      = 7000112 // it is disabled
	codeNoTenant      = 90002   // there is no such tenant
	codeTenantName    = 900023  // what names the tenant is no name of one
	codeSecret        = 7000215 // a client secret is wrong
	codeSecretExpired = 7000222 // a client secret is expired
	codeResource      = 500011  // the resource is not in the tenant
	codeScope         = 70011   // the scope is no scope
	codeNotDefault    = 1002012 // the same, of a client's own login
	codeConsent       = 65001   // nobody consented to it
	codePolicy        = 53003   // Conditional Access forbids it
)

// advise says what to do about a refusal of this run.
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
		return fmt.Sprintf("what came from %s is not signed by its issuer's published keys: is the issuer reachable from the internet, and is this the job's own token?", i.source)
	case codeNoApplication:
		return fmt.Sprintf("there is no application %s in tenant %s: check %s and %s, and that the application has a service principal there (`az ad sp show --id %s`)",
			i.account.client, i.account.tenant, envClient, envTenant, i.account.client)
	case codeDisabled:
		return fmt.Sprintf("an administrator enables it again: `az ad sp update --id %s --set accountEnabled=true`", i.account.client)
	case codeNoTenant, codeTenantName:
		return fmt.Sprintf("there is no tenant %q at %s: check %s, and %s for a national cloud", i.account.tenant, i.Authority(), envTenant, envAuthority)
	case codeSecret, codeSecretExpired:
		return "roster sent no client secret: something between it and Entra ID did, or the login of a developer's tool is one by secret; use workload identity federation, and delete the secret"
	case codeResource:
		return "the tenant does not know the resource of scope " + scope + ": check the account's name, and that it belongs to this tenant and cloud"
	case codeScope, codeNotDefault:
		return "scope " + scope + " is not of the form https://HOST/.default"
	case codeConsent:
		return fmt.Sprintf("an administrator grants application %s what scope %s needs: `az ad app permission admin-consent --id %s`", i.account.client, scope, i.account.client)
	case codePolicy:
		return "a Conditional Access policy for workload identities forbids it, by the address of the runner perhaps: ask who keeps the policies"
	}
	if code == 0 {
		return ""
	}
	return fmt.Sprintf("see https://login.microsoftonline.com/error?code=%d", code)
}

// adviseFederation names what was presented, and the federated credential that
// would accept it.
func (i *Identity) adviseFederation() string {
	c := i.presented.Load()
	if c == nil {
		return "compare issuer, subject and audience of the application's federated credentials with what the job presents"
	}
	text := fmt.Sprintf("the job presents issuer %q and subject %q, and both must be those of a federated credential of application %s,"+
		" letter case included. If this job is to have access, add it: %s", c.Issuer, c.Subject, i.account.client, i.createCommand(*c))
	if spellings := c.Spellings(); len(spellings) > 1 {
		text += fmt.Sprintf(". GitHub may write the same subject as %q: a credential in the other spelling does not match, and one in each outlives the change", spellings[1])
	}
	return text
}

// adviseAudience names the audience that Entra expects.
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

// adviseTime tells a clock that is wrong from an assertion that is old.
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
		return text + fmt.Sprintf(": what is in %s cannot be renewed while the job runs; raise the job's `timeout`, which GitLab takes for the life of the token, or split the job", envIDToken)
	case TokenFile:
		return text + fmt.Sprintf(": does anybody still renew the file that %s names?", envTokenFile)
	default:
		return text + ": it was fetched just now, so compare the runner's clock with the world's; whoever supplies assertions must not keep one for later"
	}
}

// createCommand is the command that has Entra accept what was presented:
// learn.microsoft.com, "az ad app federated-credential create".
func (i *Identity) createCommand(c Claims) string {
	parameters := struct {
		Name      string   `json:"name"`
		Issuer    string   `json:"issuer"`
		Subject   string   `json:"subject"`
		Audiences []string `json:"audiences"`
	}{credentialName(c.Subject), c.Issuer, c.Subject, []string{i.authority.audience}}
	text, err := json.Marshal(parameters)
	if err != nil {
		panic("identity: texts have no JSON: " + err.Error())
	}
	return fmt.Sprintf("`az ad app federated-credential create --id %s --parameters %s`", i.account.client, quote(string(text)))
}

// credentialName makes a name out of a subject: learn.microsoft.com,
// "federatedIdentityCredential resource type", at most 120 characters that fit
// into a URL.
func credentialName(subject string) string {
	words := strings.FieldsFunc(subject, func(r rune) bool { return !isAlnum(r) })
	name := strings.Join(append([]string{"roster"}, words...), "-")
	return name[:min(len(name), 120)]
}

// quote makes one word of a text for a POSIX shell: the subject has the name of
// a branch or an environment in it, which may be anything.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
