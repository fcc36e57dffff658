// SPDX-License-Identifier: Apache-2.0

package heap_test

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/appofapps/roster/cmd/roster/heap"
)

const (
	child = "ROSTER_HEAP_CHILD" // how many MiB to keep
	floor = 32 << 20
)

func TestMain(m *testing.M) {
	if text := os.Getenv(child); text != "" {
		keep, err := strconv.Atoi(text)
		if err != nil {
			panic(err)
		}
		os.Exit(grow(keep))
	}
	os.Exit(m.Run())
}

// grow allocates and keeps a number of MiB, creates ten times as much garbage, and
// prints the number of collections and the largest heap in MiB.
func grow(keep int) int {
	adjust := heap.Floor(os.Getenv, floor)
	const piece = 64 << 10
	var kept [][]byte
	largest := uint64(0)
	for range keep << 20 / piece {
		adjust()
		kept = append(kept, make([]byte, piece))
		for range 10 {
			_ = append([]byte(nil), make([]byte, piece)...)
		}
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		largest = max(largest, stats.HeapAlloc)
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	_, err := os.Stdout.WriteString(strconv.Itoa(int(stats.NumGC)) + " " + strconv.Itoa(int(largest>>20)))
	runtime.KeepAlive(kept)
	if err != nil {
		return 1
	}
	return 0
}

func run(t *testing.T, keep int, env ...string) (collections, largest int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(cmd.Environ(), child+"="+strconv.Itoa(keep), "GOGC=", "GOMEMLIMIT=")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(out))
	collections, _ = strconv.Atoi(fields[0])
	largest, _ = strconv.Atoi(fields[1])
	return collections, largest
}

func TestFloor(t *testing.T) {
	t.Parallel()
	if n, _ := run(t, 1); n > 1 { // 11 MiB in total
		t.Errorf("%d collections below the floor", n)
	}
	n, largest := run(t, 100)
	_, largestByGo := run(t, 100, "GOGC=100")
	if n == 0 || largest > 180 || largest >= largestByGo {
		t.Errorf("with 100 MiB kept the heap grew to %d MiB with %d collections, by Go's own rule to %d", largest, n, largestByGo)
	}
	n, _ = run(t, 20)
	if byGo, _ := run(t, 20, "GOGC=100"); byGo <= n {
		t.Errorf("with 20 MiB kept there were %d collections, by Go's own rule %d", n, byGo)
	}
}
