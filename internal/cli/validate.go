// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/atomicfile"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newValidate(env *Env) *cobra.Command {
	formats := []string{"text", "json", "sarif", "github", "azure", "gitlab", "markdown"}
	var flags registryFlags
	var copies []string
	c := &cobra.Command{
		Use:   "validate [dir]",
		Short: "Are the manifests right, and does nobody hold more than handed down?",
		Long: `Validate reads the registry in dir and objects to everything that is wrong with
it: form, tree, scopes beyond what ancestors hand down, scopes that nobody
provides, credentials that two nodes share. Nothing is written and no network is
used. docs/checks.md explains every rule.

With --base it also compares with a git revision and says what the change newly
allows: to whom, with one example, and through which line. The policy of that
revision judges the change, whatever the change does to policy. Nothing is
checked out.

Debts that no node gains access by can be accepted with --allow, and so can what
a change newly allows, by their exact number: the command then fails when there
is one more, or one less.`,
		Example: `  roster validate
  roster validate examples/shop --format sarif > roster.sarif
  roster validate --report sarif=roster.sarif --report gitlab=gl-code-quality.json
  roster validate --base origin/main
  roster validate --base origin/main --allow new-access=1
  roster validate --allow dangling-scope=12`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			files, err := copiesOf(copies, formats)
			if err != nil {
				return err
			}
			o, err := open(c.Context(), env, folder(args), flags)
			if err != nil {
				return err
			}
			options := o.textOptions(env)
			options.Notes = flags.notes
			if err := o.answer(c.Context(), env, format, options); err != nil {
				return err
			}
			if err := o.writeCopies(env, files, options); err != nil {
				return err
			}
			rules, overrides := validate.Open(o.result.Findings, flags.allow)
			if len(rules) == 0 {
				return nil
			}
			sayOverrides(env, overrides)
			return errObjections
		},
	}
	flags.add(c, formats...)
	flags.addBase(c)
	c.Flags().StringArrayVar(&copies, "report", nil, "write the answer to a file as well, as FORMAT=FILE; may be repeated")
	c.Flags().BoolVar(&flags.notes, "notes", false, "show notes too, such as identities that several nodes share")
	return c
}

// answer writes what was found, and gives it to the CI system that asks.
func (o *opened) answer(ctx context.Context, env *Env, format string, options report.TextOptions) error {
	r, err := o.review(env, nil)
	if err != nil {
		return err
	}
	if err := writeReview(env.Stdout, format, r, options); err != nil || !forCI(env, format) {
		return err
	}
	return tell(ctx, env, o, r, options)
}

// writeReview writes a review in a format of validate.
func writeReview(w io.Writer, format string, r report.Review, options report.TextOptions) error {
	if format == "markdown" {
		return report.MarkdownReview(w, r, options, mostSummary)
	}
	return report.Findings(w, format, r.Result, options)
}

// A copyFile is a file that the answer is written to as well.
type copyFile struct{ format, path string }

func copiesOf(texts, formats []string) ([]copyFile, error) {
	var files []copyFile
	for _, text := range texts {
		format, path, _ := strings.Cut(text, "=")
		if path == "" || !slices.Contains(formats, format) {
			return nil, usage("--report %q is not FORMAT=FILE with one of the formats %s", text, strings.Join(formats, ", "))
		}
		files = append(files, copyFile{format, path})
	}
	return files, nil
}

func (o *opened) writeCopies(env *Env, files []copyFile, options report.TextOptions) error {
	options.Colour = false
	for _, f := range files {
		r, err := o.review(env, nil)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := writeReview(&text, f.format, r, options); err != nil {
			return err
		}
		if err := atomicfile.Write(f.path, text.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}
