// SPDX-License-Identifier: Apache-2.0

// Package cloudtest is a small internet on loopback, for tests: CI systems that
// vouch for a job, the Entra ID that believes them, and a Cosmos DB account
// that believes Entra, all under their real host names. A program needs no hook
// to live in it: Go's HTTP clients take HTTPS_PROXY and SSL_CERT_FILE from the
// environment, the proxy ends every tunnel in TLS under a certificate of its own
// authority, and what is behind the name answers. A name that nobody answers to
// is refused and remembered, so a token sent astray is seen. SSL_CERT_FILE is
// heeded on Linux and the BSDs; elsewhere Go asks the system's own store.
//
// It imitates what the vendors describe, as exactly as roster can tell the
// difference, and says in a comment where a description was missing. It stores
// nothing: what the account keeps lies in the server behind it.
package cloudtest

import (
	"crypto/ecdsa"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Config says which cloud. Its zero value is a whole one.
type Config struct {
	Account                string        // Cosmos account; default "acme", so acme.documents.azure.com
	Regions                []string      // locations, the write region first; default West Europe
	Upstream               string        // http://HOST:PORT of the server behind the account; without one it only describes itself
	Tenant, Client, Object string        // GUIDs of the directory, the application, and its enterprise application
	AssertionLife          time.Duration // of what an issuer vouches for, in whole seconds; default 5 minutes, GitHub's
	TokenLife              time.Duration // of an access token, in whole seconds; default 60 minutes
}

// Cloud is a running internet. Its methods may be called at any time, by
// several at once.
type Cloud struct {
	config  Config
	net     *internet
	issuers *issuers
	entra   *entra
	account *account

	mu    sync.Mutex // guards what follows
	sites map[string]*site
	log   []*Exchange
	last  int // the number of the newest request
	hook  func(Exchange) Fault
	key   *ecdsa.PrivateKey // of Vault
}

// Start builds a cloud. Everything of it ends with the test.
func Start(t testing.TB, c Config) *Cloud {
	t.Helper()
	c = c.withDefaults()
	cloud := &Cloud{config: c, sites: map[string]*site{}}
	cloud.issuers = newIssuers(c)
	cloud.entra = newEntra(c, cloud.issuers)
	cloud.account = newAccount(c, cloud.entra)
	maps.Copy(cloud.sites, cloud.issuers.sites())
	maps.Copy(cloud.sites, cloud.entra.sites())
	maps.Copy(cloud.sites, cloud.account.sites())
	cloud.net = connect(t, cloud)
	return cloud
}

func (c Config) withDefaults() Config {
	text := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	text(&c.Account, "acme")
	text(&c.Tenant, "7b1e7f4e-3c53-4a0c-9d0e-5f6f3c1f0a11")
	text(&c.Client, "c0ffee00-1d2c-4b3a-8f4e-2a6b7c8d9e0f")
	text(&c.Object, "0b7ec700-5a4b-4c3d-9e2f-1a0b9c8d7e6f")
	if len(c.Regions) == 0 {
		c.Regions = []string{"West Europe"}
	}
	if c.AssertionLife == 0 {
		c.AssertionLife = 5 * time.Minute
	}
	if c.TokenLife == 0 {
		c.TokenLife = time.Hour
	}
	return c
}

// Transport is the way of an in-process client into this internet.
func (c *Cloud) Transport() *http.Transport { return c.net.transport() }

// Handle puts one more host on the internet, or another one in a host's place.
func (c *Cloud) Handle(host string, h http.Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sites[host] = handled(h)
}

// Authority puts one more host of Entra on the internet, as a sovereign cloud
// or a private one has.
func (c *Cloud) Authority(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sites[host] = c.entra.authority(host)
}

// Subject is what the GitHub issuer puts as sub from now on.
func (c *Cloud) Subject(sub string) { c.Claims(map[string]any{"sub": sub}) }

// Claims is what the GitHub issuer puts over its own claims from now on; a nil
// leaves a claim out.
func (c *Cloud) Claims(over map[string]any) { c.issuers.override(over) }

// Mint returns what the GitHub issuer would vouch for, with these claims over
// its own; a nil leaves a claim out. Unless claimed otherwise the audience is
// the one that Entra asks for.
func (c *Cloud) Mint(claims map[string]any) string { return c.issuers.mint(claims) }

// Forge returns the same, signed by a key that nobody published, under the name
// of the key that was.
func (c *Cloud) Forge(claims map[string]any) string { return c.issuers.forge(claims) }

// Federate has Entra accept the issuer's word on the subject for the client.
func (c *Cloud) Federate(issuer, subject string) { c.entra.federate(issuer, subject) }

// Unfederate has Entra accept nobody's word, until Federate is called again.
func (c *Cloud) Unfederate() { c.entra.unfederate() }

// ClientSecrets has Entra take client secrets, too, that are valid. It is called
// before the first request.
func (c *Cloud) ClientSecrets(valid func(client, secret string) bool) { c.entra.secret = valid }

// RefuseReplay has Entra refuse an assertion that it has seen. Entra documents
// no such refusal; without this a second presentation is served, and only
// Exchange.Replayed tells of it.
func (c *Cloud) RefuseReplay() { c.entra.refuseReplay() }

// Roles is what the client may do on the data plane from now on: actions as
// role definitions name them, in full or from "items/" on. The default is
// "readMetadata", "items/read", "executeQuery", "items/create" and
// "items/replace".
func (c *Cloud) Roles(actions ...string) { c.account.roles(actions) }

// AccountDocument has f change what the account says of itself.
func (c *Cloud) AccountDocument(f func(map[string]any)) { c.account.amend(f) }

// WriteRegion moves the writes to another region of the account, as a failover
// does.
func (c *Cloud) WriteRegion(region string) { c.account.moveWrites(region) }

// Down takes a region away: its connections are cut, new ones are refused. The
// account's own name stays, as it does while its traffic is moved; to take that
// away as well, name no region.
func (c *Cloud) Down(region string) { c.net.setDown(c.account.regionHost(region), true) }

// Up gives a region back.
func (c *Cloud) Up(region string) { c.net.setDown(c.account.regionHost(region), false) }

// Secrets are all the tokens that were handed out up to now, and those that a
// job holds from the start: none may ever be seen in what a program prints.
func (c *Cloud) Secrets() []string {
	return append(c.issuers.handedOut(), c.entra.handedOut()...)
}
