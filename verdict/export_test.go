// SPDX-License-Identifier: Apache-2.0

package verdict

import "github.com/appofapps/roster/bounds"

// Steps returns how many comparisons there are.
func Steps() int { return len(steps()) }

// CompareWithout is Compare without one of the comparisons.
func CompareWithout(skip int, base, head *bounds.Tree, config Config) *Verdict {
	list := steps()
	return compareBy(append(list[:skip:skip], list[skip+1:]...), base, head, config)
}

// Covers reports whether one identity covers another, each as repository, ids and
// environment.
func Covers(p, q [3]string) bool {
	return CoversIn(systemGitHub, p, systemGitHub, q)
}

// CoversIn is Covers for identities of two systems.
func CoversIn(one string, p [3]string, two string, q [3]string) bool {
	of := func(system string, text [3]string) pattern {
		return pattern{system: system, name: text[0], ids: text[1], environment: text[2]}
	}
	return of(one, p).covers(of(two, q))
}
