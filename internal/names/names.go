// SPDX-License-Identifier: Apache-2.0

// Package names compares names as the systems that own them do. Each kind of name
// has one function, which returns the form that all spellings of a name share. Two
// names are the same exactly if their forms are equal. Start with the function of
// the kind: Principal, Repository, Environment and so on.
//
// The forms are for comparisons. Requests and messages keep the spelling of the
// manifest.
package names

import (
	"path"
	"strings"
)

// Principal is the form of a person, team or group, as "user:ada" or
// "group:acme/payments". Logins and teams of GitHub do not differ in case
// (docs.github.com, "Username considerations"), nor do sign-in names of Entra ID
// (learn.microsoft.com, "userPrincipalName").
func Principal(name string) string { return strings.ToLower(name) }

// Same reports whether two principals are the same.
func Same(a, b string) bool { return Principal(a) == Principal(b) }

// Repository is the form of a repository of GitHub, owner/name, or of an
// organisation. Neither differs in case (docs.github.com, "Creating a new
// repository").
func Repository(name string) string { return strings.ToLower(name) }

// Source is the form of the address of a repository, such as
// github.com/acme/checkout. Hosts never differ in case. Paths do not either on the
// hosts that are known for it; anywhere else another case may be another repository.
func Source(address string) string {
	host, rest, _ := strings.Cut(address, "/")
	host = Host(host)
	switch host {
	case "github.com", "gitlab.com", "bitbucket.org", "dev.azure.com":
		rest = strings.ToLower(rest)
	}
	return host + "/" + strings.TrimSuffix(rest, ".git")
}

// Environment is the form of an environment of GitHub: not case sensitive
// (docs.github.com, "Managing environments for deployment").
func Environment(name string) string { return strings.ToLower(name) }

// SubjectEnvironment is an environment as the subject of a token contains it. A
// colon would end the field, so GitHub encodes it (docs.github.com, "OpenID Connect
// reference", example subject claims).
func SubjectEnvironment(name string) string { return strings.ReplaceAll(name, ":", "%3A") }

// ActionsSecret is the form of a secret or variable of GitHub Actions: not case
// sensitive (docs.github.com, "Naming your secrets").
func ActionsSecret(name string) string { return strings.ToUpper(name) }

// Vault is the form of a vault of Azure Key Vault, a part of a host name.
func Vault(name string) string { return strings.ToLower(name) }

// VaultObject is the form of a secret or key in a vault: not case sensitive
// (learn.microsoft.com, "Azure Key Vault keys, secrets, and certificates overview").
func VaultObject(name string) string { return strings.ToLower(name) }

// File is the form of a path in a folder, which is "" or absolute. Paths that lead to
// the same name, as ./a, b/../a and a//b, have one form. A path into the folder is
// relative to it.
func File(folder, name string) string {
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if folder == "" || !path.IsAbs(name) {
		return name
	}
	folder = path.Clean(strings.ReplaceAll(folder, `\`, "/"))
	if inside, below := strings.CutPrefix(name, strings.TrimSuffix(folder, "/")+"/"); below {
		return inside
	}
	return name
}

// Host is the form of a host name: not case sensitive, with or without the dot of
// the root (RFC 4343; RFC 1034 section 3.1).
func Host(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

// GUID is the form of a GUID: its hexadecimal digits in lower case (RFC 9562,
// section 4).
func GUID(text string) string { return strings.ToLower(text) }

// IsGUID reports whether a text is a GUID: hexadecimal digits in groups of 8, 4, 4, 4
// and 12 (RFC 9562, section 4).
func IsGUID(text string) bool {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		if dash := form[i] == '-'; dash != (text[i] == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(text[i])) {
			return false
		}
	}
	return true
}

// Application is the form of an application of a provider: a client id that is a
// GUID without case, and anything else, an id or a name, as it is written. Roster
// looks applications up by their exact name.
func Application(text string) string {
	if IsGUID(text) {
		return GUID(text)
	}
	return text
}

// Resource is the form of the id of a resource of Azure: not case sensitive
// (learn.microsoft.com, "Resource naming and tagging").
func Resource(id string) string { return strings.TrimSuffix(strings.ToLower(id), "/") }
