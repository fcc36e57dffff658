// SPDX-License-Identifier: Apache-2.0

// Package file serves credentials as files that only their owner may read: for
// laptops, demonstrations, and machines that have nothing better. A new value is
// staged in a file beside the one that is served.
package file

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/appofapps/roster/internal/atomicfile"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

// mode lets the owner read and write, and nobody else anything.
const mode = 0o600

// next is put behind a file's name for values that are staged.
const next = ".next-"

// Sink writes below a folder. A path that is not relative is taken as it is.
type Sink struct{ Folder string }

var _ rotate.Stager = Sink{}

// ErrOutside is returned for a relative path that leads out of the folder.
var ErrOutside = errors.New("leads out of the registry's folder")

// path returns where a place is, and makes its folder.
func (s Sink) path(place registration.Sink) (string, error) {
	if filepath.IsAbs(place.File) {
		path := filepath.Clean(place.File)
		return path, makeFolder(path)
	}
	local := filepath.FromSlash(place.File)
	if !filepath.IsLocal(local) {
		return "", errOutside(place)
	}
	root, err := filepath.EvalSymlinks(s.Folder)
	if err != nil {
		return "", fmt.Errorf("find the registry's folder: %w", err)
	}
	path := filepath.Join(root, local)
	if err := makeFolder(path); err != nil {
		return "", err
	}
	// Where links lead is where the file would be.
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("find the folder of %s: %w", place.File, err)
	}
	if inside, err := filepath.Rel(root, folder); err != nil || !filepath.IsLocal(inside) {
		return "", errOutside(place)
	}
	return path, nil
}

func errOutside(place registration.Sink) error {
	return fmt.Errorf("file %s %w", place.File, ErrOutside)
}

func makeFolder(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	return nil
}

// Deliver writes the file, whole or not at all. Errors: ErrOutside.
func (s Sink) Deliver(_ context.Context, place registration.Sink, _ string, value redact.Secret) error {
	path, err := s.path(place)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, []byte(value.Reveal()), mode)
}

// kept is what a staged file holds.
type kept struct {
	Marker string `json:"marker"`
	Fence  int    `json:"fence"`
	Key    string `json:"key,omitempty"`
	Value  string `json:"value"`
}

// refOf is what the name of a staged file ends with: of its own for each rotation
// and worker, so that none writes over another's.
func refOf(v rotate.StagedValue) string {
	sum := sha256.Sum256([]byte(v.Marker))
	return fmt.Sprintf("%s%x-%d", next, sum[:6], v.Fence)
}

// refs are such endings.
var refs = regexp.MustCompile(`^[0-9a-f]{12}-[0-9]+$`)

// Stage writes a file beside the one that is served.
func (s Sink) Stage(_ context.Context, place registration.Sink, v rotate.StagedValue) (string, error) {
	path, err := s.path(place)
	if err != nil {
		return "", err
	}
	content, err := json.Marshal(kept{v.Marker, v.Fence, v.Key, v.Value.Reveal()})
	if err != nil {
		return "", fmt.Errorf("encode a staged value: %w", err)
	}
	ref := refOf(v)
	return ref, atomicfile.Write(path+ref, content, mode)
}

// Staged reads what is staged of a rotation.
func (s Sink) Staged(_ context.Context, place registration.Sink, marker string) ([]rotate.StagedValue, error) {
	var list []rotate.StagedValue
	err := s.each(place, func(ref string, k kept) error {
		if k.Marker == marker {
			list = append(list, rotate.StagedValue{Marker: k.Marker, Fence: k.Fence, Key: k.Key, Ref: ref, Value: redact.New(k.Value)})
		}
		return nil
	})
	slices.SortFunc(list, func(a, b rotate.StagedValue) int { return b.Fence - a.Fence })
	return list, err
}

// Unstage removes what is staged under markers that begin so.
func (s Sink) Unstage(_ context.Context, place registration.Sink, marker string) error {
	path, err := s.path(place)
	if err != nil {
		return err
	}
	return s.each(place, func(ref string, k kept) error {
		if !strings.HasPrefix(k.Marker, marker) {
			return nil
		}
		if err := os.Remove(path + ref); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget a staged value: %w", err)
		}
		return atomicfile.SyncFolder(filepath.Dir(path))
	})
}

// each visits the staged files of a place. One that cannot be read is somebody
// else's.
func (s Sink) each(place registration.Sink, visit func(ref string, k kept) error) error {
	path, err := s.path(place)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("look for staged values: %w", err)
	}
	for _, entry := range entries {
		end, staged := strings.CutPrefix(entry.Name(), filepath.Base(path)+next)
		if !staged || !refs.MatchString(end) || !entry.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(filepath.Dir(path), entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // another worker has forgotten it
		}
		if err != nil {
			return fmt.Errorf("read a staged value: %w", err)
		}
		var k kept
		if json.Unmarshal(content, &k) != nil || k.Marker == "" {
			continue
		}
		if err := visit(next+end, k); err != nil {
			return err
		}
	}
	return nil
}
