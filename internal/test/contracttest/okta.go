// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Okta imitates an Okta organisation with some applications. A client authenticates by
// private_key_jwt. Unless Unbound, its token is bound to a key by DPoP, with a nonce (developer.okta.com, "Implement OAuth for Okta with a
// service app", "Configure OAuth 2.0 Demonstrating Proof-of-Possession").
type Okta struct {
	Knobs
	Host    string // as acme.okta.com
	Client  string // id of the service app
	Key     jose.JSONWebKey
	Scopes  []string // that the service app was granted
	Unbound bool     // "Require DPoP header in token requests" is off
	Apps    map[string]*OktaApp
	Now     func() time.Time // default time.Now
	Delay   time.Duration    // until a new secret is accepted
	Hidden  bool             // values are only returned at creation

	made     int
	tokens   map[string]string // thumbprint of the key that each is bound to, "" for none
	proofs   map[string]bool   // used proofs; each is valid for one request
	contract http.Handler
}

// OktaApp is an application of OpenID Connect.
type OktaApp struct {
	ID, Label, Method string
	Secrets           []*OktaSecret
}

// OktaSecret is a client secret.
type OktaSecret struct {
	ID, Value, Status string
	Created, Updated  time.Time
}

// nonce is the nonce that proofs at the token endpoint must have.
const nonce = "a-nonce-of-the-day"

// NewOkta returns an organisation. It skips or fails the test like New.
func NewOkta(t testing.TB, host string, apps ...*OktaApp) *Okta {
	t.Helper()
	o := &Okta{
		Host: host, Client: "0oa9roster0000000000", Scopes: []string{"okta.apps.manage"}, Apps: map[string]*OktaApp{}, Now: time.Now,
		tokens: map[string]string{}, proofs: map[string]bool{},
	}
	for _, a := range apps {
		o.Apps[a.ID] = a
	}
	const secrets = "/api/v1/apps/{app}/credentials/secrets"
	described := http.NewServeMux()
	described.HandleFunc("GET /api/v1/apps", o.apps)
	described.HandleFunc("GET /api/v1/apps/{app}", o.app)
	described.HandleFunc("GET "+secrets, o.list)
	described.HandleFunc("POST "+secrets, o.add)
	described.HandleFunc("DELETE "+secrets+"/{secret}", o.remove)
	described.HandleFunc("POST "+secrets+"/{secret}/lifecycle/deactivate", o.deactivate)
	o.contract = New(t, "okta-management.json", described)
	return o
}

// ServeHTTP answers a request.
func (o *Okta) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(w http.ResponseWriter, v verdict) {
		switch v {
		case anonymous:
			oktaError(w, http.StatusUnauthorized, "E0000011", "Invalid token provided")
		case throttled: // Okta returns the time of the reset, not the time to wait
			w.Header().Del("Retry-After")
			w.Header().Set("X-Rate-Limit-Reset", fmt.Sprint(o.Now().Add(time.Second).Unix()))
			oktaError(w, http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests.")
		default:
			oktaError(w, http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
		}
	}
	switch r.URL.Path {
	case "/oauth2/v1/token":
		o.serveTo(w, r, true, http.HandlerFunc(o.token), refuse)
	case "/oauth2/v1/introspect":
		o.serveTo(w, r, true, http.HandlerFunc(o.introspect), refuse)
	default:
		o.serveTo(w, r, o.authorized(r), o.contract, refuse)
	}
}

// oktaError answers in the format of the management API ("Error codes").
func oktaError(w http.ResponseWriter, status int, code, summary string) {
	reply(w, status, object{"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae0", "errorCauses": []object{}})
}

// oauthError answers in the format of RFC 6749 section 5.2.
func oauthError(w http.ResponseWriter, status int, code string) {
	reply(w, status, object{"error": code, "error_description": "refused"})
}

// token is the token endpoint of the org authorization server.
func (o *Okta) token(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := r.ParseForm(); err != nil || r.Form.Get("grant_type") != "client_credentials" || !o.asserted(r) {
		oauthError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	for scope := range strings.FieldsSeq(r.Form.Get("scope")) {
		if !slices.Contains(o.Scopes, scope) {
			oauthError(w, http.StatusBadRequest, "invalid_scope")
			return
		}
	}
	key, claims, err := o.proof(r)
	switch {
	case o.Unbound:
		key = ""
	case err != nil:
		oauthError(w, http.StatusBadRequest, "invalid_dpop_proof")
		return
	case claims["nonce"] != nonce:
		w.Header().Set("DPoP-Nonce", nonce)
		oauthError(w, http.StatusBadRequest, "use_dpop_nonce")
		return
	}
	text := fmt.Sprintf("okta-token-%d", len(o.tokens)+1)
	o.tokens[text] = key
	reply(w, http.StatusOK, object{"access_token": text, "token_type": map[bool]string{true: "DPoP", false: "Bearer"}[key != ""], "expires_in": 3600, "scope": r.Form.Get("scope")})
}

// asserted reports whether a request authenticates the service app (RFC 7523 section
// 3).
func (o *Okta) asserted(r *http.Request) bool {
	if r.Form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return false
	}
	parsed, err := jwt.ParseSigned(r.Form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || parsed.Headers[0].KeyID != o.Key.KeyID {
		return false
	}
	var claims jwt.Claims
	if err := parsed.Claims(o.Key.Key, &claims); err != nil {
		return false
	}
	wanted := jwt.Expected{Issuer: o.Client, Subject: o.Client, AnyAudience: jwt.Audience{"https://" + o.Host + r.URL.Path}, Time: o.Now()}
	return claims.Validate(wanted) == nil && claims.Expiry.Time().Sub(o.Now()) <= time.Hour
}

// proof verifies the DPoP proof of a request (RFC 9449 section 4.3), and returns the
// thumbprint of its key.
func (o *Okta) proof(r *http.Request) (string, map[string]any, error) {
	parsed, err := jwt.ParseSigned(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return "", nil, err
	}
	head := parsed.Headers[0]
	if head.ExtraHeaders[jose.HeaderType] != "dpop+jwt" || head.JSONWebKey == nil || !head.JSONWebKey.IsPublic() {
		return "", nil, fmt.Errorf("the head of a proof is %v", head)
	}
	claims := map[string]any{}
	if err := parsed.Claims(head.JSONWebKey.Key, &claims); err != nil {
		return "", nil, err
	}
	id, _ := claims["jti"].(string)
	issued, _ := claims["iat"].(float64)
	if claims["htm"] != r.Method || claims["htu"] != "https://"+o.Host+r.URL.Path || id == "" || o.proofs[id] ||
		o.Now().Sub(time.Unix(int64(issued), 0)).Abs() > 5*time.Minute {
		return "", nil, fmt.Errorf("a proof says %v", claims)
	}
	o.proofs[id] = true
	sum, err := head.JSONWebKey.Thumbprint(crypto.SHA256)
	return base64.RawURLEncoding.EncodeToString(sum), claims, err
}

// authorized reports whether a request has a token and the required proof.
func (o *Okta) authorized(r *http.Request) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	key, known := o.tokens[text]
	if !known || (scheme == "DPoP") != (key != "") {
		return false
	}
	if key == "" {
		return scheme == "Bearer"
	}
	sum := sha256.Sum256([]byte(text))
	proven, claims, err := o.proof(r)
	return err == nil && proven == key && claims["ath"] == base64.RawURLEncoding.EncodeToString(sum[:])
}

// introspect answers an authenticated client about a token (RFC 7662).
func (o *Okta) introspect(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := r.ParseForm(); err != nil || r.Form.Get("token") == "" {
		oauthError(w, http.StatusBadRequest, "invalid_request")
		return
	}
	for _, a := range o.Apps {
		if slices.ContainsFunc(a.Secrets, func(s *OktaSecret) bool {
			return o.opens(s) && proves(r, a, s.Value, "https://"+o.Host+r.URL.Path, o.Now())
		}) {
			reply(w, http.StatusOK, object{"active": false})
			return
		}
	}
	oauthError(w, http.StatusUnauthorized, "invalid_client")
}

func (o *Okta) opens(s *OktaSecret) bool {
	return s.Status == "ACTIVE" && !o.Now().Before(s.Created.Add(o.Delay))
}

// proves reports whether a request authenticates a client by its secret, with the
// method of the application.
func proves(r *http.Request, a *OktaApp, secret, audience string, now time.Time) bool {
	switch a.Method {
	case "client_secret_basic":
		id, value, ok := r.BasicAuth()
		return ok && id == a.ID && value == secret
	case "client_secret_post":
		return r.Form.Get("client_id") == a.ID && r.Form.Get("client_secret") == secret
	case "client_secret_jwt":
		parsed, err := jwt.ParseSigned(r.Form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.HS256})
		if err != nil {
			return false
		}
		var claims jwt.Claims
		err = parsed.Claims([]byte(secret), &claims)
		return err == nil && claims.Validate(jwt.Expected{Issuer: a.ID, Subject: a.ID, AnyAudience: jwt.Audience{audience}, Time: now}) == nil
	}
	return false
}

// Opens reports whether an application accepts a secret now.
func (o *Okta) Opens(app, value string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.Apps[app].Secrets, func(s *OktaSecret) bool { return o.opens(s) && s.Value == value })
}

// Kept returns all secrets: client secrets and issued tokens.
func (o *Okta) Kept() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := slices.Sorted(maps.Keys(o.tokens))
	for _, a := range o.Apps {
		for _, s := range a.Secrets {
			all = append(all, s.Value)
		}
	}
	return all
}

// Count returns the number of secrets of an application.
func (o *Okta) Count(app string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.Apps[app].Secrets)
}

func (a *OktaApp) object() object {
	return object{
		"id": a.ID, "name": "oidc_client", "label": a.Label, "status": "ACTIVE", "signOnMode": "OPENID_CONNECT",
		"credentials": object{"oauthClient": object{"client_id": a.ID, "token_endpoint_auth_method": a.Method}},
		"settings":    object{"oauthClient": object{"grant_types": []string{"client_credentials"}}},
	}
}

func (s *OktaSecret) object() object {
	return object{
		"id": s.ID, "client_secret": s.Value, "status": s.Status,
		"created": s.Created.UTC().Format(time.RFC3339Nano), "lastUpdated": s.Updated.UTC().Format(time.RFC3339Nano),
	}
}

// apps finds applications by the start of their label ("listApplications", q).
func (o *Okta) apps(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := []object{}
	for _, a := range o.Apps {
		if strings.HasPrefix(strings.ToLower(a.Label), strings.ToLower(r.URL.Query().Get("q"))) {
			list = append(list, a.object())
		}
	}
	reply(w, http.StatusOK, list)
}

func (o *Okta) known(w http.ResponseWriter, r *http.Request) *OktaApp {
	a := o.Apps[r.PathValue("app")]
	if a == nil {
		oktaError(w, http.StatusNotFound, "E0000007", "Not found: Resource not found")
	}
	return a
}

func (o *Okta) app(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if a := o.known(w, r); a != nil {
		reply(w, http.StatusOK, a.object())
	}
}

func (o *Okta) list(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.known(w, r)
	if a == nil {
		return
	}
	list := []object{}
	for _, s := range a.Secrets {
		shown := s.object()
		if o.Hidden {
			delete(shown, "client_secret")
		}
		list = append(list, shown)
	}
	reply(w, http.StatusOK, list)
}

// add accepts a value from the caller, and refuses a third secret
// ("createOAuth2ClientSecret").
func (o *Okta) add(w http.ResponseWriter, r *http.Request) {
	var question struct {
		Value  string `json:"client_secret"`
		Status string `json:"status"`
	}
	if err := read(r, &question); err != nil || question.Value == "" {
		oktaError(w, http.StatusBadRequest, "E0000001", "Api validation failed")
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.known(w, r)
	switch {
	case a == nil:
		return
	case len(a.Secrets) >= 2:
		oktaError(w, http.StatusBadRequest, "E0000001", "Api validation failed: You have reached the maximum number of client secrets")
		return
	}
	o.made++
	s := &OktaSecret{ID: fmt.Sprintf("ocs%017d", o.made), Value: question.Value, Status: question.Status, Created: o.Now(), Updated: o.Now()}
	a.Secrets = append(a.Secrets, s)
	reply(w, http.StatusCreated, s.object())
}

func (o *Okta) secret(w http.ResponseWriter, r *http.Request) (*OktaApp, int) {
	a := o.known(w, r)
	if a == nil {
		return nil, 0
	}
	at := slices.IndexFunc(a.Secrets, func(s *OktaSecret) bool { return s.ID == r.PathValue("secret") })
	if at < 0 {
		oktaError(w, http.StatusNotFound, "E0000007", "Not found: Resource not found")
		return nil, 0
	}
	return a, at
}

// deactivate refuses a client's only secret ("deactivateOAuth2ClientSecret").
func (o *Okta) deactivate(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a, at := o.secret(w, r)
	switch {
	case a == nil:
	case len(a.Secrets) == 1:
		oktaError(w, http.StatusBadRequest, "E0000001", "Api validation failed: the only secret")
	default:
		a.Secrets[at].Status, a.Secrets[at].Updated = "INACTIVE", o.Now()
		reply(w, http.StatusOK, a.Secrets[at].object())
	}
}

// remove refuses an active secret ("deleteOAuth2ClientSecret").
func (o *Okta) remove(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a, at := o.secret(w, r)
	switch {
	case a == nil:
	case a.Secrets[at].Status != "INACTIVE":
		oktaError(w, http.StatusBadRequest, "E0000001", "Api validation failed: it is active")
	default:
		a.Secrets = slices.Delete(a.Secrets, at, at+1)
		w.WriteHeader(http.StatusNoContent)
	}
}
