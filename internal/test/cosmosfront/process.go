// SPDX-License-Identifier: Apache-2.0

package cosmosfront

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	folder   = "store/cosmos/testdata/front" // from the module's root
	program  = "main.js"
	needs    = "node_modules/@vercel/cosmosdb-server/package.json"
	minNode  = 20               // its package.json, "engines"
	patience = 30 * time.Second // for a start on a busy machine; 0.3 s is usual
	grace    = 5 * time.Second  // between closing its input and killing it
)

// process is the child process. It ends when its standard input closes, so it cannot
// outlive this process.
type process struct {
	url    string
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr *buffer
}

// start runs the child and reads its ready line.
func start(ctx context.Context) (*process, error) {
	dir, err := find()
	if err != nil {
		return nil, err
	}
	node, err := lookNode(ctx, dir)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(node, program), stderr: new(buffer)} //nolint:noctx // close ends it
	p.cmd.Dir, p.cmd.Stderr = dir, p.stderr
	p.cmd.WaitDelay = grace
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start front: %w", err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start front: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start front: %w", err)
	}
	if p.url, err = ready(ctx, stdout); err != nil {
		_ = p.close() // the reason why it was not ready is more useful
		return nil, fmt.Errorf("start front: %w: %s", err, p.stderr)
	}
	return p, nil
}

// ready returns the URL of the ready line.
func ready(ctx context.Context, stdout io.Reader) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not ready after %v", patience))
	defer cancel()
	type result struct {
		line []byte
		err  error
	}
	lines := make(chan result, 1)
	go func() { // ends with the line or with the child
		line, err := bufio.NewReader(stdout).ReadBytes('\n')
		lines <- result{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case r := <-lines:
		if r.err != nil {
			return "", fmt.Errorf("read ready line: %w", r.err)
		}
		var line struct{ URL string }
		if err := json.Unmarshal(r.line, &line); err != nil || line.URL == "" {
			return "", fmt.Errorf("ready line %q: %w", r.line, err)
		}
		return line.URL, nil
	}
}

// close closes the child's input, and waits for it for a limited time.
func (p *process) close() error {
	_ = p.stdin.Close() // a dead child has closed it
	kill := time.AfterFunc(grace, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("end front: %w: %s", err, p.stderr)
	}
	return nil
}

// find returns the front's folder. It searches the module's root from the working
// directory upwards.
func find() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find front: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, filepath.FromSlash(folder)), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find front: not in a Go module")
		}
		dir = parent
	}
}

// lookNode returns a Node.js that can run the front.
func lookNode(ctx context.Context, dir string) (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", fmt.Errorf("%w: it needs Node.js %d or newer: %w", ErrUnavailable, minNode, err)
	}
	out, err := exec.CommandContext(ctx, node, "--version").Output()
	if ctx.Err() != nil {
		return "", fmt.Errorf("start front: %w", ctx.Err())
	}
	if err != nil {
		return "", fmt.Errorf("%w: node --version: %w", ErrUnavailable, err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < minNode {
		return "", fmt.Errorf("%w: it needs Node.js %d or newer, %s is %s", ErrUnavailable, minNode, node, out)
	}
	if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(needs))); err != nil {
		return "", fmt.Errorf("%w: its packages are not installed: run `npm ci` in %s, or `make test`", ErrUnavailable, folder)
	}
	return node, nil
}

// buffer is a buffer that the child writes while a test reads it.
type buffer struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
