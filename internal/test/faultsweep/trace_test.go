// SPDX-License-Identifier: Apache-2.0

package faultsweep

import (
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const log = `10 openat(AT_FDCWD</>, "/etc/x", O_RDONLY|O_CLOEXEC) = 3</etc/x>
11 write(4<anon_inode:[eventfd]>, ""..., 8) = 8
10 openat(AT_FDCWD</>, "/f", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 5</f>
10 pwrite64(5</f>, ""..., 4096, 0 <unfinished ...>
11 write(4<anon_inode:[eventfd]>, ""..., 8) = 8
10 <... pwrite64 resumed>)           = -1 EIO (Input/output error) (INJECTED)
10 --- SIGURG {si_signo=SIGURG, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
10 write(1<pipe:[1]>, ""..., 4) = 4
10 fsync(5</f> <unfinished ...>) = ?
10 +++ killed by SIGKILL +++
11 pwrite64(5</f>, ""..., 4096, 0 <unfinished ...>
11 +++ killed by SIGKILL +++
`
	type seen struct {
		thread, name   string
		n              int
		talk, injected bool
	}
	var got []seen
	for _, c := range parse(log) {
		got = append(got, seen{c.thread, c.Syscall, c.N, c.talk, c.injected})
	}
	want := []seen{
		{"10", "openat", 2, false, false},
		{"10", "pwrite64", 1, false, true},
		{"10", "write", 1, true, false},
		{"10", "fsync", 1, false, false},
		{"11", "pwrite64", 1, false, false},
	}
	if !slices.Equal(got, want) {
		t.Errorf("calls are\n%v, want\n%v", got, want)
	}
}
