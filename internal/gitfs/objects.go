// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// objects is a running git cat-file --batch. A request is a line with the name of
// an object. The answer is a line "name type size", the content, and a line break
// (git-cat-file, "BATCH OUTPUT").
type objects struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (g git) objects(ctx context.Context) (*objects, error) {
	cmd := g.command(ctx, "cat-file", "--batch")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	return &objects{cmd, in, bufio.NewReader(out)}, nil
}

// errMissing is returned for an object that the clone does not have.
var errMissing = errors.New("missing object")

// read returns a blob of a known size.
func (o *objects) read(name string, size int64) ([]byte, error) {
	if _, err := io.WriteString(o.in, name+"\n"); err != nil {
		return nil, err
	}
	header, err := o.out.ReadString('\n')
	if err != nil {
		return nil, err
	}
	if header == name+" missing\n" {
		return nil, errMissing
	}
	if want := fmt.Sprintf("%s blob %d\n", name, size); header != want {
		return nil, fmt.Errorf("unexpected answer %q of git cat-file", strings.TrimSpace(header))
	}
	content := make([]byte, size+1) // and the end of the line
	if _, err := io.ReadFull(o.out, content); err != nil {
		return nil, err
	}
	return content[:size], nil
}

// close closes the program's input, which ends the program, and waits for it.
func (o *objects) close() error {
	return errors.Join(o.in.Close(), o.cmd.Wait())
}
