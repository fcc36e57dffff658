// SPDX-License-Identifier: Apache-2.0

// Package file delivers credentials to files that only their owner can read: for
// laptops, demonstrations, and machines without a secret store. Start with Sink. A
// new value is staged in a second file beside the delivered one.
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
	"runtime"
	"slices"
	"strings"

	"github.com/appofapps/roster/internal/atomicfile"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

// mode lets the owner read and write, and nobody else anything.
const mode = 0o600

// next is appended to the name of a file for staged values.
const next = ".next-"

// Sink writes files below Folder. An absolute path is used as it is, unless Local is
// set: a run in CI writes nothing outside of its checkout.
type Sink struct {
	Folder string
	Local  bool
}

var _ rotate.Stager = Sink{}

// ErrOutside is returned for a relative path that leads out of the folder, and for an
// absolute one if Sink.Local is set.
var ErrOutside = errors.New("path outside the registry's folder")

// ErrOccupied is returned for a file of the folder that others than its owner can use.
// Roster writes no such file: it is most likely part of the repository.
var ErrOccupied = errors.New("file that roster did not write")

// path returns the path of a destination and creates its folder. Errors: ErrOutside,
// ErrOccupied.
func (s Sink) path(place registration.Sink) (string, error) {
	if filepath.IsAbs(place.File) && s.Local {
		return "", fmt.Errorf("%w; in CI, use a path relative to the registry, or a vault", errOutside(place))
	}
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
	// A link in the path decides where the file would be written.
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("find the folder of %s: %w", place.File, err)
	}
	if inside, err := filepath.Rel(root, folder); err != nil || !filepath.IsLocal(inside) {
		return "", errOutside(place)
	}
	return path, occupied(path, place)
}

// occupied returns ErrOccupied for an existing file that roster did not write. Where the
// system has no such permissions, as on Windows, nothing is known of a file.
func occupied(path string, place registration.Sink) error {
	info, err := os.Lstat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().IsRegular() && info.Mode().Perm()&^mode == 0 {
		return nil //nolint:nilerr // a file that does not exist
	}
	return fmt.Errorf("file %s: %w (mode %s): remove it, or deliver to another path", place.File, ErrOccupied, info.Mode())
}

func errOutside(place registration.Sink) error {
	return fmt.Errorf("file %s: %w", place.File, ErrOutside)
}

func makeFolder(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create a folder: %w", err)
	}
	return nil
}

// Deliver writes value to the file, completely or not at all. It is idempotent.
// Errors: ErrOutside.
func (s Sink) Deliver(_ context.Context, place registration.Sink, _ string, value redact.Secret) error {
	path, err := s.path(place)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, []byte(value.Reveal()), mode)
}

// kept is the content of a staged file.
type kept struct {
	Marker string `json:"marker"`
	Fence  int    `json:"fence"`
	Key    string `json:"key,omitempty"`
	Value  string `json:"value"`
}

// refOf returns the end of a staged file's name. It is unique to the rotation and the
// worker, so that no worker overwrites another's file.
func refOf(v rotate.StagedValue) string {
	sum := sha256.Sum256([]byte(v.Marker))
	return fmt.Sprintf("%s%x-%d", next, sum[:6], v.Fence)
}

// refs matches such ends, without next.
var refs = regexp.MustCompile(`^[0-9a-f]{12}-[0-9]+$`)

// Stage writes a second file beside the delivered one and returns the end of its
// name. Errors: ErrOutside.
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

// Staged returns the staged values of a rotation, the newest first.
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

// Unstage removes the staged values whose markers begin with marker. It is
// idempotent.
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
			return fmt.Errorf("remove a staged value: %w", err)
		}
		return atomicfile.SyncFolder(filepath.Dir(path))
	})
}

// each visits the staged files of a destination. It skips files of another format:
// roster did not write them.
func (s Sink) each(place registration.Sink, visit func(ref string, k kept) error) error {
	path, err := s.path(place)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("list staged values: %w", err)
	}
	for _, entry := range entries {
		end, staged := strings.CutPrefix(entry.Name(), filepath.Base(path)+next)
		if !staged || !refs.MatchString(end) || !entry.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(filepath.Dir(path), entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // another worker has removed it
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
