// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// table holds rows of cells and prints them in columns. Numbers align right,
// everything else left.
type table struct {
	rows [][]string
}

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = fmt.Sprint(cell)
	}
	t.rows = append(t.rows, row)
}

func (t *table) write(w io.Writer) error {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for r, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.isNumber(max(r, 1), i) { // a title aligns like the cell below it
				line.WriteString(space + cell + "  ")
			} else {
				line.WriteString(cell + space + "  ")
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// isNumber reports whether a cell holds a number.
func (t *table) isNumber(row, column int) bool {
	if row >= len(t.rows) || column >= len(t.rows[row]) {
		return false
	}
	_, err := strconv.ParseFloat(t.rows[row][column], 64)
	return err == nil
}

// writeText prints the report as two tables.
func (m measures) writeText(w io.Writer) error {
	if _, err := fmt.Fprintln(w, "Production packages"); err != nil {
		return err
	}
	if err := m.Production.write(w); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, "\nTest gear"); err != nil {
		return err
	}
	if err := m.Gear.write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nmedian, p95 and longest are lines of a function. >%d: functions with more parameters than that.\n"+
		"undoc: exported names without a doc comment. importers: production packages; by gear: packages of test gear.\n"+
		"The total of the importers is the number of imports between packages.\n", maxParameters)
	return err
}

func (g group) write(w io.Writer) error {
	var t table
	t.add("package", "files", "lines", "funcs", "median", "p95", "longest", "", "complexity", "",
		">"+strconv.Itoa(maxParameters), "undoc", "methods", "", "importers", "by gear")
	for _, s := range append(g.Packages[:len(g.Packages):len(g.Packages)], g.Total) {
		t.add(s.Package, s.Files, s.Lines, s.Functions, s.Median, s.P95,
			s.Longest.Count, s.Longest.Name, s.Complexity.Count, s.Complexity.Name,
			len(s.ManyParameters), len(s.Undocumented), s.Methods.Count, s.Methods.Name, s.Importers, s.GearImporters)
	}
	return t.write(w)
}
