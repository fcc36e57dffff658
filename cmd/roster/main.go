// SPDX-License-Identifier: Apache-2.0

// Command roster keeps the register of a company's apps.
package main

import (
	"os"

	"github.com/appofapps/roster/internal/cli"
)

func main() { os.Exit(cli.Main(cli.System())) }
