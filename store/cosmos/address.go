// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
)

// ErrAddress is returned for a text that is not the address of a database.
var ErrAddress = errors.New("not the address of a Cosmos DB database")

// ErrStoredSecret is returned for an address with an account key, which is a stored
// secret that never expires and grants everything.
var ErrStoredSecret = errors.New("account key or connection string refused")

// Form is the form of an address.
const Form = "https://ACCOUNT.documents.azure.com/DATABASE[?regions=REGION,...]"

// suffixes returns the domains of accounts in each cloud: public, US Government and
// China (learn.microsoft.com, "Compare Azure Government and
// global Azure" and "Azure operated by 21Vianet developer guide", tables of
// endpoints).
func suffixes() []string {
	return []string{".documents.azure.com", ".documents.azure.us", ".documents.azure.cn"}
}

// Names of accounts (3 to 44 lower-case letters, digits and hyphens) and of
// databases. Azure accepts more names (at most 255 characters); these need no escape
// in a URL (learn.microsoft.com, "Naming rules and
// restrictions for Azure resources", Microsoft.DocumentDB).
var (
	accountName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$`)
	databaseName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,253}[A-Za-z0-9])?$`)
)

// Address is the address of a database.
type Address struct {
	Endpoint string   // of the account, without a path
	Account  string   // its name; "" for an emulator
	Database string   // its name
	Regions  []string // regions to read from, in order of preference; empty for the account's order
	suffix   string   // the part of the host after the account's name
	emulator string   // host and port of an emulator on this machine, "" for an account
}

// ParseAddress parses an address of the form Form, or of an emulator on this
// machine, which may also use http. Errors: ErrAddress, ErrStoredSecret.
func ParseAddress(text string) (Address, error) {
	if lower := strings.ToLower(text); strings.Contains(lower, "accountkey") || strings.Contains(lower, "accountendpoint") {
		return Address{}, fmt.Errorf("%w: use the address alone (%s); the pipeline authenticates by workload identity federation, and roster doctor checks that",
			ErrStoredSecret, Form)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return Address{}, fmt.Errorf("%w: the form is %s", ErrAddress, Form)
	}
	if u.User != nil {
		return Address{}, fmt.Errorf("%w: the address contains a user or password", ErrStoredSecret)
	}
	a := Address{Endpoint: u.Scheme + "://" + u.Host, Database: strings.Trim(u.Path, "/")}
	if err := a.readQuery(u); err != nil {
		return Address{}, err
	}
	if !databaseName.MatchString(a.Database) || u.Fragment != "" {
		return Address{}, fmt.Errorf("%w: invalid database name %q; the form is %s", ErrAddress, a.Database, Form)
	}
	return a.place(u)
}

// readQuery parses the regions and refuses all other parameters.
func (a *Address) readQuery(u *url.URL) error {
	for name, values := range u.Query() {
		if name != "regions" || len(values) != 1 {
			return fmt.Errorf("%w: unknown parameter %q; only regions=REGION,... is allowed", ErrAddress, name)
		}
		for region := range strings.SplitSeq(values[0], ",") {
			if region = normalRegion(region); region == "" {
				return fmt.Errorf("%w: empty region in regions", ErrAddress)
			}
			if !isRegion(region) {
				return fmt.Errorf("%w: %q is not a region of Azure%s", ErrAddress, region, meant(region))
			}
			a.Regions = append(a.Regions, region)
		}
	}
	return nil
}

// meant suggests a region for a misspelt one.
func meant(region string) string {
	if near := finding.Nearest(region, regions()); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// place finds out which account or emulator a host belongs to.
func (a Address) place(u *url.URL) (Address, error) {
	if isLoopback(u.Hostname()) && (u.Scheme == "http" || u.Scheme == "https") {
		a.emulator = u.Host
		return a, nil
	}
	if u.Scheme != "https" {
		return Address{}, fmt.Errorf("%w: %s is not https, so it cannot receive a token; the form is %s", ErrAddress, a.Endpoint, Form)
	}
	host := strings.ToLower(u.Hostname())
	i := slices.IndexFunc(suffixes(), func(s string) bool { return strings.HasSuffix(host, s) })
	if i < 0 || u.Port() != "" && u.Port() != "443" {
		return Address{}, fmt.Errorf("%w: %s is not an account of Azure (ACCOUNT%s), so it cannot receive a token",
			ErrAddress, u.Host, strings.Join(suffixes(), ", ACCOUNT"))
	}
	a.suffix = suffixes()[i]
	a.Account = strings.TrimSuffix(host, a.suffix)
	a.Endpoint = "https://" + host
	if !accountName.MatchString(a.Account) {
		return Address{}, fmt.Errorf("%w: invalid account name %q", ErrAddress, a.Account)
	}
	return a, nil
}

// Emulator reports whether the address is that of an emulator on this machine. An
// emulator has no identities and accepts the key that its documentation publishes.
func (a Address) Emulator() bool { return a.emulator != "" }

// Public reports whether the account is in Azure's public cloud.
func (a Address) Public() bool { return a.suffix == suffixes()[0] }

// owns reports whether a URL belongs to this account: its host, or that of one of
// its regions, over https. The token is sent only to these.
func (a Address) owns(u *url.URL) bool {
	if a.Emulator() {
		return isLoopback(u.Hostname())
	}
	if u.Scheme != "https" || u.Port() != "" && u.Port() != "443" || u.User != nil {
		return false
	}
	label, found := strings.CutSuffix(strings.ToLower(u.Hostname()), a.suffix)
	if !found {
		return false
	}
	region, regional := strings.CutPrefix(label, a.Account)
	return regional && (region == "" || region[0] == '-' && isRegion(region[1:]))
}

// normalRegion returns a region's name as it appears in hosts, without spaces and in
// lower case: westeurope for "West Europe".
func normalRegion(name string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), " ", ""))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
