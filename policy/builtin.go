// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/appofapps/roster/manifest"
)

//go:embed builtin
var builtInFiles embed.FS

// builtInFolder precedes the file of a built-in template in messages. No manifest
// of a registry is in that folder.
const builtInFolder = "built-in/"

// BuiltIn returns the templates that are built in, sorted by name. Each has a page
// in docs/policies.
func BuiltIn() []*manifest.PolicyTemplate {
	folder, err := fs.Sub(builtInFiles, "builtin")
	if err == nil {
		var registry *manifest.Registry
		registry, _, err = manifest.Load(context.Background(), folder, manifest.Options{})
		if err == nil {
			for _, t := range registry.Templates {
				t.File = builtInFolder + t.File
			}
			return registry.Templates
		}
	}
	panic(fmt.Sprintf("policy: built-in templates cannot be read: %v", err)) // a test reads them
}
