// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// usage is the cost of one run of a process.
type usage struct {
	CPU  time.Duration `json:"cpuNs"` // user and system, of the process and its children
	Wall time.Duration `json:"wallNs"`
	Peak int64         `json:"peakBytes"` // largest resident set
}

// childCommand makes bench run one command and report its usage to a file.
//
// This must be a separate process: on Linux, the largest resident set of a child
// includes the memory that it shares with its parent after the fork (getrusage(2);
// execve keeps ru_maxrss). A parent with a generated registry in memory would be
// measured instead of the tool.
const childCommand = "measure-child"

// measureChild runs args[1:] and writes its usage to the file args[0].
func measureChild(args []string) int {
	command := exec.Command(args[1], args[2:]...) //nolint:noctx // the measuring process ends this one together with its child
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	begin := time.Now()
	err := command.Run()
	wall := time.Since(begin)
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	state := command.ProcessState
	report := childReport{usage{CPU: state.UserTime() + state.SystemTime(), Wall: wall, Peak: peak(state)}, state.ExitCode()}
	text, err := json.Marshal(report)
	if err == nil {
		err = os.WriteFile(args[0], text, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	return exitDone
}

// childReport is the report that measureChild writes.
type childReport struct {
	Usage usage `json:"usage"`
	Exit  int   `json:"exit"`
}

// processors is the number of processors that each tool may use.
const processors = 2

// execute runs a tool's command, and returns its usage and its output. All commands
// get the same minimal environment, so that no setting of the machine (GOGC,
// NODE_OPTIONS, variables of a CI system) favours one of them.
func (w *workshop) execute(ctx context.Context, name string, command []string) (usage, []byte, error) {
	report := filepath.Join(w.work, "usage.json")
	output, err := os.Create(filepath.Join(w.work, name+".out"))
	if err != nil {
		return usage{}, nil, fmt.Errorf("run %s: %w", name, err)
	}
	var stderr strings.Builder
	child := exec.CommandContext(ctx, w.self, append([]string{childCommand, report}, command...)...)
	child.Dir, child.Stdout, child.Stderr = w.work, output, &stderr
	child.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.work, fmt.Sprintf("GOMAXPROCS=%d", processors)}
	if err := errors.Join(child.Run(), output.Close()); err != nil {
		return usage{}, nil, fmt.Errorf("run %s: %w\n%s", name, err, tail(stderr.String()))
	}
	var r childReport
	text, err := os.ReadFile(report)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return usage{}, nil, fmt.Errorf("read usage of %s: %w", name, err)
	}
	if r.Exit != 0 && r.Exit != 1 { // 1: files were flagged
		return usage{}, nil, fmt.Errorf("run %s: exit code %d\n%s", name, r.Exit, tail(stderr.String()))
	}
	printed, err := os.ReadFile(output.Name())
	if err != nil {
		return usage{}, nil, fmt.Errorf("read output of %s: %w", name, err)
	}
	return r.Usage, printed, nil
}

// tail returns the end of a process's output.
func tail(text string) string {
	const most = 2000
	if len(text) > most {
		text = "..." + text[len(text)-most:]
	}
	return text
}
