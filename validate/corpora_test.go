// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/test/corpora"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
)

// expected is what a right validator objects to, computed from the registry's
// source and not by roster.
type expected struct {
	MustObject           map[string][]expectedObjection `json:"mustObject"`
	MustObjectOnAppNodes map[string][]expectedObjection `json:"mustObjectOnAppNodes"`
	Informative          struct {
		NodesWithoutVersion []string            `json:"nodesWithoutVersion"`
		Subjects            map[string][]string `json:"oidcSubjectsThatCanBecomeSeveralNodes"`
	} `json:"informative"`
}

type expectedObjection struct {
	Kind       string `json:"kind"`
	Scope      string `json:"scope"`
	Credential string `json:"credential"`
}

// TestGOVUK holds the findings in a real registry of 180 nodes against what its
// source says: nothing missing, nothing more.
func TestGOVUK(t *testing.T) {
	t.Parallel()
	dir := corpora.Dir(t, "govuk")
	var want expected
	corpora.Expected(t, filepath.Join(dir, "expected.json"), &want)
	registry, findings, err := manifest.Load(t.Context(), os.DirFS(dir), manifest.Options{Workers: 2})
	if err != nil || len(findings) > 0 {
		t.Fatalf("load: %v, %v", err, findings)
	}
	wanted := map[string]int{} // "node kind object" -> how often
	for _, list := range []map[string][]expectedObjection{want.MustObject, want.MustObjectOnAppNodes} {
		for node, objections := range list {
			for _, o := range objections {
				wanted[node+" "+rules()[o.Kind]+" "+o.Scope+o.Credential]++
			}
		}
	}
	for _, node := range want.Informative.NodesWithoutVersion {
		wanted[node+" "+validate.RuleMissingVersion+" "]++
	}
	for _, nodes := range want.Informative.Subjects {
		for _, node := range nodes {
			wanted[node+" "+validate.RuleSharedIdentity+" "]++
		}
	}
	got, counts := map[string]int{}, map[finding.Severity]int{}
	for _, f := range judge(registry) {
		got[f.Node+" "+f.Rule+" "+object(f)]++
		counts[f.Severity]++
	}
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("findings differ (-want +got):\n%s", d)
	}
	t.Logf("GOV.UK: %d nodes with apps, %d errors, %d warnings, %d notes, all expected and none more",
		len(registry.Nodes), counts[finding.Error], counts[finding.Warning], counts[finding.Note])
}

// rules translates the kinds of the expectation.
func rules() map[string]string {
	return map[string]string{
		"shared-credential":  validate.RuleSharedCredential,
		"dangling-reference": validate.RuleDanglingScope,
	}
}

// object returns the scope or the credential that a finding names first.
func object(f finding.Finding) string {
	switch f.Rule {
	case validate.RuleSharedCredential, validate.RuleDanglingScope:
		return regexp.MustCompile(`"([^"]+)"`).FindStringSubmatch(f.Message)[1]
	}
	return ""
}
