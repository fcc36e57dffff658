// SPDX-License-Identifier: Apache-2.0

// Command roster keeps the register of a company's apps.
package main

import (
	"os"

	"github.com/appofapps/roster/cmd/roster/heap"
	"github.com/appofapps/roster/internal/cli"
)

// version is set by the linker in a release (scripts/release.sh), which can set
// nothing but a variable.
var version string

func main() {
	env := cli.System()
	env.Release = version
	env.Reading = heap.Floor(os.Getenv, heap.Default)
	os.Exit(cli.Main(env))
}
