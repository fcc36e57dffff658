// SPDX-License-Identifier: Apache-2.0

package manifest

import "strings"

// maxName is the longest name: the length of a DNS label (RFC 1035 section
// 2.3.4), which every system a name travels to accepts.
const maxName = 63

// NameRule says in words what CheckName accepts.
const NameRule = "1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit, not a number, none of false, no, null, off, on, true, yes"

// CheckName reports whether name may name a node, a domain, an environment or
// anything else of a registry: it enters ids, paths and file names unescaped,
// and no YAML reader may take it for another type.
func CheckName(name string) bool {
	if name == "" || len(name) > maxName || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	digits := true
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= '0' && c <= '9':
		case c >= 'a' && c <= 'z', c == '-':
			digits = false
		default:
			return false
		}
	}
	switch name {
	case "null", "true", "false", "yes", "no", "on", "off":
		return false
	}
	return !digits && !numeric(name)
}

// numeric reports names such as 0x0, 0o7 and 1e3, which YAML 1.1 and 1.2 readers
// take for numbers.
func numeric(name string) bool {
	rest := strings.TrimLeft(name, "0123456789")
	if len(rest) < 2 || len(rest) == len(name) {
		return false
	}
	digits := "0123456789"
	if name[0] == '0' && len(rest) == len(name)-1 && strings.ContainsRune("xob", rune(rest[0])) {
		digits = "0123456789abcdef"
	} else if rest[0] != 'e' {
		return false
	}
	return strings.Trim(strings.TrimPrefix(rest[1:], "-"), digits) == ""
}
