// SPDX-License-Identifier: Apache-2.0

package policy

import "cel.dev/cel-go/cel"

var _ = cel.NewEnv
