// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"

	"github.com/appofapps/roster/store"
)

// system stands for the registry document among the domains.
func system() Domain { return Domain{Name: SystemContainer, Container: SystemContainer} }

// eachChain visits the registry's own chain and those of all recorded domains'
// apps, in order.
func eachChain(ctx context.Context, st store.Store, visit func(domain Domain, app string) error) error {
	registry, err := ReadRegistry(ctx, st)
	if err != nil {
		return err
	}
	if err := visit(system(), SystemPartition); err != nil {
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
