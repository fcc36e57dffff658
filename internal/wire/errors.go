// SPDX-License-Identifier: Apache-2.0

package wire

import "errors"

// ErrStoreForm is returned for a text that names no store.
var ErrStoreForm = errors.New("unknown store")

// ErrNoStore is returned for a store to read that does not exist yet.
var ErrNoStore = errors.New("no store yet")

// ErrNoProvision is returned for a store that needs nothing provisioned.
var ErrNoProvision = errors.New("nothing to provision")
