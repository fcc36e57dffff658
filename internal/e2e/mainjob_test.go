// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

// TestMainJob runs the script that CI runs against a real account and against
// Microsoft's emulator.
func TestMainJob(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, containers(t, shop)...)
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	cmd := s.command(t.Context(), "../../scripts/mainjob.sh", binary, copyOf(t, shop))
	cmd.Path = bash
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "The trail is whole") {
		t.Fatalf("%v: %s", err, out)
	}
}
