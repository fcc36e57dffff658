// SPDX-License-Identifier: Apache-2.0

package snapshot

import "github.com/appofapps/roster/store"

// Empty returns an empty read-only store, for a plan before the first sync. Its
// Commit returns store.ErrDenied.
func Empty() store.Store { return still{&Snapshot{}} }
