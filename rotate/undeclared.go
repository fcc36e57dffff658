// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/store"
)

// Undeclared is a recorded credential that no manifest renews any more. Its live key
// stays valid at the provider until somebody revokes it there.
type Undeclared struct {
	Node       string     `json:"node"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Generation int        `json:"generation"`
	Key        string     `json:"key"` // at the provider
	Created    *time.Time `json:"created,omitempty"`
	Expires    *time.Time `json:"expires,omitempty"` // absent: never
}

// AddUndeclared completes a status with the recorded credentials of some containers
// that are not among the targets, those of removed nodes included. It reads every partition.
// Errors: those of the store.
func (s *Status) AddUndeclared(ctx context.Context, containers []string, targets []Target, st store.Store) error {
	known := map[store.Key]bool{}
	for _, t := range targets {
		known[store.Key{Container: t.Container, Partition: t.Partition, ID: t.ID}] = true
	}
	for _, container := range containers {
		partitions, err := ledger.Partitions(ctx, st, container)
		if err != nil {
			return err
		}
		for _, partition := range partitions {
			if err := s.addUndeclared(ctx, container, partition, known, st); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(s.Undeclared, func(a, b Undeclared) int { return strings.Compare(a.Node+" "+a.Name, b.Node+" "+b.Name) })
	return nil
}

func (s *Status) addUndeclared(ctx context.Context, container, partition string, known map[store.Key]bool, st store.Store) error {
	docs, err := st.List(ctx, container, partition, TypeCredential)
	if err != nil {
		return fmt.Errorf("list credentials of %s: %w", partition, err)
	}
	for _, doc := range docs {
		var c Credential
		if err := decode(doc, &c); err != nil {
			return err
		}
		if c.Live == nil || known[store.Key{Container: container, Partition: partition, ID: doc.ID}] {
			continue
		}
		s.Undeclared = append(s.Undeclared, Undeclared{
			Node: c.Node, Name: c.Name, Type: c.Type, Generation: c.Generation, Key: c.Live.Key, Created: moment(c.Live.Created), Expires: moment(c.Live.Expires),
		})
	}
	return nil
}
