// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Versions of the Go programs; those of ajv and js-yaml are in package.json.
const (
	kubeconformVersion = "v0.8.0"
	conftestVersion    = "v0.71.1"
)

// The tools.
const (
	rosterName      = "roster"
	kubeconformName = "kubeconform"
	ajvName         = "ajv"
	conftestName    = "conftest"
)

func toolNames() []string { return []string{rosterName, kubeconformName, ajvName, conftestName} }

// A tool is a program that checks the manifests of a registry against schemas.
type tool struct {
	name    string
	program string
	version string
	command func(registry) []string
	flagged func(printed []byte) ([]string, error) // the files that it flags
}

// tools prepares the named tools.
func (w *workshop) tools(ctx context.Context, names []string) ([]tool, error) {
	makers := map[string]func(context.Context) (tool, error){
		rosterName: w.rosterTool, kubeconformName: w.kubeconform, ajvName: w.ajv, conftestName: w.conftest,
	}
	var tools []tool
	for _, name := range names {
		t, err := makers[name](ctx)
		if err != nil {
			return nil, err
		}
		t.name = name
		tools = append(tools, t)
	}
	return tools, nil
}

// day is the date at which the registry is judged, before the end of its agents.
const day = "2026-01-31"

func (w *workshop) rosterTool(ctx context.Context) (tool, error) {
	program := w.roster
	if program == "" {
		program = filepath.Join(w.work, "roster")
		out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "./cmd/roster").CombinedOutput()
		if err != nil {
			return tool{}, fmt.Errorf("build roster: %w\n%s", err, tail(string(out)))
		}
	}
	command := func(r registry) []string {
		args := []string{program, "validate", "--format", "json", "--at", day}
		if r.bytes > defaultMaxBytes {
			args = append(args, "--max-bytes", strconv.FormatInt(r.bytes, 10))
		}
		return append(args, r.dir)
	}
	return tool{program: program, version: "this tree", command: command, flagged: rosterFlags}, nil
}

// defaultMaxBytes is the size above which roster needs an explicit limit.
const defaultMaxBytes = 16 << 20

func rosterFlags(printed []byte) ([]string, error) {
	var result struct {
		Findings []struct{ Severity, File string }
	}
	err := json.Unmarshal(printed, &result)
	var files []string
	for _, f := range result.Findings {
		if f.Severity == "error" {
			files = append(files, f.File)
		}
	}
	return files, err
}

func (w *workshop) kubeconform(ctx context.Context) (tool, error) {
	program, err := w.goInstall(ctx, "github.com/yannh/kubeconform/cmd/kubeconform", kubeconformVersion)
	location := filepath.Join(w.schemas, "{{.ResourceKind}}.schema.json") // the kind in lower case
	command := func(r registry) []string {
		return []string{program, "-schema-location", location, "-output", "json", "-n", strconv.Itoa(processors), r.dir}
	}
	return tool{program: program, version: kubeconformVersion, command: command, flagged: kubeconformFlags}, err
}

// kubeconformFlags returns the flagged files; kubeconform lists only these.
func kubeconformFlags(printed []byte) ([]string, error) {
	var result struct {
		Resources []struct{ Filename string }
	}
	err := json.Unmarshal(printed, &result)
	var files []string
	for _, r := range result.Resources {
		files = append(files, r.Filename)
	}
	return files, err
}

func (w *workshop) ajv(ctx context.Context) (tool, error) {
	node, err := need("node")
	if err != nil {
		return tool{}, err
	}
	if err := w.npmInstall(ctx); err != nil {
		return tool{}, err
	}
	version, err := w.npmVersions()
	command := func(r registry) []string {
		return []string{node, filepath.Join(w.bench, "ajv.mjs"), w.schemas, r.dir}
	}
	return tool{program: node, version: version, command: command, flagged: ajvFlags}, err
}

// npmInstall installs the packages of package-lock.json, unless they are installed
// and the lock has not changed since.
func (w *workshop) npmInstall(ctx context.Context) error {
	lock, err := os.Stat(filepath.Join(w.bench, "package-lock.json"))
	if err != nil {
		return fmt.Errorf("install ajv: %w", err)
	}
	installed, err := os.Stat(filepath.Join(w.bench, "node_modules", ".package-lock.json"))
	if err == nil && !installed.ModTime().Before(lock.ModTime()) {
		return nil
	}
	npm, err := need("npm")
	if err != nil {
		return err
	}
	return w.fetch(ctx, w.bench, nil, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
}

// npmVersions returns the versions of the pinned packages, such as "8.20.0, js-yaml
// 4.3.2".
func (w *workshop) npmVersions() (string, error) {
	text, err := os.ReadFile(filepath.Join(w.bench, "package.json"))
	if err != nil {
		return "", fmt.Errorf("read versions: %w", err)
	}
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return "", fmt.Errorf("read versions: %w", err)
	}
	return manifest.Dependencies["ajv"] + ", js-yaml " + manifest.Dependencies["js-yaml"], nil
}

func ajvFlags(printed []byte) ([]string, error) {
	var result []struct{ File string }
	err := json.Unmarshal(printed, &result)
	var files []string
	for _, r := range result {
		files = append(files, r.File)
	}
	return files, err
}

func (w *workshop) conftest(ctx context.Context) (tool, error) {
	data := filepath.Join(w.work, "schemas.json")
	if err := w.writeSchemaData(data); err != nil {
		return tool{}, err
	}
	program, err := w.goInstall(ctx, "github.com/open-policy-agent/conftest", conftestVersion)
	policy := filepath.Join(w.bench, "policy")
	command := func(r registry) []string {
		return []string{program, "test", "--output", "json", "--no-color", "--policy", policy, "--data", data, r.dir}
	}
	return tool{program: program, version: conftestVersion, command: command, flagged: conftestFlags}, err
}

// writeSchemaData writes the schemas as data for Rego: {"schemas": {kind: schema}}.
func (w *workshop) writeSchemaData(path string) error {
	const suffix = ".schema.json"
	names, err := filepath.Glob(filepath.Join(w.schemas, "*"+suffix))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("%w: no *%s in %s", errUsage, suffix, w.schemas)
	}
	schemas := map[string]json.RawMessage{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read schema: %w", err)
		}
		schemas[strings.TrimSuffix(filepath.Base(name), suffix)] = text
	}
	text, err := json.Marshal(map[string]any{"schemas": schemas})
	if err != nil {
		return fmt.Errorf("join schemas: %w", err)
	}
	return os.WriteFile(path, text, 0o600)
}

func conftestFlags(printed []byte) ([]string, error) {
	var result []struct {
		Filename string
		Failures []any
	}
	err := json.Unmarshal(printed, &result)
	var files []string
	for _, r := range result {
		if len(r.Failures) > 0 {
			files = append(files, r.Filename)
		}
	}
	return files, err
}
