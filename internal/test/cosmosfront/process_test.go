// SPDX-License-Identifier: Apache-2.0

package cosmosfront_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/cosmosfront"
)

func answers(t *testing.T, url string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode == http.StatusOK
}

func TestStartEndsWithItsTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("inner", func(t *testing.T) {
		f := cosmosfront.Start(t)
		if url = f.URL; !answers(t, url) {
			t.Errorf("%s does not answer", url)
		}
	})
	if url != "" && answers(t, url) {
		t.Errorf("%s still answers", url)
	}
}

func TestSharedIsOneFront(t *testing.T) {
	t.Parallel()
	if a, b := front.Front(t), front.Front(t); a != b {
		t.Errorf("got fronts at %s and %s", a.URL, b.URL)
	}
}

func TestLaunchHeedsItsContext(t *testing.T) {
	t.Parallel()
	front.Front(t) // or skip
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f, err := cosmosfront.Launch(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, cosmosfront.ErrUnavailable) {
		t.Errorf("got %v, want only %v", err, context.Canceled)
		if err == nil {
			_ = f.Close()
		}
	}
}

// A front ends with its parent: its input closes if the parent is killed. It also ends
// on SIGTERM, even during a request.
func TestFrontEndsByItself(t *testing.T) {
	t.Parallel()
	front.Front(t) // or skip
	tests := map[string]func(cmd *exec.Cmd, stdin io.Closer) error{
		"its input closes": func(_ *exec.Cmd, stdin io.Closer) error { return stdin.Close() },
		"SIGTERM":          func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(syscall.SIGTERM) },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "node", filepath.Join("..", "..", "..", "store", "cosmos", "testdata", "front", "main.js"))
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			text, err := bufio.NewReader(stdout).ReadBytes('\n')
			if err != nil {
				t.Fatal(err)
			}
			var line struct{ URL string }
			if err := json.Unmarshal(text, &line); err != nil || !strings.HasPrefix(line.URL, "http://127.0.0.1:") {
				t.Fatalf("ready line %q: %v", text, err)
			}
			if !answers(t, line.URL) { // and the connection stays open
				t.Errorf("%s does not answer", line.URL)
			}
			half, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(line.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = half.Close() }()
			if _, err := io.WriteString(half, "POST /dbs HTTP/1.1\r\nHost: front\r\nContent-Length: 9\r\n\r\n{"); err != nil {
				t.Fatal(err)
			}
			if err := end(cmd, stdin); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("it ended badly: %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("it did not end")
			}
		})
	}
}

// If the front cannot run, tests are skipped with a message that names the next step,
// or fail if they must not be skipped.
func TestUnavailable(t *testing.T) {
	for required, outcome := range map[string]string{"": "skipped", "1": "failed"} {
		t.Run(outcome, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			t.Setenv(cosmosfront.Variable, required)
			tb := &recorder{TB: t}
			done := make(chan struct{})
			go func() { // Skip and Fatal end the goroutine that they are called on
				defer close(done)
				new(cosmosfront.Shared).Front(tb)
			}()
			<-done
			if tb.outcome != outcome || !strings.Contains(tb.message, "needs Node.js 20") {
				t.Errorf("%s with %q, want %s", tb.outcome, tb.message, outcome)
			}
		})
	}
}
