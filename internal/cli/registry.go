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
	"github.com/appofapps/roster/schema"
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

func (f *registryFlags) add(c *cobra.Command, formats ...string) {
	flags := c.Flags()
	preset := formats[0]
	if slices.Contains(formats, "github") {
		preset = "that of GitHub Actions or Azure Pipelines there, else " + preset
	}
	flags.StringVar(&f.format, "format", "", "output format: "+strings.Join(formats, ", ")+" (default: "+preset+")")
	flags.StringVar(&f.at, "at", "", "day that dates are compared with, as 2026-01-31 (default: today, UTC)")
	flags.StringArrayVar(&f.allow, "allow", nil, "accept one objection, by the key that it names; may be repeated")
	flags.IntVar(&f.maxBytes, "max-bytes", manifest.DefaultLimits().Total, "largest sum of all manifests, in bytes")
	completeFormat(c, formats)
}

// completeFormat offers the output formats to the shell.
func completeFormat(c *cobra.Command, values []string) {
	// The error is for a flag that does not exist: a mistake of the line above.
	if err := c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}

// chosen returns the output format among those that the command has.
func chosen(env *Env, format string, formats []string) (string, error) {
	if format == "" {
		format = "text"
		if own := string(ci.Detect(env.Getenv)); own != string(ci.GitLab) && slices.Contains(formats, own) {
			format = own
		}
	}
	if !slices.Contains(formats, format) {
		return "", usage("--format %q is not known; allowed: %s", format, strings.Join(formats, ", "))
	}
	return format, nil
}

// opened is a registry that was read and judged.
type opened struct {
	dir      string
	allow    []string
	registry *manifest.Registry // nil when roster.yaml itself is unusable
	result   validate.Result
	config   validate.Config   // by which it was judged
	source   map[string][]byte // files that a snippet was shown of
}

// open reads and judges the registry in dir. Objections are in the result; an
// error means that there was nothing to judge.
func open(ctx context.Context, env *Env, dir string, flags registryFlags) (*opened, error) {
	at, err := day(env, flags.at)
	if err != nil {
		return nil, err
	}
	if err := refuseForeignCheckout(ctx, env, dir); err != nil {
		return nil, err
	}
	registry, findings, err := wire.Load(ctx, dir, manifest.Limits{Total: flags.maxBytes}, env.Reading)
	switch {
	case errors.Is(err, manifest.ErrNoRegistry):
		return nil, fmt.Errorf("%w: %s; begin one with roster init %s", err, dir, dir)
	case err != nil && errors.Is(err, os.ErrNotExist):
		return nil, usage("there is no folder %s", dir)
	case err != nil:
		return nil, err
	}
	o := &opened{dir: dir, allow: flags.allow, registry: registry, source: map[string][]byte{}}
	o.result = validate.Result{
		APIVersion: manifest.APIVersion, Kind: validate.Kind,
		At: at.Format(time.DateOnly), Findings: findings,
	}
	if registry != nil {
		o.result.Registry = registry.Root.Meta.Name.Value
		o.result.Nodes = len(registry.Nodes)
		config, err := flags.config(ctx, env, dir, manifest.Limits{Total: flags.maxBytes})
		if err != nil {
			return nil, err
		}
		config.At = at
		o.config = config
		judged, change := validate.Registry(registry, config)
		o.result.Findings = finding.Sort(append(withoutEchoes(findings, judged), judged...))
		o.result.Verdict = change
	}
	return o, nil
}

// withoutEchoes leaves out what a schema says of a scope that is none: the rule
// about scopes says it too, and better.
func withoutEchoes(loaded, judged []finding.Finding) []finding.Finding {
	said := map[string]bool{} // by place
	for _, f := range judged {
		if f.Rule == validate.RuleScopeSyntax {
			said[f.Position()] = true
		}
	}
	return slices.DeleteFunc(loaded, func(f finding.Finding) bool {
		return f.Rule == schema.RuleValue && said[f.Position()]
	})
}

func day(env *Env, text string) (time.Time, error) {
	if text == "" {
		return env.Now().UTC(), nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, usage("--at %q is not a day; write it as 2026-01-31", text)
	}
	return at, nil
}

// demand says what is wrong with a registry that a command cannot work on, and
// returns errObjections; nil for a registry without errors, or with none but
// those that were accepted.
func (o *opened) demand(env *Env) error {
	rules, overrides := validate.Open(o.result.Findings, o.allow)
	if len(rules) == 0 {
		return nil
	}
	if err := report.FindingsText(env.Stderr, o.result, o.textOptions(env)); err != nil {
		return err
	}
	env.say("the registry has errors; nothing was done")
	sayOverrides(env, overrides)
	return errObjections
}

// sayOverrides names the flags that accept what is wrong, if there are such.
func sayOverrides(env *Env, overrides []string) {
	if len(overrides) == 0 {
		return
	}
	env.say("to go on all the same: --allow %s", strings.Join(overrides, " --allow "))
}

func (o *opened) textOptions(env *Env) report.TextOptions {
	return report.TextOptions{Colour: colour(env), Lines: o.line, Base: base(env, o.dir)}
}

// base returns how the reader of a report sees the registry's folder: from the
// repository's root in GitHub Actions, which is what annotations and code
// scanning go by, and otherwise as it was given. It is "" for the folder itself
// and for one that is elsewhere.
func base(env *Env, dir string) string {
	if workspace := env.Getenv("GITHUB_WORKSPACE"); workspace != "" {
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

// line returns a line of a manifest for a snippet, "" when it cannot be had.
func (o *opened) line(file string, line int) string {
	source, known := o.source[file]
	if !known {
		source, _ = os.ReadFile(filepath.Join(o.dir, filepath.FromSlash(file)))
		o.source[file] = source
	}
	for i := 1; i < line; i++ {
		_, source, _ = bytes.Cut(source, []byte{'\n'})
	}
	text, _, _ := bytes.Cut(source, []byte{'\n'})
	return strings.TrimSuffix(string(text), "\r")
}

// colour reports whether text may be coloured: on a terminal, unless NO_COLOR
// is set (no-color.org).
func colour(env *Env) bool { return env.Terminal && env.Getenv("NO_COLOR") == "" }
