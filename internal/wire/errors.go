// SPDX-License-Identifier: Apache-2.0

package wire

import "errors"

// ErrStoreForm is returned for a text that names no store.
var ErrStoreForm = errors.New("unknown store")

// ErrNoStore is returned for a store to read that was never written.
var ErrNoStore = errors.New("there is no store yet")
