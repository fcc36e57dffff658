// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/appofapps/roster/sync"
)

// Sync writes what a run of sync did.
func Sync() Result[*sync.Result] {
	text := plainly(writeSync)
	return append(Result[*sync.Result]{asText(text), asJSON(itself[*sync.Result])}, annotated(text, syncNotes)...)
}

func syncNotes(result *sync.Result) []annotation {
	level := levelNotice
	if result.Remaining > 0 {
		level = levelError
	}
	return []annotation{{level: level, title: "roster sync", message: synced(result)}}
}

// MarkdownSync writes what a run of sync did as a page. It has numbers and fixed texts
// only.
func MarkdownSync(w io.Writer, result *sync.Result) error {
	m := &markdown{}
	m.line("### %s %s", sealOf(result.Remaining == 0), strings.TrimSuffix(synced(result), "."))
	m.line("")
	parts := []string{Count(result.Commits, "commit"), Count(result.Events, "event") + " in the audit trail"}
	if result.Conflicts > 0 {
		parts = append(parts, Count(result.Conflicts, "conflict"))
	}
	if result.Cost != nil {
		parts = append(parts, fmt.Sprintf("%s to the store, %.2f request units", Count(result.Cost.Requests, "request"), result.Cost.Charge))
	}
	m.line("%s", strings.Join(parts, " · "))
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// synced summarises a sync in one line.
func synced(r *sync.Result) string {
	done := fmt.Sprintf("%d created, %d updated, %d deleted", r.Created, r.Updated, r.Deleted)
	switch {
	case r.Remaining > 0:
		return fmt.Sprintf("Sync interrupted: %s, %d remaining.", done, r.Remaining)
	case r.Written()+r.Overtaken+r.Commits == 0:
		return "Nothing to change: the store equals the registry."
	default:
		return "Synced: " + done + "."
	}
}

func writeSync(p *page, r *sync.Result) {
	var rows [][]painted
	row := func(n int, thing, meaning string) {
		if n > 0 {
			thing = plural(n, thing)
			rows = append(rows, []painted{{fmt.Sprintf("%6d", n), bold}, {thing, plain}, {meaning, dim}})
		}
	}
	row(r.Commits, "commit", "each an app's registrations with their events")
	row(r.Events, "event", "in the audit trail")
	row(r.Conflicts, "conflict", "another writer was faster; planned again")
	row(r.Overtaken, "change", "overtaken: another run made them")
	row(r.Remaining, "change", "remaining: not written; run roster sync again")
	if r.Cost != nil {
		row(r.Cost.Requests, "request", fmt.Sprintf("to the store, %.2f request units", r.Cost.Charge))
	}
	p.table("", rows)
	if len(rows) > 0 {
		p.line("  operation %s, plan %s", r.Operation, r.Plan)
	}
	p.line("%s", painted{synced(r), bold})
}
