// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
)

// RuleNotIncluded is the rule of a manifest that no include names.
const RuleNotIncluded = "not-included"

// HintNotIncluded says what to do with such a manifest.
const HintNotIncluded = "add it to include in " + RootFile + ", or move it out of the registry"

// straySize is how much of a file is looked at. The envelope is at the beginning of a
// manifest.
const straySize = 64 << 10

// strays finds the manifests below the registry that no include names. It leaves out
// hidden folders and folders with a registry of their own.
func (l *loader) strays(ctx context.Context, included []File) ([]File, []finding.Finding, error) {
	listed := map[string]bool{}
	for _, f := range included {
		listed[f.Path] = true
	}
	var found []File
	entries := 0
	err := fs.WalkDir(l.fsys, ".", func(name string, e fs.DirEntry, err error) error {
		entries++
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == ".":
			return err
		case entries > l.limits.Entries:
			return fs.SkipAll
		case err != nil: // a folder that may not be read holds no manifest that include could name
			return fs.SkipDir
		case e.IsDir():
			return l.foreign(name)
		case !e.Type().IsRegular() || listed[name]:
			return nil
		}
		if digest, is := l.stray(name); is {
			found = append(found, File{Path: name, Digest: digest})
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("look for manifests that no include names: %w", err)
	}
	slices.SortFunc(found, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	findings := make([]finding.Finding, len(found))
	for i, f := range found {
		findings[i] = NotIncluded(f)
	}
	return found, findings, nil
}

// NotIncluded returns the finding about a manifest that no include names.
func NotIncluded(f File) finding.Finding {
	return finding.Finding{
		Rule: RuleNotIncluded, Severity: finding.Warning, File: f.Path, Line: 1, Column: 1,
		Message: "no include names this manifest, so it has no effect", Hint: HintNotIncluded,
	}
}

// foreign returns fs.SkipDir for a folder whose files do not belong to the registry.
func (l *loader) foreign(folder string) error {
	if folder == "." {
		return nil
	}
	if strings.HasPrefix(path.Base(folder), ".") {
		return fs.SkipDir
	}
	if _, err := fs.Lstat(l.fsys, path.Join(folder, RootFile)); err == nil {
		return fs.SkipDir
	}
	return nil
}

// stray reports whether a file is a manifest by its name and its envelope, and
// returns the digest of what was looked at.
func (l *loader) stray(name string) (digest [sha256.Size]byte, is bool) {
	extension := strings.ToLower(path.Ext(name))
	if extension != ".yaml" && extension != ".yml" && extension != ".json" {
		return digest, false
	}
	content, err := readBeginning(l.fsys, name)
	if err != nil || !bytes.Contains(content, []byte("roster/")) {
		return digest, false
	}
	digest = sha256.Sum256(content)
	if extension == ".json" {
		return digest, jsonManifest(content)
	}
	return digest, regexp.MustCompile(`(^|[\n\r{,])[ \t]*["']?apiVersion["']?[ \t]*:[ \t]*["']?roster/`).Match(content)
}

// jsonManifest tells manifests apart from what roster prints as JSON, which has the
// same envelope.
func jsonManifest(content []byte) bool {
	var e struct {
		APIVersion string `json:"apiVersion"`
		Kind       Kind   `json:"kind"`
	}
	return json.Unmarshal(content, &e) == nil && strings.HasPrefix(e.APIVersion, "roster/") && slices.Contains(Kinds(), e.Kind)
}

// readBeginning reads the first straySize bytes of a file.
func readBeginning(fsys fs.FS, name string) (content []byte, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	content = make([]byte, straySize)
	n, err := f.Read(content)
	if closeErr := f.Close(); closeErr != nil {
		return nil, closeErr
	}
	if n == 0 {
		return nil, err
	}
	return content[:n], nil
}
