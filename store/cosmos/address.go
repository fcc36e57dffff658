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
)

// ErrAddress is returned for a text that is not the address of a database.
var ErrAddress = errors.New("not the address of a Cosmos DB database")

// ErrStoredSecret is returned for an address that carries an account key: a
// secret that somebody stored, that never expires and that may do everything.
var ErrStoredSecret = errors.New("account keys and connection strings are not taken")

// Form is what ParseAddress takes.
const Form = "https://ACCOUNT.documents.azure.com/DATABASE[?regions=REGION,...]"

// suffixes are the domains in which accounts have their names, by cloud: public,
// US Government and China (learn.microsoft.com, "Compare Azure Government and
// global Azure" and "Azure operated by 21Vianet developer guide", tables of
// endpoints).
func suffixes() []string {
	return []string{".documents.azure.com", ".documents.azure.us", ".documents.azure.cn"}
}

// Names of accounts (3 to 44 lower-case letters, digits and hyphens) and of
// databases, narrower than what Azure takes (at most 255 characters), so that no
// name needs an escape in a URL (learn.microsoft.com, "Naming rules and
// restrictions for Azure resources", Microsoft.DocumentDB).
var (
	accountName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$`)
	databaseName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,253}[A-Za-z0-9])?$`)
)

// Address is where a database is.
type Address struct {
	Endpoint string   // of the account, without a path
	Account  string   // its name; "" for an emulator
	Database string   // its name
	Regions  []string // in which to read, the first first; none: as the account says
	suffix   string   // what follows the account's name in its host
	emulator string   // host and port of an emulator on this machine, "" for an account
}

// ParseAddress reads an address of the form Form, or of an emulator on this
// machine, where http is taken as well. Errors: ErrAddress, ErrStoredSecret.
func ParseAddress(text string) (Address, error) {
	if lower := strings.ToLower(text); strings.Contains(lower, "accountkey") || strings.Contains(lower, "accountendpoint") {
		return Address{}, fmt.Errorf("%w: give the address alone (%s) and let the pipeline prove who it is by workload identity federation; roster doctor shows what is missing for that",
			ErrStoredSecret, Form)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return Address{}, fmt.Errorf("%w: it is not of the form %s", ErrAddress, Form)
	}
	if u.User != nil {
		return Address{}, fmt.Errorf("%w: the address has a user or password in it", ErrStoredSecret)
	}
	a := Address{Endpoint: u.Scheme + "://" + u.Host, Database: strings.Trim(u.Path, "/")}
	if err := a.readQuery(u); err != nil {
		return Address{}, err
	}
	if !databaseName.MatchString(a.Database) || u.Fragment != "" {
		return Address{}, fmt.Errorf("%w: %q is not the name of a database; the form is %s", ErrAddress, a.Database, Form)
	}
	return a.place(u)
}

// readQuery takes the regions and nothing else.
func (a *Address) readQuery(u *url.URL) error {
	for name, values := range u.Query() {
		if name != "regions" || len(values) != 1 {
			return fmt.Errorf("%w: it takes regions=REGION,... and nothing else after the ?, not %q", ErrAddress, name)
		}
		for region := range strings.SplitSeq(values[0], ",") {
			if region = normalRegion(region); region == "" {
				return fmt.Errorf("%w: regions has an empty one", ErrAddress)
			}
			a.Regions = append(a.Regions, region)
		}
	}
	return nil
}

// place finds out whose host it is.
func (a Address) place(u *url.URL) (Address, error) {
	if isLoopback(u.Hostname()) && (u.Scheme == "http" || u.Scheme == "https") {
		a.emulator = u.Host
		return a, nil
	}
	if u.Scheme != "https" {
		return Address{}, fmt.Errorf("%w: %s is not https, and a token must not be sent over it; the form is %s", ErrAddress, a.Endpoint, Form)
	}
	host := strings.ToLower(u.Hostname())
	i := slices.IndexFunc(suffixes(), func(s string) bool { return strings.HasSuffix(host, s) })
	if i < 0 || u.Port() != "" && u.Port() != "443" {
		return Address{}, fmt.Errorf("%w: %s is no account of Azure (ACCOUNT%s), and a token must not be sent to it",
			ErrAddress, u.Host, strings.Join(suffixes(), ", ACCOUNT"))
	}
	a.suffix = suffixes()[i]
	a.Account = strings.TrimSuffix(host, a.suffix)
	a.Endpoint = "https://" + host
	if !accountName.MatchString(a.Account) {
		return Address{}, fmt.Errorf("%w: %q is not the name of an account", ErrAddress, a.Account)
	}
	return a, nil
}

// Emulator reports whether it is an emulator on this machine, which has no
// identities and takes the key that its documentation publishes.
func (a Address) Emulator() bool { return a.emulator != "" }

// Public reports whether it is an account in Azure's public cloud.
func (a Address) Public() bool { return a.suffix == suffixes()[0] }

// owns reports whether a URL is of this account: its host, or that of one of its
// regions, over https. Only there may its token go.
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

// isRegion reports whether a text can be a region's name as hosts have it:
// lower-case letters and digits, so no other account's name can follow the
// hyphen that would have one of its own.
func isRegion(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// normalRegion is a region's name without spaces, in lower case, as it is in the
// account's hosts: "West Europe" is westeurope.
func normalRegion(name string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), " ", ""))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
