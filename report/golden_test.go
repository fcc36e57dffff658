// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden holds every result in every format against what people and
// machines read of it in testdata.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, s := range specimens() {
		for _, format := range s.formats {
			t.Run(s.name+"/"+format, func(t *testing.T) {
				t.Parallel()
				got := s.bytes(t, format, s.make(t))
				file := filepath.Join("testdata", s.name+"."+format)
				if *update {
					if err := os.WriteFile(file, got, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", file, diff)
				}
			})
		}
	}
}

// TestGoldenFilesAreUsed finds files that no test reads any more.
func TestGoldenFilesAreUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{"registry": true, "fuzz": true}
	for _, s := range specimens() {
		for _, format := range s.formats {
			used[s.name+"."+format] = true
		}
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !used[e.Name()] {
			t.Errorf("testdata/%s belongs to no specimen", e.Name())
		}
	}
}

func TestUnknownFormatIsAnError(t *testing.T) {
	t.Parallel()
	for _, s := range specimens() {
		if err := s.write(io.Discard, "xml", s.make(t)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s as xml: error is %v, want ErrFormat", s.name, err)
		}
	}
}

// TestWriteErrorIsReturned makes sure that a full disk is no success.
func TestWriteErrorIsReturned(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	for _, s := range specimens() {
		for _, format := range s.formats {
			if err := s.write(failing{full}, format, s.make(t)); !errors.Is(err, full) {
				t.Errorf("%s as %s: error is %v, want that of the writer", s.name, format, err)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestJSONHasNoNulls makes sure that an empty list is a list.
func TestJSONHasNoNulls(t *testing.T) {
	t.Parallel()
	for _, s := range specimens() {
		for _, format := range s.formats {
			if format != formatJSON && format != formatSARIF {
				continue
			}
			var value any
			if err := json.Unmarshal(s.bytes(t, format, s.make(t)), &value); err != nil {
				t.Fatal(err)
			}
			eachNull(value, "", func(at string) {
				if !strings.Contains(at, "/config/") { // what a manifest's author wrote stays
					t.Errorf("%s as %s: %s is null", s.name, format, at)
				}
			})
		}
	}
}

func eachNull(value any, at string, visit func(at string)) {
	switch v := value.(type) {
	case nil:
		visit(at)
	case map[string]any:
		for key, part := range v {
			eachNull(part, at+"/"+key, visit)
		}
	case []any:
		for i, part := range v {
			eachNull(part, fmt.Sprint(at, "/", i), visit)
		}
	}
}
