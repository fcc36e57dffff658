// SPDX-License-Identifier: Apache-2.0

package report

// VersionKind is the kind of the JSON form of a version.
const VersionKind = "Version"

// Version is what roster says of itself.
type Version struct {
	APIVersion string `json:"apiVersion"` // manifest.APIVersion
	Kind       string `json:"kind"`       // VersionKind
	Version    string `json:"version"`
	Commit     string `json:"commit,omitempty"`
	Go         string `json:"go"`
	Platform   string `json:"platform"`
}

// Versions writes a version.
func Versions() Result[Version] {
	return Result[Version]{asText(plainly(func(p *page, v Version) {
		p.line("roster %s %s %s", v.Version, v.Go, v.Platform)
	})), asJSON(itself[Version])}
}
