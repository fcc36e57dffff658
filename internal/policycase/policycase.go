// SPDX-License-Identifier: Apache-2.0

// Package policycase runs the test cases of policy templates: a registry before
// and after a change, and what is to be said of it. A case is one file in the
// txtar format (golang.org/x/tools/txtar), beside the template that it tests:
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
// Files below both are on both sides. Without any below base, head is judged by
// itself. Every *.yaml beside the case that is a policy template is there on
// both sides, below policies. Where a side has no roster.yaml it gets one that
// includes everything and is bound by all of these templates, and by those that
// a line "policies: NAME ..." names.
//
// All that is said and wanted has to agree: every error and, of a change, all
// that it newly allows. A line "want: RULE NODE TEXT" is met by a finding of the
// rule about the node (or of the file, where no node is concerned) that has the
// text in its message; NODE and TEXT may be left out.
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

// Suffix is how the names of case files end.
const Suffix = ".case.txtar"

// Kind is the kind of a result's JSON form.
const Kind = "PolicyTestResult"

// A Result is the answer of a run.
type Result struct {
	APIVersion string     `json:"apiVersion"` // manifest.APIVersion
	Kind       string     `json:"kind"`       // Kind
	Cases      []Case     `json:"cases"`
	Coverage   []Coverage `json:"coverage"` // of every template that judged something, by name
}

// A Case is one case and how it went.
type Case struct {
	File    string   `json:"file"`
	Problem string   `json:"problem,omitempty"` // why it could not be run
	Missing []string `json:"missing"`           // what was wanted and not said
	Extra   []string `json:"extra"`             // what was said and not wanted
}

// Passed reports whether the case went as it should.
func (c Case) Passed() bool { return c.Problem == "" && len(c.Missing)+len(c.Extra) == 0 }

// Coverage says which rules of a template some case has seen to object.
type Coverage struct {
	Template string   `json:"template"`
	Seen     int      `json:"seen"`
	Unseen   []string `json:"unseen"` // rules that no case makes object
}

// Passed reports whether every case went as it should.
func (r *Result) Passed() bool {
	return !slices.ContainsFunc(r.Cases, func(c Case) bool { return !c.Passed() })
}

// Percent returns the share of rules that some case has seen to object, 100 if
// there are none.
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
	Files   fs.FS                                      // where templates and cases are
	Check   func(*manifest.Document) []finding.Finding // the schemas' check
	BuiltIn func() []*manifest.PolicyTemplate
	Judge   func(Judgement) []finding.Finding // what validate says
}

// A Judgement is one registry to be judged, by itself or as a change of a base.
type Judgement struct {
	Head         *manifest.Registry
	Base         *manifest.Registry // nil: there is none
	BaseFindings []finding.Finding  // what loading it found
	Change       policy.Change
	Judged       func(*policy.Template, []policy.Objection) // to be told of every judgement of a template
}

// Run runs every case below a folder that the filter lets pass, in the order of
// their files.
func (r Runner) Run(ctx context.Context, filter func(file string) bool) (*Result, error) {
	result := &Result{APIVersion: manifest.APIVersion, Kind: Kind, Cases: []Case{}, Coverage: []Coverage{}}
	seen := map[string]map[string]bool{} // by template and rule: did it object
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

// run runs one case. What is wrong with the case itself is its problem; an error
// is one of reading.
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

// attempt returns what a case misses and what it has too much; an error is one
// of the case itself.
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
