// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/appofapps/roster/store"
)

// DefaultAudience is the audience that Entra ID expects in external tokens, and
// GitHubIssuer the issuer of those of GitHub Actions (learn.microsoft.com,
// "Configure an app to trust an external identity provider").
const (
	DefaultAudience = "api://AzureADTokenExchange"
	GitHubIssuer    = "https://token.actions.githubusercontent.com"
)

// Limits of Azure.
const (
	// "Azure Cosmos DB service quotas", "Provisioned throughput": containers
	// that share a database's throughput.
	maxSharedContainers = 25
	// "Configure an app to trust an external identity provider".
	maxFederations = 20
	// "federatedIdentityCredential resource type": issuer, subject, audience.
	maxClaim = 600
	// "Azure Cosmos DB service quotas", "Autoscale": a maximum comes in steps.
	autoscaleStep, throughputStep = 1000, 100
)

// Check checks that Azure and the store accept the desired state. Errors:
// ErrInvalid.
func (w Desired) Check() error {
	checks := []func() error{w.checkNames, w.checkContainers, w.Throughput.check, w.checkPrincipals, w.checkFederations}
	for _, check := range checks {
		if err := check(); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	return nil
}

func (w Desired) checkNames() error {
	switch {
	case !isGUID(w.Subscription):
		return fmt.Errorf("subscription %q is not a GUID", w.Subscription)
	case w.ResourceGroup != "" && !isResourceGroup(w.ResourceGroup):
		return fmt.Errorf("resource group %q: letters, digits and \"-_.()\", at most 90, no period at the end", w.ResourceGroup)
	case !isAccount(w.Account):
		return fmt.Errorf("account %q: 3 to 44 lower-case letters, digits and inner hyphens", w.Account)
	case !isDatabase(w.Database):
		return fmt.Errorf("database %q: at most 255 letters, digits and inner hyphens", w.Database)
	}
	return nil
}

func (w Desired) checkContainers() error {
	for _, c := range w.Containers {
		if !store.ValidContainer(c) || strings.HasPrefix(c, "-") { // a command would take it as an option
			return fmt.Errorf("container %q: at most %d lower-case letters, digits and hyphens, not starting with a hyphen", c, store.MaxContainer)
		}
	}
	switch {
	case !slices.IsSorted(w.Containers) || len(slices.Compact(slices.Clone(w.Containers))) != len(w.Containers):
		return fmt.Errorf("containers %q are not sorted and unique", w.Containers)
	case !slices.Contains(w.Containers, System):
		return fmt.Errorf("containers %q lack %q", w.Containers, System)
	case (w.Throughput.Shared > 0 || w.Throughput.Autoscale > 0) && len(w.Containers) > maxSharedContainers:
		return fmt.Errorf("%d containers: at most %d can share a database's throughput; use a serverless account or fewer domains",
			len(w.Containers), maxSharedContainers)
	}
	return nil
}

func (t Throughput) check() error {
	set := 0
	for _, is := range []bool{t.Serverless, t.Shared != 0, t.Autoscale != 0} {
		if is {
			set++
		}
	}
	switch {
	case set > 1:
		return fmt.Errorf("throughput %+v: only one of serverless, shared and autoscale", t)
	case t.Shared != 0 && (t.Shared < defaultThroughput || t.Shared%throughputStep != 0):
		return fmt.Errorf("shared throughput %d: at least %d, in steps of %d", t.Shared, defaultThroughput, throughputStep)
	case t.Autoscale != 0 && (t.Autoscale < autoscaleStep || t.Autoscale%autoscaleStep != 0):
		return fmt.Errorf("autoscale maximum %d: at least %d, in steps of %d", t.Autoscale, autoscaleStep, autoscaleStep)
	}
	return nil
}

func (w Desired) checkPrincipals() error {
	seen := map[string]bool{}
	for _, h := range w.holders() {
		switch {
		case !isGUID(h.principal):
			return fmt.Errorf("principal %q is not an object id (a GUID)", h.principal)
		case seen[h.principal]:
			return fmt.Errorf("duplicate principal %q; a writer can also read, so remove it from the readers", h.principal)
		}
		seen[h.principal] = true
	}
	return nil
}

func (w Desired) checkFederations() error {
	names, claims, count := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, f := range w.Federations {
		if err := f.check(); err != nil {
			return fmt.Errorf("federation %q: %w", f.Name, err)
		}
		application := strings.ToLower(f.Application)
		count[application]++
		name, claim := application+"\n"+f.Name, application+"\n"+f.Issuer+"\n"+f.Subject
		switch {
		case names[name]:
			return fmt.Errorf("duplicate federation %q of application %q", f.Name, f.Application)
		case claims[claim]:
			return fmt.Errorf("federation %q: application %q already trusts %q of %q", f.Name, f.Application, f.Subject, f.Issuer)
		case count[application] > maxFederations:
			return fmt.Errorf("application %q: more than %d federations; use environments as subjects, or a second application",
				f.Application, maxFederations)
		}
		names[name], claims[claim] = true, true
	}
	return nil
}

func (f Federation) check() error {
	issuer, err := url.Parse(f.Issuer)
	switch {
	case !isGUID(f.Application):
		return fmt.Errorf("application %q is not an object id or application id (a GUID)", f.Application)
	case !isCredentialName(f.Name):
		return fmt.Errorf("name %q: 3 to 120 letters, digits, hyphens and underscores, the first a letter or digit", f.Name)
	case err != nil || issuer.Scheme != "https" || issuer.Host == "" || !isClaim(f.Issuer):
		return fmt.Errorf("issuer %q is not an https URL", f.Issuer)
	case !isClaim(f.Subject) || strings.Contains(f.Subject, "*"):
		return fmt.Errorf("subject %q: up to %d printable characters and no \"*\", because Entra ID has no wildcards in subjects", f.Subject, maxClaim)
	case f.Audience != "" && !isClaim(f.Audience):
		return fmt.Errorf("audience %q: up to %d printable characters", f.Audience, maxClaim)
	}
	return nil
}

func (f Federation) audience() string {
	if f.Audience == "" {
		return DefaultAudience
	}
	return f.Audience
}

// isAccount and isDatabase accept the same names as the addresses of store/cosmos.
// The service accepts more (learn.microsoft.com, "Naming rules and restrictions for
// Azure resources", Microsoft.DocumentDB).
func isAccount(s string) bool {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$`).MatchString(s)
}

func isDatabase(s string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,253}[A-Za-z0-9])?$`).MatchString(s)
}

// isGUID accepts GUIDs without a version, because Microsoft uses some.
func isGUID(s string) bool {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`).MatchString(s)
}

// isCredentialName checks the name of a federated credential: learn.microsoft.com, "federatedIdentityCredential resource
// type", name.
func isCredentialName(s string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$`).MatchString(s)
}

// isResourceGroup checks the name of a resource group: learn.microsoft.com, "Naming rules and restrictions for Azure
// resources", Microsoft.Resources.
func isResourceGroup(s string) bool {
	return utf8.RuneCountInString(s) <= 90 && !strings.HasSuffix(s, ".") && !strings.HasPrefix(s, "-") &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.()", r)
		})
}

// isClaim refuses line breaks and characters that change how a line is displayed,
// because claims become part of commands and comments.
func isClaim(s string) bool {
	return s != "" && len(s) <= maxClaim && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
