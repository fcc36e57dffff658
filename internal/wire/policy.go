// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"os"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/policycase"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/schema"
)

// PolicyTests returns a runner of the test cases in a folder.
func PolicyTests(dir string, judge func(policycase.Judgement) []finding.Finding) policycase.Runner {
	checker := schema.New()
	return policycase.Runner{
		Files:   os.DirFS(dir),
		Check:   func(d *manifest.Document) []finding.Finding { return checker.Check(d) },
		BuiltIn: policy.BuiltIn,
		Judge:   judge,
	}
}
