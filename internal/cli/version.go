// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
)

// versionInfo is what roster says about itself.
type versionInfo struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Version    string `json:"version"`
	Commit     string `json:"commit,omitempty"`
	Go         string `json:"go"`
	Platform   string `json:"platform"`
}

// version is what the program is: a release, or what the Go tool stamped into
// it.
func (env *Env) version() versionInfo {
	v := versionInfo{
		APIVersion: manifest.APIVersion, Kind: "Version", Version: cmp.Or(env.Release, "devel"),
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
	formats := []string{"text", "json"}
	var format string
	c := &cobra.Command{
		Use:     "version",
		Short:   "Show which roster this is",
		Example: "  roster version --format json",
		Args:    atMost(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			format, err := chosen(env, format, formats)
			if err != nil {
				return err
			}
			v := env.version()
			if format == "json" {
				return report.JSON(env.Stdout, v)
			}
			_, err = fmt.Fprintf(env.Stdout, "roster %s %s %s\n", v.Version, v.Go, v.Platform)
			return err
		},
	}
	c.Flags().StringVar(&format, "format", "text", "output format: text, json")
	completeFormat(c, formats)
	return c
}
