// SPDX-License-Identifier: Apache-2.0

// Package github describes GitHub to the rest of roster: the namespace of its
// scopes. It issues no credentials.
package github

import "github.com/appofapps/roster/provider"

// Descriptor returns what manifests can say about GitHub.
func Descriptor() provider.Descriptor {
	return provider.Descriptor{Namespaces: []string{"github"}}
}
