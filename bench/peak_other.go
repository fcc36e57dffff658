// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package main

import "os"

// peak returns 0, because this system does not report the largest resident set.
func peak(*os.ProcessState) int64 { return 0 }
