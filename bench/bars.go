// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
)

// barSize is the number of manifests to which the bars apply.
const barSize = 10_000

// A bar is one promise about speed, and the measured value.
type bar struct {
	Name     string   `json:"name"`
	Unit     string   `json:"unit"`
	Limit    float64  `json:"limit"`
	Measured *float64 `json:"measured"` // nil: not measured in this run
}

func (b bar) missed() bool { return b.Measured != nil && *b.Measured > b.Limit }

func (b bar) row() string {
	switch limit := fmt.Sprintf("%.4g%s", b.Limit, b.Unit); {
	case b.Measured == nil:
		return fmt.Sprintf("| %s | - | %s | not measured |\n", b.Name, limit)
	case b.missed():
		return fmt.Sprintf("| %s | %.2f%s | %s | **miss** |\n", b.Name, *b.Measured, b.Unit, limit)
	default:
		return fmt.Sprintf("| %s | %.2f%s | %s | pass |\n", b.Name, *b.Measured, b.Unit, limit)
	}
}

// judge compares a result with the bars.
func judge(l limits, r *result) []bar {
	var at sizeResult
	if i := slices.IndexFunc(r.Sizes, func(s sizeResult) bool { return s.N == barSize }); i >= 0 {
		at = r.Sizes[i]
	}
	bars := []bar{
		at.shareBar("CPU against kubeconform", kubeconformName, cpu, l.cpuKubeconform),
		at.shareBar("CPU against conftest", conftestName, cpu, l.cpuConftest),
		at.shareBar("CPU against ajv", ajvName, cpu, l.cpuAjv),
		at.shareBar("wall against ajv", ajvName, wall, l.wallAjv),
		{Name: "peak memory", Unit: " MiB", Limit: l.peakMiB},
		{Name: "CPU of roster version", Unit: " ms", Limit: l.startMs},
	}
	if runs := at.tool(rosterName); runs != nil {
		bars[4].Measured = new(summarise(runs, mib).median)
	}
	if r.Start != nil {
		bars[5].Measured = new(summarise(r.Start, cpu).median * 1000)
	}
	return bars
}

func (s sizeResult) shareBar(name, other string, of metric, limit float64) bar {
	b := bar{Name: name, Unit: "x", Limit: limit}
	if share, both := s.share(other, of); both {
		b.Measured = &share
	}
	return b
}
