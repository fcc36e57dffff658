// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"

	"github.com/appofapps/roster/store"
)

// systemDomain returns the registry document's place as a domain.
func systemDomain() Domain { return Domain{Name: SystemContainer, Container: SystemContainer} }

// eachChain visits the chain of the registry document, then the chains of all
// apps by domain and name. An app counts if it has a head or a registration: a head
// that somebody removed hides no app.
func eachChain(ctx context.Context, st store.Store, visit func(domain Domain, app string) error) error {
	registry, err := ReadRegistry(ctx, st)
	if err != nil {
		return err
	}
	if err := visit(systemDomain(), SystemPartition); err != nil {
		return err
	}
	for _, domain := range registry.DomainList() {
		apps, err := Partitions(ctx, st, domain.Container)
		if err != nil {
			return err
		}
		for _, app := range apps {
			if err := visit(domain, app); err != nil {
				return err
			}
		}
	}
	return nil
}
