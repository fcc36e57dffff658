// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
)

// version returns the version of the program: that of the release, or what the Go
// tool recorded in it.
func (env *Env) version() report.Version {
	v := report.Version{
		APIVersion: manifest.APIVersion, Kind: report.VersionKind, Version: cmp.Or(env.Release, "devel"),
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || env.Release != "" {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	return v
}

func newVersion(env *Env) *cobra.Command {
	formats := report.Versions().Formats()
	var format string
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  roster version --format json",
		Args:    atMost(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			format, err := chosen(env, format, formats)
			if err != nil {
				return err
			}
			return report.Versions().Write(env.Stdout, format, env.version(), env.look())
		},
	}
	addFormat(c, &format, formats)
	return c
}
