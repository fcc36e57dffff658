// SPDX-License-Identifier: Apache-2.0

package manifest

// checkLists objects to two credentials, rules or groups of one name in one list: the
// first would be known by the name, and the second would take its place in the store.
func (r *resolver) checkLists() {
	credentials := func(file string, list []Credential) {
		r.unique("credential", file, len(list), func(i int) String { return list[i].Name })
	}
	for _, app := range r.apps {
		credentials(app.File, app.Spec.Credentials)
		for i := range app.Spec.Environments {
			credentials(app.File, app.Spec.Environments[i].Credentials)
		}
	}
	for _, t := range r.registry.Templates {
		r.unique("rule", t.File, len(t.Spec.Rules), func(i int) String { return t.Spec.Rules[i].Name })
	}
	root := r.registry.Root
	r.unique("group", root.File, len(root.Spec.Groups), func(i int) String { return root.Spec.Groups[i].Name })
}

// unique objects to each name of a list that an item before it has.
func (r *resolver) unique(what, file string, n int, name func(int) String) {
	first := map[string]String{}
	for i := range n {
		again := name(i)
		if again.Value == "" { // the schema reports it
			continue
		}
		if before, known := first[again.Value]; known {
			r.twice(what, declared{file, again}, declared{file, before})
			continue
		}
		first[again.Value] = again
	}
}
