// SPDX-License-Identifier: Apache-2.0

// Package schema holds the JSON Schemas of the kinds, published below v1 for
// editors and other tools, and checks documents against them. Start with
// New; NewFragment compiles the schema of a policy template.
//
// The schemas are embedded and refer to nothing outside themselves. The package
// gives them to the library without references, so the library can neither fetch
// anything nor follow a cycle. The library checks the structure of a document,
// the package itself checks its texts; a test compares both together with an
// independent validator. Documents reach the library only as the tree of a
// manifest.Document, whose leaves are texts, booleans and bounded numbers.
//
// The package checks one document at a time. It leaves what needs the whole tree
// to validate. It is the only importer of the schema library.
package schema

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// The rules of this package, each with its section in docs/checks.md.
const (
	RuleUnknownField = "schema-unknown-field"
	RuleMissingField = "schema-missing-field"
	RuleType         = "schema-type"
	RuleValue        = "schema-value"
	RuleUnchecked    = "schema-unchecked"
)

//go:embed v1
var published embed.FS

const folder = "v1"

// Files returns the published schemas, one per kind, at the names of FileName.
func Files() fs.FS {
	files, err := fs.Sub(published, folder)
	if err != nil { // the folder is part of the program
		panic("schema: embedded folder is unreadable: " + err.Error())
	}
	return files
}

// FileName returns the name of a kind's published schema, such as
// app.schema.json.
func FileName(kind manifest.Kind) string { return strings.ToLower(string(kind)) + ".schema.json" }

// Checker holds documents against the schemas. It may be used by many
// goroutines at once.
type Checker struct {
	// gates are compiled when the first document of their kind comes. Two
	// goroutines may both compile one; the results are equal and one is kept.
	gates map[manifest.Kind]*atomic.Pointer[gate]
}

// New returns a Checker. It compiles nothing yet.
func New() *Checker {
	c := &Checker{gates: map[manifest.Kind]*atomic.Pointer[gate]{}}
	for _, kind := range manifest.Kinds() {
		c.gates[kind] = &atomic.Pointer[gate]{}
	}
	return c
}

// Check returns everything that the schema of the document's kind objects to,
// sorted. It leaves to package manifest what manifest.Load reports: the kind
// itself, apiVersion, and names that are no names.
func (c *Checker) Check(d *manifest.Document) []finding.Finding {
	g := c.gate(d.Kind())
	if g == nil {
		return nil
	}
	objections, err := g.judge(d.Native())
	switch {
	case err != nil:
		at := d.Position()
		return []finding.Finding{{
			Rule: RuleUnchecked, Severity: finding.Error, File: d.File(), Line: int(at.Line), Column: int(at.Column),
			Message: "manifest could not be checked: " + finding.Quote(err.Error()),
			Hint:    "simplify it, and report this as a defect of roster",
		}}
	case len(objections) == 0:
		return nil
	}
	r := reporter{doc: d, top: g.top}
	for _, o := range objections {
		r.report(o)
	}
	return finding.Sort(r.findings)
}

// gate returns the gate of a kind, nil if there is no such kind.
func (c *Checker) gate(kind manifest.Kind) *gate {
	slot := c.gates[kind]
	if slot == nil {
		return nil
	}
	if g := slot.Load(); g != nil {
		return g
	}
	slot.CompareAndSwap(nil, mustOpen(kind))
	return slot.Load()
}

// mustOpen compiles the published schema of a kind.
func mustOpen(kind manifest.Kind) *gate {
	name := FileName(kind)
	text, err := fs.ReadFile(Files(), name)
	if err == nil {
		var g *gate
		if g, err = newGate(text); err == nil {
			return g
		}
	}
	// The files are part of the program, and a test compiles each of them.
	panic(fmt.Sprintf("schema: embedded %s does not compile: %v", name, err))
}
