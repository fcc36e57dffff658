// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// Names and limits of SARIF 2.1.0 and of GitHub's code scanning.
const (
	// https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

	// A file with more results is refused.
	// https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
	maxResults = 25_000

	// The base of all relative names, by convention: section 3.14.14.
	sourceRoot = "%SRCROOT%"

	// The name and version of roster's fingerprint: section 3.27.17.
	fingerprintName = "rosterFinding/v1"

	home = "https://github.com/appofapps/roster"
	docs = home + "/blob/main/"
)

// The types below are the part of SARIF that roster writes. Their names are
// those of the specification's objects.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Bases       map[string]any    `json:"originalUriBaseIds"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID            string             `json:"id"`
		Short         sarifMessage       `json:"shortDescription"`
		Full          sarifMessage       `json:"fullDescription"`
		Help          sarifMessage       `json:"help"`
		HelpURI       string             `json:"helpUri"`
		Configuration sarifConfiguration `json:"defaultConfiguration"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string       `json:"level"`
		Message sarifMessage `json:"message"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		File   sarifFile   `json:"artifactLocation"`
		Region sarifRegion `json:"region"`
	}
	sarifFile struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
)

// sarif writes findings as a SARIF log of one run.
func sarif(w io.Writer, list []finding.Finding, base string) error {
	shown, invocation := mostSevere(list, maxResults)
	rules := rulesOf(shown)
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "roster", InformationURI: home, Rules: rules}},
		Invocations: []sarifInvocation{invocation},
		Bases:       map[string]any{sourceRoot: struct{}{}},
		ColumnKind:  "unicodeCodePoints",
		Results:     results(shown, rules, base),
	}
	return JSON(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// mostSevere returns at most so many findings, the most severe ones, in their order. The
// invocation states the total number.
func mostSevere(list []finding.Finding, most int) ([]finding.Finding, sarifInvocation) {
	invocation := sarifInvocation{Successful: true}
	if len(list) <= most {
		return list, invocation
	}
	invocation.Notifications = []sarifNotification{{
		Level:   "warning",
		Message: sarifMessage{fmt.Sprintf("this file has the %d most severe of %d findings; --format json has all", most, len(list))},
	}}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b finding.Finding) int { return cmp.Compare(rank(a.Severity), rank(b.Severity)) })
	list = list[:most]
	slices.SortStableFunc(list, finding.Compare)
	return list, invocation
}

// sarifLevel is the level for a severity (section 3.27.10); an unknown one is a note.
func sarifLevel(s finding.Severity) string {
	if s == finding.Error || s == finding.Warning {
		return string(s)
	}
	return "note"
}

// rank orders severities, strongest first.
func rank(s finding.Severity) int {
	return slices.Index([]finding.Severity{finding.Error, finding.Warning, finding.Note}, s)
}

// rulesOf returns the rules of the findings, by id. The level of a rule is that of its
// most severe finding.
func rulesOf(list []finding.Finding) []sarifRule {
	worst := map[string]finding.Finding{}
	for _, f := range list {
		if w, known := worst[f.Rule]; !known || rank(f.Severity) < rank(w.Severity) {
			worst[f.Rule] = f
		}
	}
	rules := []sarifRule{}
	for id, f := range worst {
		name := strings.ReplaceAll(id, "-", " ")
		path, anchor, _ := strings.Cut(f.Docs(), "#")
		page := docs + path + "#" + url.PathEscape(anchor)
		rules = append(rules, sarifRule{
			ID:            id,
			Short:         sarifMessage{name},
			Full:          sarifMessage{name},
			Help:          sarifMessage{"What it means and what to do: " + page},
			HelpURI:       page,
			Configuration: sarifConfiguration{sarifLevel(f.Severity)},
		})
	}
	slices.SortFunc(rules, func(a, b sarifRule) int { return strings.Compare(a.ID, b.ID) })
	return rules
}

func results(list []finding.Finding, rules []sarifRule, base string) []sarifResult {
	all := []sarifResult{}
	names := newFingerprints()
	for _, f := range list {
		index, _ := slices.BinarySearchFunc(rules, f.Rule, func(r sarifRule, id string) int { return strings.Compare(r.ID, id) })
		all = append(all, sarifResult{
			RuleID: f.Rule, RuleIndex: index, Level: sarifLevel(f.Severity),
			Message:      sarifMessage{noLinks(f.Sentence())},
			Locations:    []sarifLocation{location(f, base)},
			Fingerprints: map[string]string{fingerprintName: names.next(f)},
		})
	}
	return all
}

// noLinks splits what a viewer would show as a link: a plain text message may contain
// [text](target), section 3.11.6.
func noLinks(text string) string { return strings.ReplaceAll(text, "](", "] (") }

// location is the location of a finding. A viewer needs a line, so a finding about a
// whole file or registry is at the first line.
func location(f finding.Finding, base string) sarifLocation {
	l := sarifLocation{Physical: sarifPhysical{
		File:   sarifFile{URI: relativeURI(TextOptions{Base: base}.place(cmp.Or(f.File, manifest.RootFile))), Base: sourceRoot},
		Region: sarifRegion{Line: max(f.Line, 1), Column: f.Column},
	}}
	if f.Node != "" {
		l.Logical = []sarifLogical{{Name: f.Node}}
	}
	return l
}

// relativeURI returns the relative reference of a file name (RFC 3986 section
// 4.2). Its first segment may hold a colon, which would make it a scheme, and
// the name as a whole may begin like an authority.
func relativeURI(file string) string {
	segments := strings.Split(file, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(s), ":", "%3A")
	}
	return strings.TrimLeft(strings.Join(segments, "/"), "/")
}
