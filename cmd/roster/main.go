// SPDX-License-Identifier: Apache-2.0

// Command roster validates the registry of a company's apps and their access, and
// makes the store equal to it. Run roster --help for its commands.
package main

import (
	"os"

	"github.com/appofapps/roster/cmd/roster/heap"
	"github.com/appofapps/roster/internal/cli"
)

// version is set by the linker in a release (scripts/release.sh). It is a variable,
// because the linker cannot set a constant.
var version string

func main() {
	env := cli.System()
	env.Release = version
	env.Reading = heap.Floor(os.Getenv, heap.Default)
	os.Exit(cli.Main(env))
}
