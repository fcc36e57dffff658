// SPDX-License-Identifier: Apache-2.0

// Package cloudtest is a small internet on loopback for tests. Start with Start. It
// has CI systems that issue assertions about jobs, an Entra ID that accepts them, and
// a Cosmos DB account that accepts tokens of Entra, all under their real host names.
//
// A program needs no test hook to use it: Go's HTTP clients read HTTPS_PROXY and
// SSL_CERT_FILE from the environment, the proxy terminates TLS with certificates of
// its test authority, and the imitated host answers. A request for an unknown host is
// refused and logged, so a test sees a token sent to a wrong host. Go reads
// SSL_CERT_FILE on Linux and the BSDs; elsewhere it uses the system's store.
//
// The hosts follow the vendors' documentation as exactly as roster can notice. A
// comment marks where documentation was missing. The package stores no documents; the
// server behind the account does.
package cloudtest

import (
	"crypto/ecdsa"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Config configures a cloud. Its zero value is a complete one.
type Config struct {
	Account                string        // Cosmos account; default "acme", so acme.documents.azure.com
	Regions                []string      // locations, the write region first; default West Europe
	Upstream               string        // http://HOST:PORT of the server behind the account; "" for an account that serves only its account document
	Tenant, Client, Object string        // GUIDs of the directory, the application, and its enterprise application
	AssertionLife          time.Duration // lifetime of an assertion, in whole seconds; default 5 minutes, as at GitHub
	TokenLife              time.Duration // lifetime of an access token, in whole seconds; default 60 minutes
}

// Cloud is a running internet. Its methods are safe for concurrent use.
type Cloud struct {
	config  Config
	net     *internet
	issuers *issuers
	entra   *entra
	account *account

	mu    sync.Mutex // guards the fields below
	sites map[string]*site
	log   []*Exchange
	last  int // the number of the newest request
	hook  func(Exchange) Fault
	key   *ecdsa.PrivateKey // of Vault
}

// Start starts a cloud. It stops at the end of the test.
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

// Transport returns a transport for an in-process client.
func (c *Cloud) Transport() *http.Transport { return c.net.transport() }

// Handle adds or replaces a host.
func (c *Cloud) Handle(host string, h http.Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sites[host] = handled(h)
}

// Authority adds a host of Entra, as in a sovereign or private cloud.
func (c *Cloud) Authority(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sites[host] = c.entra.authority(host)
}

// Subject sets the claim sub of the GitHub issuer.
func (c *Cloud) Subject(sub string) { c.Claims(map[string]any{"sub": sub}) }

// Claims overrides claims of the GitHub issuer; nil removes a claim.
func (c *Cloud) Claims(over map[string]any) { c.issuers.override(over) }

// Mint returns an assertion of the GitHub issuer with these claims overridden; nil
// removes a claim. The default audience is the one that Entra expects.
func (c *Cloud) Mint(claims map[string]any) string { return c.issuers.mint(claims) }

// Forge returns the same assertion, signed with an unpublished key under the id of
// the published one.
func (c *Cloud) Forge(claims map[string]any) string { return c.issuers.forge(claims) }

// Federate makes Entra accept assertions with this issuer and subject for the client.
func (c *Cloud) Federate(issuer, subject string) { c.entra.federate(issuer, subject) }

// Unfederate makes Entra refuse all assertions until the next call of Federate.
func (c *Cloud) Unfederate() { c.entra.unfederate() }

// ClientSecrets makes Entra also accept valid client secrets. Call it before the
// first request.
func (c *Cloud) ClientSecrets(valid func(client, secret string) bool) { c.entra.secret = valid }

// RefuseReplay makes Entra refuse an assertion that was presented before. Entra
// documents no such refusal; by default only Exchange.Replayed shows it.
func (c *Cloud) RefuseReplay() { c.entra.refuseReplay() }

// Roles sets the actions that the client may do on the data plane, named as in role
// definitions, in full or from "items/". The default is
// "readMetadata", "items/read", "executeQuery", "items/create" and
// "items/replace".
func (c *Cloud) Roles(actions ...string) { c.account.roles(actions) }

// AccountDocument makes f change the account document.
func (c *Cloud) AccountDocument(f func(map[string]any)) { c.account.amend(f) }

// WriteRegion makes another region the write region, like a failover.
func (c *Cloud) WriteRegion(region string) { c.account.moveWrites(region) }

// Down takes a region down: it cuts its connections and refuses new ones. The
// account's name without a region stays up, as during a failover; "" takes that down.
func (c *Cloud) Down(region string) { c.net.setDown(c.account.regionHost(region), true) }

// Up ends Down.
func (c *Cloud) Up(region string) { c.net.setDown(c.account.regionHost(region), false) }

// Connections returns how many connections were opened so far, by host.
func (c *Cloud) Connections() map[string]int { return c.net.opened() }

// Secrets returns all tokens issued so far, and those that a job has from the start.
// No program may print any of them.
func (c *Cloud) Secrets() []string {
	return append(c.issuers.handedOut(), c.entra.handedOut()...)
}
