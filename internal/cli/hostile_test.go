// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/appofapps/roster/internal/test/corpora"
	"github.com/appofapps/roster/internal/test/readers"
	"github.com/appofapps/roster/internal/wire"

	"go.yaml.in/yaml/v3"

	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/schema"
	"github.com/appofapps/roster/sync"
	"github.com/appofapps/roster/validate"
)

// naughty returns all strings that no output may obey.
func naughty(t testing.TB) []string {
	t.Helper()
	list := slices.Concat(readers.Hostile(), readers.Smuggled(), corpora.Naughty(t))
	slices.Sort(list)
	return slices.Compact(list)
}

// everyField returns a registry that has every field of every kind. The base
// lacks what the head newly allows.
func everyField(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, kind := range manifest.Kinds() {
		name := strings.ToLower(string(kind))
		text, err := os.ReadFile("../../schema/testdata/ok/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if kind == manifest.KindRoot {
			files[manifest.RootFile] = &fstest.MapFile{Data: bytes.Replace(text, []byte(`["domains/*.yaml", "apps/**/app.yaml"]`), []byte(`["*.yaml"]`), 1)}
			continue
		}
		files[name+".yaml"] = &fstest.MapFile{Data: text}
	}
	return files
}

// places returns everything of a document that can hold a text: keys and values.
func places(n *yaml.Node) []*yaml.Node {
	var list []*yaml.Node
	if n.Kind == yaml.ScalarNode {
		list = append(list, n)
	}
	for _, child := range n.Content {
		list = append(list, places(child)...)
	}
	return list
}

// A field is a place of a file: place -1 is its name.
type hostileField struct {
	file  string
	place int
}

func fieldsOfRegistry(t testing.TB, files fstest.MapFS) []hostileField {
	t.Helper()
	var list []hostileField
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if file != manifest.RootFile {
			list = append(list, hostileField{file, -1})
		}
		for i := range places(parsed(t, files[file].Data)) {
			list = append(list, hostileField{file, i})
		}
	}
	return list
}

func parsed(t testing.TB, text []byte) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		t.Fatal(err)
	}
	return &n
}

// spoil returns the registry with a text in a field; false if there can be no
// such file.
func spoil(t testing.TB, files fstest.MapFS, f hostileField, text string) (fstest.MapFS, bool) {
	t.Helper()
	spoilt := maps.Clone(files)
	if f.place < 0 {
		name := text + ".yaml"
		if !fs.ValidPath(name) || path.Base(name) != name || strings.Contains(name, "\x00") {
			return nil, false
		}
		delete(spoilt, f.file)
		spoilt[name] = files[f.file]
		return spoilt, true
	}
	doc := parsed(t, files[f.file].Data)
	n := places(doc)[f.place]
	n.SetString(text)
	content, err := yaml.Marshal(doc)
	if err != nil {
		return nil, false // what no YAML can hold
	}
	spoilt[f.file] = &fstest.MapFile{Data: content}
	return spoilt, true
}

// sinks writes all that roster says of a registry, compared with a base, in every
// format, as commands do.
func sinks(ctx context.Context, checker *schema.Checker, files fs.FS, base *manifest.Registry) (map[string]string, error) {
	registry, findings, err := manifest.Load(ctx, files, manifest.Options{
		Workers: 1, Check: checker.Check,
	})
	if errors.Is(err, manifest.ErrNoRegistry) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	result := validate.Result{APIVersion: manifest.APIVersion, Kind: validate.Kind, At: "2026-02-01", Findings: findings}
	review := report.Review{Run: "https://github.com/acme/registry/actions/runs/1"}
	var p *plan.Plan
	if registry != nil {
		result.Registry, result.Nodes = registry.Root.Meta.Name.Value, len(registry.Nodes)
		judged, change := validate.Registry(registry, validate.Config{Systems: wire.Systems(), At: at, Base: &validate.Base{Revision: strings.Repeat("a", 40), Registry: base}})
		result.Findings, result.Verdict = slices.Concat(findings, judged), change
		desired, err := sync.DesiredOf(registry, "")
		if err != nil {
			return nil, err
		}
		was, err := registration.SealAll(registration.All(base))
		if err != nil {
			return nil, err
		}
		if review.Changes, err = plan.Diff(was, desired.Registrations); err != nil {
			return nil, err
		}
		if p, err = plan.New(result.Registry, was, desired.Registrations, plan.Inputs{Manifest: desired.Manifest}, desired.Domains); err != nil {
			return nil, err
		}
		p.Refuse(desired.Guardrails, was, nil, nil)
	}
	review.Result, review.Plan = result, p
	out := map[string]string{}
	write := func(format, name string, f func(w io.Writer) error) {
		var b bytes.Buffer
		if e := f(&b); e != nil && err == nil {
			err = fmt.Errorf("%s: %w", name, e)
		}
		out[format+" "+name] = b.String()
	}
	options := report.TextOptions{Notes: true, Base: "registry", Lines: lineOf(files)}
	for _, format := range []string{"text", "json", "sarif", "github", "azure", "gitlab"} {
		write(format, "validate", func(w io.Writer) error { return report.Findings().Write(w, format, result, options) })
	}
	for name, most := range map[string]int{"summary": 1_000_000, "comment": 60_000} {
		write("markdown", name, func(w io.Writer) error { return report.MarkdownReview(w, review, options, most) })
	}
	if p != nil {
		for _, format := range []string{"text", "json", "github", "azure"} {
			write(format, "plan", func(w io.Writer) error { return report.Plan().Write(w, format, p, options) })
		}
		for _, format := range []string{"mermaid", "dot"} {
			write(format, "graph", func(w io.Writer) error {
				return report.Graph(report.GraphOptions{Access: true}).Write(w, format, registry, options)
			})
		}
	}
	return out, err
}

// lineOf reads a line of a manifest for a snippet.
func lineOf(files fs.FS) func(string, int) string {
	return func(file string, line int) string {
		text, err := fs.ReadFile(files, file)
		lines := strings.Split(string(text), "\n")
		if err != nil || line < 1 || line > len(lines) {
			return ""
		}
		return lines[line-1]
	}
}

// TestHostileManifests puts every string into every field of every kind, and into
// the name of every file, and reads all that roster says of the registry in every
// format as its readers do. ROSTER_P10=all takes every pair; otherwise every
// fortieth, each string and each field among them.
func TestHostileManifests(t *testing.T) {
	t.Parallel()
	files := everyField(t)
	list, fields := naughty(t), fieldsOfRegistry(t, files)
	if len(list) < 600 {
		t.Fatalf("only %d strings", len(list))
	}
	base, _, err := manifest.Load(t.Context(), files, manifest.Options{})
	if err != nil || base == nil {
		t.Fatal(err)
	}
	step := 40
	if os.Getenv("ROSTER_P10") == "all" {
		step = 1
	}
	type pair struct {
		field hostileField
		text  string
	}
	var pairs []pair
	for i, text := range list {
		for k := i % step; k < len(fields); k += step {
			pairs = append(pairs, pair{fields[k], text})
		}
	}
	const workers = 2
	readings, err := parallel.Map(t.Context(), workers, workers, func(ctx context.Context, worker int) (int, error) {
		reader, checker, n := readers.New(), schema.New(), 0
		for i := worker; i < len(pairs); i += workers {
			spoilt, possible := spoil(t, files, pairs[i].field, pairs[i].text)
			if !possible {
				continue
			}
			outputs, err := sinks(ctx, checker, spoilt, base)
			if err != nil {
				return n, fmt.Errorf("%q in %v: %w", pairs[i].text, pairs[i].field, err)
			}
			for name, out := range outputs {
				n++
				format, _, _ := strings.Cut(name, " ")
				if problem := reader.Problem(out, format, false); problem != "" {
					return n, fmt.Errorf("%q in %v, %s: %s", pairs[i].text, pairs[i].field, name, problem)
				}
			}
		}
		return n, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d strings, %d fields, %d pairs, %d outputs read", len(list), len(fields), len(pairs), readings[0]+readings[1])
}
