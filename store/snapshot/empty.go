// SPDX-License-Identifier: Apache-2.0

package snapshot

import "github.com/appofapps/roster/store"

// Empty returns a store that holds nothing and refuses every commit: what a
// store is to a plan before the first sync.
func Empty() store.Store { return still{&Snapshot{}} }
