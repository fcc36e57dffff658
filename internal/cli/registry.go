// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

// registryFlags are the flags of every command that reads a registry.
type registryFlags struct {
	format   string
	at       string
	allow    []string
	maxBytes int
	notes    bool
	baseFlags
}

func (f *registryFlags) add(c *cobra.Command, formats []string) {
	flags := c.Flags()
	addFormat(c, &f.format, formats)
	flags.StringVar(&f.at, "at", "", "day to compare dates with, for example 2026-01-31 (default: today, UTC)")
	flags.StringArrayVar(&f.allow, "allow", nil, "override that accepts findings, as printed with them, for example dangling-scope=6; may be repeated")
	flags.IntVar(&f.maxBytes, "max-bytes", manifest.DefaultLimits().Total, "largest total size of the manifests, in bytes")
}

// addFormat adds --format with the formats of a result, the default first.
func addFormat(c *cobra.Command, format *string, formats []string) {
	preset := formats[0]
	if slices.Contains(formats, string(ci.GitHub)) {
		preset = "github or azure in their pipelines, else " + preset
	}
	c.Flags().StringVar(format, "format", "", "output format: "+strings.Join(formats, ", ")+" (default: "+preset+")")
	complete(c, "format", formats)
}

// complete offers the values of a flag to the shell.
func complete(c *cobra.Command, flag string, values []string) {
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag does not exist: a mistake of the caller
	}
}

// judged is a registry that was read and judged.
type judged struct {
	allow    []string
	accept   []string           // digests of gains
	maxBytes int                // of all manifests
	registry *manifest.Registry // nil when roster.yaml itself is unusable
	result   validate.Result
	config   validate.Config   // that it was judged with
	source   map[string][]byte // files that a snippet was shown of
}

// load reads and judges the registry. The findings are in the result; an error means
// that there was nothing to judge.
func (s *session) load(ctx context.Context, flags registryFlags) error {
	at, err := day(s.Env, flags.at)
	if err != nil {
		return err
	}
	if err := refuseForeignCheckout(ctx, s.Env, s.dir); err != nil {
		return err
	}
	limits := manifest.Limits{Total: flags.maxBytes}
	registry, findings, err := wire.Load(ctx, s.dir, limits, s.Reading)
	switch {
	case errors.Is(err, manifest.ErrNoRegistry):
		return fmt.Errorf("%w: %s; create one with roster init %s", err, s.dir, s.dir)
	case err != nil && errors.Is(err, os.ErrNotExist):
		return usage("no folder %q", s.dir)
	case err != nil:
		return err
	}
	s.judged = judged{allow: flags.allow, accept: flags.accept, registry: registry, source: map[string][]byte{}, result: validate.Result{
		APIVersion: manifest.APIVersion, Kind: validate.Kind,
		At: at.Format(time.DateOnly), Findings: findings,
	}}
	if registry == nil {
		return nil
	}
	s.maxBytes = flags.maxBytes
	if err := s.demandWhole(ctx); err != nil {
		return err
	}
	s.result.Registry = registry.Root.Meta.Name.Value
	s.result.Nodes = len(registry.Nodes)
	if s.config, err = flags.config(ctx, s.Env, s.dir, limits); err != nil {
		return err
	}
	s.config.At = at
	if s.config.Folder, err = filepath.Abs(s.dir); err != nil {
		return fmt.Errorf("find the registry's folder: %w", err)
	}
	found, change := validate.Registry(registry, s.config)
	s.result.Findings = validate.Merge(findings, found)
	s.result.Verdict = change
	if base := s.config.Base; base != nil {
		s.result.Base = &validate.Compared{Commit: base.Revision, Date: base.Date, Ahead: base.Ahead, Behind: base.Behind}
	}
	s.result.Findings = finding.Sort(append(s.result.Findings, validate.Idle(s.result, s.accepted())...))
	return nil
}

// loadValid reads the registry and demands that it is valid.
func (s *session) loadValid(ctx context.Context, flags registryFlags) error {
	if err := s.load(ctx, flags); err != nil {
		return err
	}
	return s.demand()
}

func day(env *Env, text string) (time.Time, error) {
	if text == "" {
		return env.Now().UTC(), nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, usage("--at %q is not a day; write for example 2026-01-31", text)
	}
	return at, nil
}

// loadTree reads the registry and demands a readable root. Other findings are
// allowed.
func (s *session) loadTree(ctx context.Context, flags registryFlags) error {
	if err := s.load(ctx, flags); err != nil || s.registry != nil {
		return err
	}
	return s.demand()
}

// demand prints the findings and returns errFindings if the registry has errors that
// were not accepted. Otherwise it returns nil.
func (s *session) demand() error {
	rules, overrides := s.unaccepted()
	if len(rules) == 0 {
		return nil
	}
	if err := report.FindingsText(s.Stderr, s.result, s.textOptions()); err != nil {
		return err
	}
	s.say("the registry has errors, so nothing was done")
	s.sayOverrides(overrides)
	return errFindings
}

// sayOverrides names the flags that accept the findings, if any.
func (env *Env) sayOverrides(overrides []string) {
	if len(overrides) == 0 {
		return
	}
	env.say("to accept these findings: %s", strings.Join(overrides, " "))
}

// textOptions returns how text looks that shows places in manifests.
func (s *session) textOptions() report.TextOptions {
	return report.TextOptions{Colour: s.colour(), Lines: s.line, Base: base(s.Env, s.dir)}
}

// accepted returns what the user accepts.
func (j *judged) accepted() validate.Accepted {
	return validate.Accepted{Allow: j.allow, Gains: j.accept}
}

// unaccepted returns the rules that are broken and were not accepted, and the
// overrides that would accept them.
func (j *judged) unaccepted() (rules, overrides []string) {
	return validate.Open(j.result, j.accepted())
}

// base returns the registry's folder for the reader of a report: below the repository's
// root in GitHub Actions, as annotations and code scanning need it, and otherwise as it
// was given. It is "" for the current folder and for one outside of it.
func base(env *Env, dir string) string {
	if workspace := ci.Workspace(env.Getenv); workspace != "" {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return ""
		}
		if dir, err = filepath.Rel(workspace, absolute); err != nil {
			return ""
		}
	}
	dir = filepath.Clean(dir)
	if dir == "." || !filepath.IsLocal(dir) {
		return ""
	}
	return filepath.ToSlash(dir)
}

// line returns a line of a manifest for a snippet, "" if it cannot be read.
func (s *session) line(file string, line int) string {
	source, known := s.source[file]
	if !known {
		source, _ = os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(file)))
		s.source[file] = source
	}
	for i := 1; i < line; i++ {
		_, source, _ = bytes.Cut(source, []byte{'\n'})
	}
	text, _, _ := bytes.Cut(source, []byte{'\n'})
	return strings.TrimSuffix(string(text), "\r")
}
