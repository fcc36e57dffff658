// SPDX-License-Identifier: Apache-2.0

package faultsweep

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// traced is the list of system calls that change the content of a disk or make it
// durable. A name with ? may not exist on a processor.
const traced = "write,pwrite64,?pwritev,?writev,fdatasync,fsync,?sync_file_range,ftruncate,fallocate," +
	"openat,mkdirat,linkat,symlinkat,unlinkat,?renameat,renameat2,?rename,fchmod,fchmodat,?sendfile,copy_file_range"

// Mode is a way to interrupt a program at a system call.
type Mode struct {
	Name    string
	inject  string
	signal  syscall.Signal
	lasting bool               // also applies to all later calls of that name
	applies func(p Point) bool // nil: to every point
}

// realtime is a signal that only ends the process, both in the kernel and in Go's
// runtime (signal(7); the runtime's sigtable leaves it to C libraries, like 32 and 33,
// which children of GNU make ignore). It takes effect when the call returns; with
// SIGKILL the kernel does not start the call.
const realtime = syscall.Signal(34)

func (m Mode) kills() bool { return m.signal != 0 }

// faster stops the program only at traced calls, but then the kernel does not deliver
// signals there.
const faster = "--seccomp-bpf"

// options returns strace's options for an interruption at a point.
func (m Mode) options(point Point) []string {
	if m.inject == "" {
		return []string{faster}
	}
	inject := fmt.Sprintf("inject=%s:%s:when=%d", point.Syscall, m.inject, point.N)
	if m.lasting {
		inject += "+"
	}
	if m.kills() {
		return []string{"-e", inject}
	}
	return []string{faster, "-e", inject}
}

// Modes returns all modes.
func Modes() []Mode {
	return []Mode{
		{Name: "kill before", inject: "signal=KILL", signal: syscall.SIGKILL},
		{Name: "kill after", inject: "signal=34", signal: realtime},
		{Name: "ENOSPC", inject: "error=ENOSPC", applies: Point.takesSpace},
		{Name: "ENOSPC from there on", inject: "error=ENOSPC", lasting: true, applies: Point.takesSpace},
		{Name: "EIO", inject: "error=EIO", applies: Point.reachesDisk},
		{Name: "EIO from there on", inject: "error=EIO", lasting: true, applies: Point.reachesDisk},
	}
}

// reachesDisk reports whether the call writes to a file and not to the output.
func (p Point) reachesDisk() bool { return !p.talk }

// takesSpace reports whether the call can fail on a full disk. This includes flushes,
// because some file systems allocate space only then.
func (p Point) takesSpace() bool { return !p.talk && p.Syscall != "unlinkat" }

// call is a line of strace's log.
type call struct {
	Point
	injected bool
}

// line matches thread, name and arguments, and the result if the call returned.
var line = regexp.MustCompile(`^(\d+) +(\w+)\((.*)$`)

// parse returns the calls that write, in order. Calls are numbered like in strace's
// when=: by thread and name, whether they write or not.
func parse(log string) []call {
	count := map[string]int{}
	var calls []call
	for _, text := range lines(log) {
		parts := line.FindStringSubmatch(text)
		if parts == nil {
			continue // a signal or an end
		}
		count[parts[1]+parts[2]]++
		c := call{
			Point:    Point{Syscall: parts[2], N: count[parts[1]+parts[2]], Text: parts[3], thread: parts[1]},
			injected: strings.Contains(parts[3], "(INJECTED)"),
		}
		if c.writes() {
			calls = append(calls, c)
		}
	}
	return calls
}

// lines returns the lines of a log. strace splits a call that another thread's line
// interrupts; lines joins the parts at the position of the second. A call that never
// returned comes last.
func lines(log string) []string {
	var all []string
	begun := map[string]string{} // by thread
	for text := range strings.Lines(log) {
		text = strings.TrimSuffix(text, "\n")
		thread, _, _ := strings.Cut(text, " ")
		if first, cut := strings.CutSuffix(text, " <unfinished ...>"); cut {
			begun[thread] = first
			continue
		}
		if _, second, resumed := strings.Cut(text, " resumed>"); resumed {
			text = begun[thread] + second
			delete(begun, thread)
		}
		all = append(all, text)
	}
	return append(all, slices.Sorted(maps.Values(begun))...)
}

// writes excludes files that are only read, and the pipes of the runtime.
func (c *call) writes() bool {
	switch {
	case c.Syscall == "openat":
		return strings.Contains(c.Text, "O_CREAT")
	case strings.HasPrefix(c.Text, "1<"), strings.HasPrefix(c.Text, "2<"):
		c.talk = true
		return true
	case slices.Contains([]string{"write", "writev"}, c.Syscall):
		_, file, _ := strings.Cut(c.Text, "<")
		return strings.HasPrefix(file, "/")
	}
	return true
}
