// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/appofapps/roster/cmd/roster/heap"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// What a hostile file may cost, as CPU time and as the peak memory of a process
// that does nothing else.
const (
	mostTime   = 250 * time.Millisecond
	mostMemory = 64 << 20
)

// bombVariable tells a child of the test which shape to load.
const bombVariable = "ROSTER_TEST_BOMB"

// TestHostileFilesAreCheap loads each bomb in a process of its own, checked
// against the schemas as the program does it. The time is the CPU's, less that
// of the same process with an innocent registry, so that a busy machine changes
// little.
func TestHostileFilesAreCheap(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process for each shape")
	}
	shapes := bombs()
	innocent := measure(t, len(shapes))
	crowd := measure(t, len(shapes)+1)
	for i, b := range shapes {
		t.Run(b.name, func(t *testing.T) {
			beside, base, most := len(shapes), innocent, int64(mostMemory)
			if b.many {
				beside, base, most = len(shapes)+1, crowd, crowd.memory+mostMemory
			}
			got := measure(t, i)
			spent := got.time - base.time
			// What a process costs beside its work only ever adds to it, and a machine
			// that became busy adds to the innocent one as well: both are measured again,
			// one after the other, and the least of a few is nearest to the truth.
			for range 3 {
				if spent <= mostTime {
					break
				}
				base = measure(t, beside)
				again := measure(t, i)
				got, spent = got.least(again), min(spent, again.time-base.time)
			}
			t.Logf("%-50s %4d ms %3d MiB", b.name, spent.Milliseconds(), got.memory>>20)
			if spent > mostTime || got.memory > most {
				t.Errorf("%s: %v and %d MiB; at most %v and %d MiB are allowed", b.name, spent, got.memory>>20, mostTime, most>>20)
			}
		})
	}
	t.Logf("%d shapes", len(shapes))
}

type cost struct {
	time   time.Duration
	memory int64 // bytes
}

func (c cost) least(d cost) cost { return cost{min(c.time, d.time), min(c.memory, d.memory)} }

// measure runs this test's binary again for one shape.
func measure(t *testing.T, shape int) cost {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBombChild$", "-test.timeout=60s")
	child.Env = append(os.Environ(), bombVariable+"="+strconv.Itoa(shape), "GOGC=", "GOMEMLIMIT=")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	usage := child.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{
		time:   child.ProcessState.UserTime() + child.ProcessState.SystemTime(),
		memory: usage.Maxrss << 10, // KiB on Linux
	}
}

// TestBombChild is what the child does. The two shapes behind the last are the
// innocent ones.
func TestBombChild(t *testing.T) {
	number, err := strconv.Atoi(os.Getenv(bombVariable))
	if err != nil {
		t.Skip("only TestHostileFilesAreCheap starts it")
	}
	shapes := append(bombs(), bomb{files: func() fs.FS { return registry("a.yaml", anApp) }}, bomb{files: crowd})
	checker, reading := schema.New(), heap.Floor(os.Getenv, heap.Default) // as the program does
	_, _, err = manifest.Load(t.Context(), shapes[number].files(), manifest.Options{
		Workers: 2,
		Read:    reading,
		Check:   func(d *manifest.Document) []finding.Finding { return checker.Check(d) },
	})
	if err != nil {
		t.Fatal(err)
	}
}
