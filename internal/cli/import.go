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
	return parent(&cobra.Command{
		Use:     "import",
		Short:   "Create manifests from the catalogue of another tool",
		Long:    `Import creates the manifests of a domain from what another tool knows of its apps.`,
		Example: `  roster import backstage catalog-info.yaml --domain orders --out registry/apps/orders`,
	}, newImportBackstage(env))
}

func newImportBackstage(env *Env) *cobra.Command {
	var domain, out string
	c := &cobra.Command{
		Use:   "backstage FILE...",
		Short: "Create manifests from Backstage catalogue files",
		Long: `Backstage creates a manifest for each component: its name, owner, lifecycle, type
and repository. A catalogue does not say which access a component needs, so the
manifests start without scopes. Roster names what it does not import, and
overwrites no file. An entity that cannot be read does not keep the others.`,
		Example: `  roster import backstage catalog-info.yaml --domain orders --out registry/apps/orders`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("%s needs at least one catalogue file. Usage: %s", c.CommandPath(), c.UseLine())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return importBackstage(env, args, domain, out) },
	}
	c.Flags().StringVar(&domain, "domain", "", "domain of the apps, for example orders (required)")
	c.Flags().StringVar(&out, "out", ".", "folder of the manifests, for example registry/apps/orders")
	return c
}

func importBackstage(env *Env, files []string, domain, out string) error {
	if !manifest.CheckName(domain) {
		return usage("--domain %q is not a valid name: %s", domain, manifest.NameRule)
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
			env.say("%s: skipped %s: %s", file, s.Entity, s.Why)
		}
		for _, a := range apps {
			target := filepath.Join(out, a.Name+".yaml")
			if manifests[target] != nil {
				return usage("two components are named %q; names are unique in a domain", a.Name)
			}
			manifests[target] = a.Manifest
			if len(a.Left) > 0 {
				env.say("%s: not imported: %s", a.Name, strings.Join(a.Left, ", "))
			}
		}
	}
	if len(findings) > 0 {
		if err := report.FindingsText(env.Stderr, validate.Result{Findings: finding.Sort(findings)}, report.TextOptions{}); err != nil {
			return err
		}
	}
	return writeImported(env, manifests, len(findings) > 0)
}

// writeImported writes the manifests. incomplete says that an entity could not be read.
func writeImported(env *Env, manifests map[string][]byte, incomplete bool) error {
	if incomplete && len(manifests) == 0 {
		env.say("nothing was written")
		return errFindings
	}
	if err := writeNew(env, manifests); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.Stdout, "%s written. Next: add the scopes that each app needs, then run roster validate.\n", report.Count(len(manifests), "manifest"))
	if err == nil && incomplete {
		return errFindings
	}
	return err
}

// maxCatalogue is more than any catalogue file that people write.
const maxCatalogue = 4 << 20

func readCatalogue(path string) ([]byte, error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, usage("no file %q", path)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxCatalogue+1))
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(content) > maxCatalogue:
		return nil, usage("%q is too large for a catalogue file", path)
	}
	return content, nil
}
