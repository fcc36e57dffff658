// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// authorities are the hosts of Entra by the audience that each wants of an
// assertion: "National cloud deployments" and "Configure an app to trust an
// external identity provider" (learn.microsoft.com).
func authorities() map[string]string {
	return map[string]string{
		"login.microsoftonline.com":        ExchangeAudience,
		"login.microsoft.com":              ExchangeAudience,
		"login.windows.net":                ExchangeAudience,
		"login.microsoftonline.us":         "api://AzureADTokenExchangeUSGov",
		"login.partner.microsoftonline.cn": "api://AzureADTokenExchangeChina",
	}
}

// trust is a federated credential: an issuer and a subject.
type trust struct{ issuer, subject string }

// entra issues access tokens to the application of one tenant, for assertions of
// trusted issuers.
type entra struct {
	config  Config
	issuers *issuers
	signer  *signer

	mu         sync.Mutex        // guards the fields below
	hosts      map[string]string // of this Entra, and the audience that each wants
	trusts     []trust
	seen       map[[sha256.Size]byte]bool // assertions presented
	refuseSeen bool
	issued     []string
	secret     func(client, secret string) bool // whether a client secret is valid; nil refuses all
}

func newEntra(c Config, i *issuers) *entra {
	return &entra{
		config: c, issuers: i, signer: newSigner("entra-1"), hosts: authorities(), seen: map[[sha256.Size]byte]bool{},
		trusts: []trust{
			{GitHubIssuer, GitHubSubject},
			{PipelinesIssuer, PipelinesSubject},
			{GitLabIssuer, GitLabSubject},
			{AKSIssuer, AKSSubject},
		},
	}
}

func (e *entra) federate(issuer, subject string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.trusts = append(e.trusts, trust{issuer, subject})
}

func (e *entra) unfederate() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.trusts = nil
}

func (e *entra) refuseReplay() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuseSeen = true
}

// authority adds a host of Entra.
func (e *entra) authority(host string) *site {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hosts[host] = ExchangeAudience
	return e.site()
}

// audience returns the audience that a host expects in an assertion, and whether the
// host belongs to Entra.
func (e *entra) audience(host string) (string, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	audience, known := e.hosts[host]
	return audience, known
}

func (e *entra) handedOut() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.issued)
}

func (e *entra) sites() map[string]*site {
	sites := map[string]*site{}
	for host := range authorities() {
		sites[host] = e.site()
	}
	return sites
}

func (e *entra) site() *site {
	return &site{classify: e.classify, serve: e.serve, refuse: refuseEntra}
}

const tokenPath = "/oauth2/v2.0/token"

func (e *entra) classify(k *call) {
	k.x.Kind = KindDiscovery
	if k.Method != http.MethodPost || !strings.HasSuffix(k.URL.Path, tokenPath) {
		return
	}
	k.x.Kind = KindToken
	form, err := url.ParseQuery(string(k.body))
	if err != nil {
		return // the token endpoint refuses it
	}
	k.x.Audience, _ = resource(form.Get("scope"))
	if assertion := form.Get("client_assertion"); assertion != "" {
		digest := sha256.Sum256([]byte(assertion))
		e.mu.Lock()
		defer e.mu.Unlock()
		k.x.Replayed = e.seen[digest]
		e.seen[digest] = true
	}
}

func (e *entra) serve(k *call) answer {
	if k.x.Kind == KindToken {
		return e.token(k)
	}
	if k.Method != http.MethodGet {
		return plain(http.StatusMethodNotAllowed)
	}
	if k.URL.Path == "/common/discovery/instance" {
		return e.instance(k)
	}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(k.URL.Path, "/"), "/")
	if !e.isTenant(tenant) {
		return refused(k, tenantNotFound(tenant))
	}
	base := "https://" + k.x.Host + "/" + tenant
	switch rest {
	case "v2.0/.well-known/openid-configuration":
		return inJSON(http.StatusOK, map[string]any{
			"issuer": base + "/v2.0", "token_endpoint": base + tokenPath,
			"authorization_endpoint": base + "/oauth2/v2.0/authorize", "jwks_uri": base + "/discovery/v2.0/keys",
			"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
			"response_types_supported":              []string{"code", "id_token"}, "subject_types_supported": []string{"pairwise"},
			"id_token_signing_alg_values_supported": []string{"RS256"}, "scopes_supported": []string{"openid", "profile", "email", "offline_access"},
		})
	case "discovery/v2.0/keys":
		return answer{http.StatusOK, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, e.signer.keys()}
	}
	return plain(http.StatusNotFound)
}

func (e *entra) isTenant(name string) bool { return strings.EqualFold(name, e.config.Tenant) }

// instance answers whether a host belongs to Entra. A client asks this before it
// trusts an unknown host.
func (e *entra) instance(k *call) answer {
	asked, err := url.Parse(k.URL.Query().Get("authorization_endpoint"))
	if err != nil || asked.Host == "" {
		return refused(k, missing("authorization_endpoint"))
	}
	host := asked.Hostname()
	if _, known := e.audience(host); !known {
		return refused(k, unknownInstance())
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(asked.Path, "/"), "/")
	return inJSON(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + host + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []any{map[string]any{
			"preferred_network": host, "preferred_cache": host, "aliases": []string{host},
		}},
	})
}

// token is the client credentials grant with a federated credential:
// "Microsoft identity platform and the OAuth 2.0 client credentials flow",
// third case.
func (e *entra) token(k *call) answer {
	form, err := url.ParseQuery(string(k.body))
	if err != nil {
		return refused(k, missing("grant_type"))
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(k.URL.Path, "/"), "/")
	if secret := form.Get("client_secret"); secret != "" && e.secret != nil && e.isTenant(tenant) && form.Get("grant_type") == "client_credentials" {
		return e.bySecret(k, form.Get("client_id"), secret, form.Get("scope"))
	}
	if no := e.refuseRequest(tenant, form); no != nil {
		return refused(k, *no)
	}
	if no := e.refuseAssertion(k, form.Get("client_assertion")); no != nil {
		return refused(k, *no)
	}
	audience, no := resource(form.Get("scope"))
	if no != nil {
		return refused(k, *no)
	}
	life := int(e.config.TokenLife / time.Second)
	return inJSON(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": e.handOut(audience),
	})
}

// bySecret is the client credentials grant with a shared secret: the same page,
// first case.
func (e *entra) bySecret(k *call, client, secret, scope string) answer {
	if !e.secret(client, secret) {
		return refused(k, secretRefused(client))
	}
	audience, no := resource(scope)
	if no != nil {
		return refused(k, *no)
	}
	life := int(e.config.TokenLife / time.Second)
	return inJSON(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": e.handOut(audience),
	})
}

// refuseRequest checks the parameters of the request.
func (e *entra) refuseRequest(tenant string, form url.Values) *refusal {
	client := form.Get("client_id")
	var no refusal
	switch {
	case !e.isTenant(tenant):
		no = tenantNotFound(tenant)
	case form.Get("grant_type") != "client_credentials":
		no = grantNotSupported(form.Get("grant_type"))
	case client == "":
		no = missing("client_id")
	case !strings.EqualFold(client, e.config.Client):
		no = applicationNotFound(client, tenant)
	case form.Has("client_secret"):
		no = secretRefused(client)
	case !form.Has("client_assertion"):
		no = assertionMissing()
	case form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
		no = missing("client_assertion_type")
	default:
		return nil
	}
	return &no
}

// refuseAssertion checks an assertion against the federated credentials, then
// against the keys of its issuer, then against the clock.
func (e *entra) refuseAssertion(k *call, assertion string) *refusal {
	t, err := parse(assertion)
	if err != nil {
		no := malformed()
		return &no
	}
	if no := e.refuseClaims(k, t); no != nil {
		return no
	}
	return e.refuseProof(k, t)
}

// refuseClaims checks that issuer, subject and audience equal those of one federated
// credential.
func (e *entra) refuseClaims(k *call, t *token) *refusal {
	var no refusal
	wanted, _ := e.audience(k.x.Host)
	issuer, subject := e.trusted(t.Issuer, t.Subject)
	switch {
	case !issuer || e.issuers.keys[t.Issuer] == nil:
		no = noMatch(700211, "issuer", t.Issuer)
	case subject == nearly:
		no = noMatchInCase(t.Subject)
	case subject == unlike:
		no = noMatch(700213, "subject", t.Subject)
	case len(t.Audience) != 1 || t.Audience[0] != wanted:
		no = noMatch(700212, "audience", strings.Join(t.Audience, " "))
	default:
		return nil
	}
	return &no
}

// refuseProof checks the signature of the issuer and the validity period. Entra has
// an undocumented clock tolerance; here it is zero, so that a test knows exactly when
// an assertion expires.
func (e *entra) refuseProof(k *call, t *token) *refusal {
	var no refusal
	now, keys := time.Now(), e.issuers.keys[t.Issuer]
	switch {
	case t.kid() != keys.kid:
		no = keyNotFound(t)
	case !t.signedBy(keys):
		no = badSignature()
	case t.Expiry == nil || !now.Before(t.Expiry.Time()) || now.Before(t.NotBefore.Time()):
		no = outOfTime(now, t)
	case k.x.Replayed && e.refusesReplay():
		no = replayed()
	default:
		return nil
	}
	return &no
}

// match is how well a subject fits the federated credentials.
type match int

const (
	unlike match = iota
	nearly
	exactly
)

// trusted returns how well the issuer and the subject match a federated credential.
func (e *entra) trusted(issuer, subject string) (known bool, m match) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range e.trusts {
		if t.issuer != issuer {
			continue
		}
		known = true
		switch {
		case t.subject == subject:
			return true, exactly
		case strings.EqualFold(t.subject, subject):
			m = nearly
		}
	}
	return known, m
}

func (e *entra) refusesReplay() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.refuseSeen
}

// handOut signs an access token: "Access token claims reference", the form 1.0
// that Azure's own services ask for.
func (e *entra) handOut(audience string) string {
	now := time.Now()
	access := e.signer.sign(map[string]any{
		"aud": audience, "iss": e.stsIssuer(), "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(e.config.TokenLife).Unix(),
		"appid": e.config.Client, "appidacr": "2", "idp": e.stsIssuer(), "idtyp": "app", "oid": e.config.Object, "sub": e.config.Object,
		"tid": e.config.Tenant, "uti": guid(), "ver": "1.0",
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	e.issued = append(e.issued, access)
	return access
}

func (e *entra) stsIssuer() string { return "https://sts.windows.net/" + e.config.Tenant + "/" }

// resource is the audience of the token that a scope asks for: the resource
// without "/.default" ("Scopes and permissions in the Microsoft identity
// platform", section on the .default scope). It ignores the scopes that the client
// adds for refreshing.
func resource(scope string) (string, *refusal) {
	if scope == "" {
		no := missing("scope")
		return "", &no
	}
	first, _, _ := strings.Cut(scope, " ")
	audience, ok := strings.CutSuffix(first, "/.default")
	if !ok {
		no := scopeNotDefault(first)
		return "", &no
	}
	audience = strings.TrimSuffix(audience, "/")
	u, err := url.Parse(audience)
	if err != nil || u.Scheme != "https" || !isResource(u.Host) {
		no := resourceNotFound(audience)
		return "", &no
	}
	return audience, nil
}

// isResource reports whether Entra issues tokens for a host: the services that roster
// uses, and every Cosmos account.
func isResource(host string) bool {
	return strings.HasSuffix(host, cosmosSuffix) || slices.Contains([]string{
		"cosmos.azure.com", "management.azure.com", "graph.microsoft.com", "vault.azure.net",
	}, host)
}
