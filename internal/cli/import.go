// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/backstage"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newImport(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "import",
		Short: "Begin a registry from what another tool knows",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(newImportBackstage(env))
	return c
}

func newImportBackstage(env *Env) *cobra.Command {
	var domain, out string
	c := &cobra.Command{
		Use:   "backstage FILE...",
		Short: "Make manifests of the components in Backstage catalogue files",
		Long: `Backstage reads catalogue files and writes a manifest for each component: its
name, owner, lifecycle, type and repository. A catalogue does not say which
access anything needs, so the manifests begin with none; what a component says
beside that is told, and left to you. No file is overwritten.`,
		Example: `  roster import backstage catalog-info.yaml --domain orders --out registry/apps/orders`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("%s needs catalogue files: %s", c.CommandPath(), c.UseLine())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return importBackstage(env, args, domain, out) },
	}
	c.Flags().StringVar(&domain, "domain", "", "domain that the apps belong to")
	c.Flags().StringVar(&out, "out", ".", "folder to write the manifests into")
	return c
}

func importBackstage(env *Env, files []string, domain, out string) error {
	if !manifest.CheckName(domain) {
		return usage("--domain %q is not the name of a domain: %s", domain, manifest.NameRule)
	}
	manifests := map[string][]byte{}
	var findings []finding.Finding
	for _, file := range files {
		content, err := readCatalogue(file)
		if err != nil {
			return err
		}
		apps, skipped, objections := backstage.Import(file, content, domain)
		findings = append(findings, objections...)
		for _, s := range skipped {
			env.say("%s: %s left out: %s", file, s.Entity, s.Why)
		}
		for _, a := range apps {
			target := filepath.Join(out, a.Name+".yaml")
			if manifests[target] != nil {
				return usage("there are two components %s; a domain has each name once", a.Name)
			}
			manifests[target] = a.Manifest
			if len(a.Left) > 0 {
				env.say("%s: not carried over: %s", a.Name, strings.Join(a.Left, ", "))
			}
		}
	}
	if len(findings) > 0 {
		if err := report.FindingsText(env.Stderr, validate.Result{Findings: finding.Sort(findings)}, report.TextOptions{}); err != nil {
			return err
		}
		env.say("nothing was written")
		return errObjections
	}
	if err := writeNew(env, manifests); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.Stdout, "%d manifests written. Next: declare what each needs in scopes, then roster validate.\n", len(manifests))
	return err
}

// maxCatalogue is more than any catalogue file that people write.
const maxCatalogue = 4 << 20

func readCatalogue(path string) ([]byte, error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, usage("there is no file %s", path)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxCatalogue+1))
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(content) > maxCatalogue:
		return nil, usage("%s is too large for a catalogue file", path)
	}
	return content, nil
}
