// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/appofapps/roster/store"
)

// systemDomain returns the registry document's place as a domain.
func systemDomain() Domain { return Domain{Name: SystemContainer, Container: SystemContainer} }

// eachChain visits the chain of the registry document, then the chains of all
// apps by domain and name. An app counts if anything is stored in its partition:
// a head or a registration that somebody removed or gave another type hides no app.
func eachChain(ctx context.Context, st store.Store, visit func(domain Domain, app string) error) error {
	registry, err := ReadRegistry(ctx, st)
	if err != nil {
		return err
	}
	if err := visit(systemDomain(), SystemPartition); err != nil {
		return err
	}
	for _, domain := range append([]Domain{systemDomain()}, registry.DomainList()...) {
		apps, err := everyPartition(ctx, st, domain.Container)
		if err != nil {
			return err
		}
		for _, app := range apps {
			if domain == systemDomain() && app == SystemPartition {
				continue
			}
			if err := visit(domain, app); err != nil {
				return err
			}
		}
	}
	return nil
}

// everyPartition returns the partitions of a container, sorted.
func everyPartition(ctx context.Context, st store.Store, container string) ([]string, error) {
	entries, err := st.Entries(ctx, container, store.AnyType)
	if err != nil {
		return nil, fmt.Errorf("list the documents of container %s: %w", container, err)
	}
	var apps []string
	for _, e := range entries {
		apps = append(apps, e.Partition)
	}
	slices.Sort(apps)
	return slices.Compact(apps), nil
}
