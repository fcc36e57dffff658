// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peak returns the largest resident set of a finished process in bytes.
func peak(state *os.ProcessState) int64 {
	rusage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		panic("bench: a finished process without rusage on Unix")
	}
	if runtime.GOOS == "darwin" {
		return int64(rusage.Maxrss) //nolint:unconvert // int32 on some; in bytes there, getrusage(2)
	}
	return int64(rusage.Maxrss) << 10 //nolint:unconvert // int32 on some; in KiB on Linux and the BSDs
}
