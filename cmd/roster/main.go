// SPDX-License-Identifier: Apache-2.0

// Command roster keeps the register of a company's apps.
package main

import (
	"os"

	"github.com/appofapps/roster/internal/cli"
	"github.com/appofapps/roster/internal/heap"
)

// freely is the memory, in bytes, below which no garbage is looked for: reading
// a registry of a thousand apps takes no more.
const freely = 48 << 20

func main() {
	env := cli.System()
	env.Reading = heap.Floor(os.Getenv, freely)
	os.Exit(cli.Main(env))
}
