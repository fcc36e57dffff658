// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// goldenSeeds adds every golden input.
func goldenSeeds(f *testing.F, add func(content []byte)) {
	f.Helper()
	err := filepath.WalkDir("testdata", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Ext(name) != ".yaml" {
			return err
		}
		content, err := os.ReadFile(name)
		add(content)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
}

// FuzzParse: whatever is read, findings are inside the file, and what has none
// is a document whose value survives being written as JSON, which is YAML too.
func FuzzParse(f *testing.F) {
	goldenSeeds(f, func(content []byte) { f.Add(content) })
	f.Fuzz(func(t *testing.T, source []byte) {
		doc, findings := manifest.Parse("a.yaml", source, manifest.Limits{})
		if (doc == nil) != (len(findings) > 0) {
			t.Fatalf("document %v, findings %v", doc, findings)
		}
		checkPositions(t, string(source), findings)
		if doc == nil {
			return
		}
		text, err := json.Marshal(doc.Native())
		if err != nil {
			t.Fatal(err)
		}
		again, findings := manifest.Parse("a.json", escapeDEL(text), manifest.Limits{File: 1 << 30, Scalar: 1 << 20})
		if again == nil {
			t.Fatalf("%q as JSON, %s:\n%s", source, text, lines(findings))
		}
		if !reflect.DeepEqual(again.Native(), doc.Native()) {
			t.Fatalf("%q is %v, and as JSON %v", source, doc.Native(), again.Native())
		}
	})
}

// escapeDEL writes the characters as escapes that JSON lets stand and we do not.
func escapeDEL(text []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(text) {
		hidden := r >= 0x7f && r <= 0x9f || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
		if hidden || r == '\ufeff' || r == '\ufffe' || r == '\uffff' {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.Bytes()
}

// FuzzLoad: a registry of a root and one more file is loaded with one result,
// whatever is in them, and every node has a path that leads to it.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(aRoot), []byte(anApp))
	goldenSeeds(f, func(content []byte) { f.Add([]byte(aRoot), content) })
	goldenSeeds(f, func(content []byte) { f.Add(content, []byte(environmentApp)) })
	f.Fuzz(func(t *testing.T, root, other []byte) {
		files := fstest.MapFS{
			manifest.RootFile: {Data: root}, "a.yaml": {Data: other}, "apps/checkout.yaml": {Data: other},
			"domains/orders.yaml": {Data: []byte(crowdDomain("orders"))}, "orders.yaml": {Data: []byte(crowdDomain("orders"))},
		}
		r, findings, err := manifest.Load(t.Context(), files, manifest.Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		if r == nil {
			if finding.Count(findings, finding.Error) == 0 {
				t.Fatal("neither registry nor finding")
			}
			return
		}
		for _, n := range r.Nodes {
			if r.Node(n.Path) != n || n.Domain != r.Domain(n.Domain.Meta.Name.Value) {
				t.Fatalf("node %q is not found again", n.Path)
			}
		}
		again, more, err := manifest.Load(t.Context(), files, manifest.Options{})
		if err != nil || lines(more) != lines(findings) || !reflect.DeepEqual(again, r) {
			t.Fatalf("loaded again: %v\n%swant\n%s", err, lines(more), lines(findings))
		}
	})
}

// FuzzGlob holds the matching of globs against the definition, tried in the
// simplest way.
func FuzzGlob(f *testing.F) {
	for _, glob := range []string{"*.yaml", "**/a.yaml", "a/**/b/*.yaml", "**", "a/**", "[a-c]/?.yaml", "**/**/x", "a/b", "*/**/*"} {
		f.Add(glob, "a/b/c.yaml")
		f.Add(glob, "a/a.yaml")
		f.Add(glob, "x")
	}
	f.Fuzz(func(t *testing.T, glob, name string) {
		quoted, err := json.Marshal(glob)
		if err != nil || !utf8.ValidString(glob) || !fs.ValidPath(name) || name == "." || strings.Contains(name+"/", ".git/") ||
			name == manifest.RootFile || strings.HasPrefix(name, manifest.RootFile+"/") || len(glob)+len(name) > 200 {
			return
		}
		files := withRoot("[" + string(escapeDEL(quoted)) + "]")
		files[name] = &fstest.MapFile{Data: []byte(anApp)}
		r, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r == nil || strings.Contains(lines(findings), "[include]") {
			return
		}
		want := covers(strings.Split(glob, "/"), strings.Split(name, "/"))
		if got := len(r.Files) == 2; got != want {
			t.Fatalf("%q includes %q: %v, want %v", glob, name, got, want)
		}
	})
}

func covers(pattern, name []string) bool {
	if len(pattern) == 0 || len(name) == 0 {
		return len(pattern) == 0 && len(name) == 0
	}
	if pattern[0] != "**" {
		ok, err := path.Match(pattern[0], name[0])
		return err == nil && ok && covers(pattern[1:], name[1:])
	}
	if len(pattern) > 1 && covers(pattern[1:], name) {
		return true
	}
	return covers(pattern, name[1:]) || len(pattern) == 1 && len(name) == 1
}
