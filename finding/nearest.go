// SPDX-License-Identifier: Apache-2.0

package finding

import "strings"

// Nearest returns the known text that a misspelt one was probably meant to be,
// "" if none is near: at most two letters differ, and fewer than half of them.
func Nearest(text string, known []string) string {
	const longest = 32 // longer than every field and choice
	if len(text) > longest {
		return ""
	}
	least, meant := 3, ""
	for _, k := range known {
		if d := distance(strings.ToLower(text), strings.ToLower(k)); d < least && 2*d < len(k) {
			least, meant = d, k
		}
	}
	return meant
}

// distance returns how many bytes must be inserted, removed or replaced to make
// b of a (Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
