// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"text/template"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/wire"
)

// pipelines are the files that init --ci writes, by CI system.
//
//go:embed all:pipelines
var pipelines embed.FS

// pipeline has the values for the files of a CI system.
type pipeline struct {
	Directory string // of the registry, from the repository's root
	Store     string
	Commit    string // of roster, that GitHub's workflows pin
	Key       string // that signs snapshots; "" for none
}

// plainWord is a word without a special meaning in YAML and in a shell.
func plainWord() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./:@-]*$`) }

// files returns the files of a CI system by path below the repository's root.
func (p pipeline) files(system string) (map[string][]byte, error) {
	switch system {
	case string(ci.GitHub), string(ci.Azure), string(ci.GitLab):
	default:
		return nil, usage("--ci %q is unknown; allowed: azure, github, gitlab", system)
	}
	for _, word := range []struct{ flag, value string }{{"the folder", p.Directory}, {"--store", p.Store}, {"--pin", p.Commit}, {"--sign-with", p.Key}} {
		if word.value != "" && !plainWord().MatchString(word.value) {
			return nil, usage("%s %q is not allowed in a pipeline; allowed: letters, digits and _./:@-", word.flag, word.value)
		}
	}
	root, files := path.Join("pipelines", system), map[string][]byte{}
	err := fs.WalkDir(pipelines, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := pipelines.ReadFile(name)
		if err != nil {
			return err
		}
		t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Parse(string(text))
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := t.Execute(&b, p); err != nil {
			return err
		}
		target, err := filepath.Rel(filepath.FromSlash(root), filepath.FromSlash(name))
		files[target] = b.Bytes()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("write pipeline: %w", err)
	}
	return files, nil
}

// pipelineFlags are those of init --ci.
type pipelineFlags struct{ system, store, commit, key string }

// placeholderCommit is what the user has to replace by a commit.
const placeholderCommit = "COMMIT"

func (f pipelineFlags) pipeline(dir string) pipeline {
	p := pipeline{Directory: filepath.ToSlash(dir), Store: f.store, Commit: f.commit, Key: f.key}
	if p.Store == "" {
		p.Store = wire.PlaceholderStore
	}
	if p.Commit == "" {
		p.Commit = placeholderCommit
	}
	return p
}

// next prints the remaining steps.
func (f pipelineFlags) next(env *Env, dir string) error {
	lines := []string{}
	if f.commit == "" && f.system == string(ci.GitHub) {
		lines = append(lines, "replace "+placeholderCommit+" with the commit of a release of appofapps/roster")
	}
	if f.store == "" {
		lines = append(lines, "replace ACCOUNT with the name of your account")
	}
	lines = append(lines, "run roster store init "+dir+" to create what the store needs; it prints a command for each step you lack rights for")
	if f.key != "" {
		lines = append(lines, "run roster snapshot key "+dir+" --sign-with "+f.key+" and add its output to spec.snapshotKeys of the Root")
	}
	if _, err := fmt.Fprintf(env.Stdout, "Pipeline written. Next:\n\n"); err != nil {
		return err
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(env.Stdout, "  %s\n", line); err != nil {
			return err
		}
	}
	return nil
}
