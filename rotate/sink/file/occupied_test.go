// SPDX-License-Identifier: Apache-2.0

package file_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate/sink/file"
)

// TestPlacesThatAreNotForDelivery refuses absolute paths in CI, and what lies in the
// registry already.
func TestPlacesThatAreNotForDelivery(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no permissions")
	}
	folder := t.TempDir()
	for name, mode := range map[string]os.FileMode{"readme.md": 0o644, "script.sh": 0o700, "own": 0o600} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("kept"), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("own", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	absolute := filepath.Join(t.TempDir(), "token")
	for _, test := range []struct {
		path  string
		local bool
		want  error
	}{
		{"readme.md", false, file.ErrOccupied},
		{"script.sh", false, file.ErrOccupied},
		{"link", false, file.ErrOccupied},
		{"own", false, nil},
		{"secrets/api", true, nil},
		{"../out", false, file.ErrOutside},
		{absolute, true, file.ErrOutside},
		{absolute, false, nil},
	} {
		err := file.Sink{Folder: folder, Local: test.local}.Deliver(t.Context(), registration.Sink{File: test.path}, "m", redact.New("v"))
		if !errors.Is(err, test.want) {
			t.Errorf("%s, local %t: %v, want %v", test.path, test.local, err, test.want)
		}
	}
	if got, err := os.ReadFile(filepath.Join(folder, "readme.md")); err != nil || string(got) != "kept" {
		t.Errorf("%q, %v", got, err)
	}
}
