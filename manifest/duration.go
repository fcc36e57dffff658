// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strconv"
	"time"
)

// Duration returns the time that a text of a manifest stands for, a number and
// m, h or d as in 30d; false for any other text.
func Duration(text string) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	unit, known := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[text[len(text)-1]]
	number, err := strconv.ParseUint(text[:len(text)-1], 10, 20) // the schema has at most six digits
	if !known || err != nil {
		return 0, false
	}
	return time.Duration(number) * unit, true
}
