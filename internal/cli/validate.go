// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/atomicfile"
	"github.com/appofapps/roster/report"
)

func newValidate(env *Env) *cobra.Command {
	formats := report.Reviews(mostSummary).Formats()
	var flags registryFlags
	var copies []string
	c := &cobra.Command{
		Use:   "validate [dir]",
		Short: "Check manifests, and that no node exceeds what its parents allow",
		Long: `Validate reports everything that is wrong with the registry in dir, without a network.
docs/checks.md explains every rule. With --base it also shows what a change newly
allows, to whom and through which line; the base's policy judges the change, and
--accept takes the digest of these gains. With --allow you accept dangling scopes or
shared credentials by their exact number; one more or one less is a finding again.`,
		Example: `  roster validate
  roster validate examples/shop --format sarif > roster.sarif
  roster validate --report sarif=roster.sarif --report gitlab=gl-code-quality.json
  roster validate --base origin/main
  roster validate --base origin/main --accept sha256:3f1c...
  roster validate --allow dangling-scope=12`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(flags.format, formats); err != nil {
					return err
				}
				files, err := copiesOf(copies, formats)
				if err != nil {
					return err
				}
				return validateRegistry(ctx, s, flags, files)
			})
		},
	}
	flags.add(c, formats)
	flags.addBase(c)
	c.Flags().StringArrayVar(&copies, "report", nil, "further output, as FORMAT=FILE, for example sarif=roster.sarif; may be repeated")
	c.Flags().BoolVar(&flags.notes, "notes", false, "show notes too, such as identities that several nodes share")
	return c
}

// validateRegistry reads the registry and reports the findings.
func validateRegistry(ctx context.Context, s *session, flags registryFlags, files []copyFile) error {
	if err := s.load(ctx, flags); err != nil {
		return err
	}
	options := s.textOptions()
	options.Notes = flags.notes
	if err := answer(ctx, s, options); err != nil {
		return err
	}
	if err := writeCopies(s, files, options); err != nil {
		return err
	}
	rules, overrides := s.unaccepted()
	if len(rules) == 0 {
		return nil
	}
	s.sayOverrides(overrides)
	return errFindings
}

// answer reports the findings, to the CI system as well.
func answer(ctx context.Context, s *session, options report.TextOptions) error {
	r, err := s.review(nil)
	if err != nil {
		return err
	}
	if err := report.Reviews(mostSummary).Write(s.Stdout, s.format, r, options); err != nil || !s.forCI() {
		return err
	}
	return s.tell(ctx, r, options)
}

// copyFile is another file for the report.
type copyFile struct{ format, path string }

func copiesOf(texts, formats []string) ([]copyFile, error) {
	var files []copyFile
	for _, text := range texts {
		format, path, _ := strings.Cut(text, "=")
		if path == "" || !slices.Contains(formats, format) {
			return nil, usage("--report %q is not of the form FORMAT=FILE; formats: %s", text, strings.Join(formats, ", "))
		}
		files = append(files, copyFile{format, path})
	}
	return files, nil
}

func writeCopies(s *session, files []copyFile, options report.TextOptions) error {
	options.Colour = false
	for _, f := range files {
		r, err := s.review(nil)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := report.Reviews(mostSummary).Write(&text, f.format, r, options); err != nil {
			return err
		}
		if err := atomicfile.Write(f.path, text.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}
