// SPDX-License-Identifier: Apache-2.0

package cosmos

import "slices"

// regions returns the regions of Azure as they appear in hosts of accounts
// (learn.microsoft.com, "List of Azure regions", "Azure Government regions" and
// "Regions in Azure China"), sorted. The list is closed: acme-evil is an account of
// its own that anybody can create, and looks like a region of acme.
func regions() []string {
	return []string{
		"australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "austriaeast", "belgiumcentral",
		"brazilsouth", "brazilsoutheast", "canadacentral", "canadaeast", "centralindia", "centralus", "centraluseuap",
		"chilecentral", "chinaeast", "chinaeast2", "chinaeast3", "chinanorth", "chinanorth2", "chinanorth3",
		"denmarkeast", "eastasia", "eastus", "eastus2", "eastus2euap", "eastus3", "francecentral", "francesouth",
		"germanynorth", "germanywestcentral", "indiasouthcentral", "indonesiacentral", "israelcentral", "israelnorthwest",
		"italynorth", "japaneast", "japanwest", "jioindiacentral", "jioindiawest", "koreacentral", "koreasouth",
		"malaysiasouth", "malaysiawest", "mexicocentral", "newzealandnorth", "northcentralus", "northeastus5",
		"northeurope", "norwayeast", "norwaywest", "polandcentral", "qatarcentral", "saudiarabiaeast", "southafricanorth",
		"southafricawest", "southcentralus", "southcentralus2", "southeastasia", "southeastus", "southeastus3", "southindia",
		"southwestus", "spaincentral", "swedencentral", "swedensouth", "switzerlandnorth", "switzerlandwest", "taiwannorth",
		"taiwannorthwest", "uaecentral", "uaenorth", "uksouth", "ukwest", "usdodcentral", "usdodeast", "usgovarizona",
		"usgovtexas", "usgovvirginia", "westcentralus", "westeurope", "westindia", "westus", "westus2", "westus3",
	}
}

// isRegion reports whether a text is a region in a host. It has no hyphen, so it cannot
// be the rest of a longer name.
func isRegion(s string) bool {
	_, found := slices.BinarySearch(regions(), s)
	return found
}
