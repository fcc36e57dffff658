// SPDX-License-Identifier: Apache-2.0

package wire

import "errors"

// ErrStoreForm is returned for a text that names no store.
var ErrStoreForm = errors.New("unknown store")
