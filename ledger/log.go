// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
)

// AuditLog is the events of a trail, oldest first.
type AuditLog struct {
	APIVersion string        `json:"apiVersion"` // manifest.APIVersion
	Kind       string        `json:"kind"`       // LogKind
	Events     []audit.Event `json:"events"`
}

// Log returns the events that match a filter, oldest first. Errors: those of the
// store, and an event that cannot be parsed.
func Log(ctx context.Context, st store.Store, filter audit.Filter) (*AuditLog, error) {
	log := &AuditLog{APIVersion: manifest.APIVersion, Kind: LogKind, Events: []audit.Event{}}
	err := eachChain(ctx, st, func(domain Domain, app string) error {
		docs, err := st.List(ctx, domain.Container, app, store.TypeEvent)
		if err != nil {
			return fmt.Errorf("list events of %s/%s: %w", domain.Name, app, err)
		}
		for _, doc := range docs {
			var e audit.Event
			if err := json.Unmarshal(doc.Body, &e); err != nil {
				return fmt.Errorf("read %s of %s/%s: %w; see roster audit verify", doc.ID, domain.Name, app, err)
			}
			if filter.Match(e) {
				log.Events = append(log.Events, e)
			}
		}
		return nil
	})
	slices.SortFunc(log.Events, func(a, b audit.Event) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Domain, b.Domain),
			cmp.Compare(a.App, b.App), cmp.Compare(a.Seq, b.Seq))
	})
	return log, err
}
