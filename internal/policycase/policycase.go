// SPDX-License-Identifier: Apache-2.0

// Package policycase runs the test cases of policy templates. Start with
// Runner.Run. A case has a registry before and after a change, and the findings
// that are expected for it. It is one file in the txtar format
// (golang.org/x/tools/txtar), beside the template that it tests:
//
//	A checkout may not read a key vault.
//
//	change: {"author": "user:ada"}
//	want: policy-must-never orders/checkout
//	want: new-access orders/checkout keyvault/orders/db:get
//	-- both/apps/orders.yaml --
//	...
//	-- base/apps/checkout.yaml --
//	...
//	-- head/apps/checkout.yaml --
//	...
//
// Files below both/ belong to base and head. Without files below base/, head is
// judged without a base. Every policy template (*.yaml) beside the case is added to
// base and head, below policies/. A side without roster.yaml gets one that includes
// everything and names all of these templates, and those of a line "policies: NAME
// ...".
//
// A case passes if the findings equal the expected ones: every error and, for a
// change, everything that it newly allows. A line "want: RULE NODE TEXT" matches a
// finding of the rule about the node (or the file, for a finding without a node)
// whose message contains the text. NODE and TEXT are optional.
package policycase

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
)

// Suffix is the suffix of the names of case files.
const Suffix = ".case.txtar"

// Kind is the kind of a Result in JSON.
const Kind = "PolicyTestResult"

// A Result is the result of a run.
type Result struct {
	APIVersion string     `json:"apiVersion"` // manifest.APIVersion
	Kind       string     `json:"kind"`       // Kind
	Cases      []Case     `json:"cases"`
	Coverage   []Coverage `json:"coverage"` // of every template that judged a node, by name
}

// A Case is one case and its result.
type Case struct {
	File    string   `json:"file"`
	Problem string   `json:"problem,omitempty"` // why it did not run
	Missing []string `json:"missing"`           // expected and not found
	Extra   []string `json:"extra"`             // found and not expected
}

// Passed reports whether the findings equal the expected ones.
func (c Case) Passed() bool { return c.Problem == "" && len(c.Missing)+len(c.Extra) == 0 }

// Coverage is the share of a template's rules that have a finding in some case.
type Coverage struct {
	Template string   `json:"template"`
	Seen     int      `json:"seen"`
	Unseen   []string `json:"unseen"` // rules without a finding in any case
}

// Passed reports whether every case passed.
func (r *Result) Passed() bool {
	return !slices.ContainsFunc(r.Cases, func(c Case) bool { return !c.Passed() })
}

// Percent returns the percentage of rules that have a finding in some case, 100 for
// a result without rules.
func (r *Result) Percent() int {
	seen, all := 0, 0
	for _, c := range r.Coverage {
		seen, all = seen+c.Seen, all+c.Seen+len(c.Unseen)
	}
	if all == 0 {
		return 100
	}
	return 100 * seen / all
}

// A Runner runs cases.
type Runner struct {
	Files   fs.FS                                      // folder of the templates and cases
	Check   func(*manifest.Document) []finding.Finding // checks a document against its schema
	BuiltIn func() []*manifest.PolicyTemplate
	Judge   func(Judgement) []finding.Finding // returns the findings of validate
}

// A Judgement is one registry to judge, alone or as a change of a base.
type Judgement struct {
	Head         *manifest.Registry
	Base         *manifest.Registry // nil to judge the registry alone
	BaseFindings []finding.Finding  // findings of loading the base
	Change       policy.Change
	Judged       func(*policy.Template, []policy.Objection) // called after every judgement of a template
}

// Run runs every case whose file matches the filter, in the order of the files.
// Errors: those of reading Files, and of ctx.
func (r Runner) Run(ctx context.Context, filter func(file string) bool) (*Result, error) {
	result := &Result{APIVersion: manifest.APIVersion, Kind: Kind, Cases: []Case{}, Coverage: []Coverage{}}
	seen := map[string]map[string]bool{} // by template and rule: has it had a finding
	err := fs.WalkDir(r.Files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, Suffix) || !filter(file) {
			return err
		}
		c, err := r.run(ctx, file, seen)
		if err != nil {
			return err
		}
		result.Cases = append(result.Cases, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("run cases: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		c := Coverage{Template: name, Unseen: []string{}}
		for _, rule := range slices.Sorted(maps.Keys(seen[name])) {
			if seen[name][rule] {
				c.Seen++
			} else {
				c.Unseen = append(c.Unseen, rule)
			}
		}
		result.Coverage = append(result.Coverage, c)
	}
	return result, nil
}

// run runs one case. A mistake in the case becomes its Problem. Errors: those of
// reading the case.
func (r Runner) run(ctx context.Context, file string, seen map[string]map[string]bool) (Case, error) {
	c := Case{File: file}
	text, err := fs.ReadFile(r.Files, file)
	if err != nil {
		return c, fmt.Errorf("read case: %w", err)
	}
	if c.Missing, c.Extra, err = r.attempt(ctx, file, text, seen); err != nil {
		c.Missing, c.Extra, c.Problem = []string{}, []string{}, err.Error()
	}
	return c, nil
}

// attempt returns the missing and the extra findings of a case. Errors: mistakes in
// the case.
func (r Runner) attempt(ctx context.Context, file string, text []byte, seen map[string]map[string]bool) (missing, extra []string, err error) {
	script, err := r.parse(file, text)
	if err != nil {
		return nil, nil, err
	}
	said, err := r.judge(ctx, script, seen)
	if err != nil {
		return nil, nil, err
	}
	missing, extra = script.compare(said)
	return missing, extra, nil
}
