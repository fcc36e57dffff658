// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"net/url"
	"slices"
	"testing"
)

// TestOnlyRegionsOfTheAccount sends a token to the account's own hosts only: another
// account can look like a region of it.
func TestOnlyRegionsOfTheAccount(t *testing.T) {
	t.Parallel()
	if !slices.IsSorted(regions()) {
		t.Error("the regions are not sorted")
	}
	a, err := ParseAddress("https://acme.documents.azure.com/registry")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"acme.documents.azure.com": true, "ACME-WestEurope.documents.azure.com": true, "acme-eastus2.documents.azure.com": true,
		"acme-evil.documents.azure.com": false, "acme-europe.documents.azure.com": false, "acme-westeurope2.documents.azure.com": false,
		"acme-.documents.azure.com": false, "acme-westeurope-x.documents.azure.com": false, "acmewesteurope.documents.azure.com": false,
		"acme-westeurope.documents.azure.com.evil.example": false, "acme-westeurope.documents.azure.cn": false,
	} {
		if got := a.owns(&url.URL{Scheme: "https", Host: host}); got != want {
			t.Errorf("%s: %t", host, got)
		}
	}
	if _, err := ParseAddress("https://acme.documents.azure.com/registry?regions=westeurop"); err == nil {
		t.Error("a region that does not exist is accepted")
	}
}
