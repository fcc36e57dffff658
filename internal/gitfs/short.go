// SPDX-License-Identifier: Apache-2.0

package gitfs

// Short returns a commit as people write it: its first 12 digits.
func Short(commit string) string {
	const digits = 12
	return commit[:min(len(commit), digits)]
}
