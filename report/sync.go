// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/appofapps/roster/sync"
)

// Sync writes what a run of sync did, as text, json, github or azure.
func Sync(w io.Writer, format string, result *sync.Result, options TextOptions) error {
	return forms{
		formatText:   func() error { return syncText(w, result, options) },
		formatJSON:   func() error { return JSON(w, result) },
		formatGitHub: func() error { return syncAnnotated(w, gitHub(), result, options) },
		formatAzure:  func() error { return syncAnnotated(w, azurePipelines(), result, options) },
	}.write(format)
}

func syncText(w io.Writer, result *sync.Result, options TextOptions) error {
	p := &page{colour: options.Colour}
	p.sync(result)
	return print(w, p)
}

func syncAnnotated(w io.Writer, d dialect, result *sync.Result, options TextOptions) error {
	p := &page{colour: options.Colour}
	p.sync(result)
	level := levelNotice
	if result.Remaining > 0 {
		level = levelError
	}
	p.annotate(d, []annotation{{level: level, title: "roster sync", message: synced(result)}})
	return print(w, p)
}

// MarkdownSync writes what a run of sync did for the page of the run. All of it
// is numbers and roster's own words.
func MarkdownSync(w io.Writer, result *sync.Result) error {
	m := &markdown{}
	m.line("### %s %s", sealOf(result.Remaining == 0), strings.TrimSuffix(synced(result), "."))
	m.line("")
	parts := []string{count(result.Commits, "commit"), count(result.Events, "event") + " in the audit trail"}
	if result.Conflicts > 0 {
		parts = append(parts, count(result.Conflicts, "conflict"))
	}
	if result.Cost != nil {
		parts = append(parts, fmt.Sprintf("%s to the store, %.2f request units", count(result.Cost.Requests, "request"), result.Cost.Charge))
	}
	m.line("%s", strings.Join(parts, " · "))
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// synced says in one line what happened.
func synced(r *sync.Result) string {
	done := fmt.Sprintf("%d created, %d updated, %d deleted", r.Created, r.Updated, r.Deleted)
	switch {
	case r.Remaining > 0:
		return fmt.Sprintf("Sync ended early: %s, %d not made.", done, r.Remaining)
	case r.Written()+r.Overtaken+r.Commits == 0:
		return "Nothing to change: the store equals the registry."
	default:
		return "Synced: " + done + "."
	}
}

func (p *page) sync(r *sync.Result) {
	var rows [][]painted
	row := func(n int, thing, meaning string) {
		if n > 0 {
			rows = append(rows, []painted{{fmt.Sprintf("%6d", n), bold}, {thing, plain}, {meaning, dim}})
		}
	}
	row(r.Commits, "commits", "each an app's registrations with their events")
	row(r.Events, "events", "in the audit trail")
	row(r.Conflicts, "conflicts", "another writer was faster; planned anew")
	row(r.Overtaken, "overtaken", "another run had made them")
	row(r.Remaining, "remaining", "not made; run roster sync again")
	if r.Cost != nil {
		row(r.Cost.Requests, "requests", fmt.Sprintf("to the store, %.2f request units", r.Cost.Charge))
	}
	p.table("", rows)
	if len(rows) > 0 {
		p.line("  operation %s, plan %s", r.Operation, r.Plan)
	}
	p.line("%s", painted{synced(r), bold})
}
