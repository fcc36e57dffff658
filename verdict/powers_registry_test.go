// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// A state is one registry as the oracle reads it from its draft: it shares neither the
// types of package manifest nor its rules of inheritance.
type state struct {
	name      string            // of the root
	root      object            // its spec
	domains   map[string]object // specs by name, as below
	templates map[string]object
	providers map[string]object
	waivers   map[string]object
	groups    map[string]powers // people of each group that is listed
	nodes     map[string]*point // by path
	paths     []string          // of nodes, sorted
	named     map[string]bool   // people and groups that anything but a list of people names
}

// A point is one node: an app, or an environment of an app.
type point struct {
	path, file, kind, domain string
	environment, previously  string // environment: "" for an app
	app                      *point // itself for an app
	above                    *point // the app above the app
	labels, spec, own        object // own: fields of the environment
	holder                   bool
	was                      *point // the node of base that it is; nil for a new one
}

// known is the path by which base knows the node.
func (n *point) known() string {
	if n.was != nil {
		return n.was.path
	}
	return n.path
}

// value returns a field in force at the node: an environment replaces those of its app.
func (n *point) value(name string) any {
	if value, set := n.own[name]; set {
		return value
	}
	return n.spec[name]
}

// textsAt returns the texts of a list, nil if there is no list.
func textsAt(at object, name string) []string {
	list, _ := at[name].([]any)
	if list == nil {
		return nil
	}
	all := make([]string, len(list))
	for i, text := range list {
		all[i] = text.(string)
	}
	return all
}

func textAt(at object, name string) string {
	text, _ := at[name].(string)
	return text
}

func objectAt(at object, name string) object {
	below, _ := at[name].(object)
	return below
}

func objectsAt(at object, name string) []object {
	list, _ := at[name].([]any)
	all := make([]object, len(list))
	for i, item := range list {
		all[i] = item.(object)
	}
	return all
}

// readState reads a draft that is a valid registry.
func readState(d draft) *state {
	s := &state{
		domains: map[string]object{}, templates: map[string]object{}, providers: map[string]object{}, waivers: map[string]object{},
		groups: map[string]powers{}, nodes: map[string]*point{}, named: map[string]bool{},
	}
	apps := map[string]*point{} // by domain and name
	for file, manifest := range d {
		if file != "roster.yaml" && !included(d, file) {
			continue
		}
		metadata, spec := objectAt(manifest, "metadata"), objectAt(manifest, "spec")
		name := textAt(metadata, "name")
		switch kind := textAt(manifest, "kind"); kind {
		case "Root":
			s.name, s.root = name, spec
		case "Domain":
			s.domains[name] = spec
		case "PolicyTemplate":
			s.templates[name] = spec
		case "Provider":
			s.providers[name] = spec
		case "Waiver":
			s.waivers[name] = spec
		default:
			n := &point{file: file, kind: kind, domain: textAt(spec, "domain"), labels: objectAt(metadata, "labels"), spec: spec}
			n.app, n.path, n.previously = n, name, textAt(metadata, "previously")
			apps[n.domain+"/"+name] = n
		}
	}
	s.addNodes(apps)
	s.addPeople()
	return s
}

// included reports whether the root includes a file.
func included(d draft, file string) bool {
	return slices.ContainsFunc(textsAt(objectAt(d["roster.yaml"], "spec"), "include"), func(glob string) bool {
		matched, err := path.Match(glob, file)
		return matched && err == nil
	})
}

// addNodes gives every app its path, and every environment its node.
func (s *state) addNodes(apps map[string]*point) {
	var place func(n *point) string
	place = func(n *point) string {
		if strings.Contains(n.path, "/") {
			return n.path
		}
		above := n.domain
		if parent := textAt(n.spec, "parent"); parent != "" {
			n.above = apps[n.domain+"/"+parent]
			above = place(n.above)
		}
		n.path = above + "/" + n.path
		return n.path
	}
	for _, n := range apps {
		s.nodes[place(n)] = n
	}
	for _, n := range slices.Collect(maps.Values(s.nodes)) {
		environments := objectAt(n.spec, "environments")
		n.holder = len(environments) == 0
		for name := range environments {
			e := *n
			e.path, e.environment, e.own, e.holder = n.path+"@"+name, name, objectAt(environments, name), true
			s.nodes[e.path] = &e
		}
	}
	s.paths = slices.Sorted(maps.Keys(s.nodes))
}

// addPeople reads the groups, and who is named anywhere.
func (s *state) addPeople() {
	for _, g := range objectsAt(s.root, "groups") {
		people := powers{}
		for _, system := range []string{"github", "gitlab", "azure"} {
			for _, m := range objectsAt(g, system) {
				people[system+" "+textAt(m, "id")] = true
			}
		}
		s.groups["group:"+strings.ToLower(textAt(g, "name"))] = people
	}
	name := func(list ...string) {
		for _, who := range list {
			s.named[strings.ToLower(who)] = true
		}
	}
	name(textsAt(objectAt(s.root, "waivers"), "approvers")...)
	for _, d := range s.domains {
		name(textAt(d, "owner"))
	}
	for _, t := range s.templates {
		name(textsAt(objectAt(t, "waivers"), "approvers")...)
	}
	for _, n := range s.nodes {
		owner, _ := n.value("owner").(string)
		name(owner, textAt(n.spec, "sponsor"))
		name(textsAt(n.spec, "onBehalfOf")...)
	}
}

// follow says which node of base each node of head is: the one of the same path; else
// the one that metadata.previously names, if base has it, head does not, and no other
// new app names it; else, below an app that was renamed, the one below that.
func follow(base, head *state) {
	claims := map[string]int{}
	for _, n := range head.nodes {
		if n.environment == "" && base.nodes[n.path] == nil {
			claims[n.previously]++
		}
	}
	for _, path := range head.paths { // an app is before its environments and the apps below it
		n := head.nodes[path]
		if n.was = base.nodes[path]; n.was != nil {
			continue
		}
		was := ""
		switch {
		case n.environment != "":
			if app := head.nodes[n.app.path].was; app != nil {
				was = app.path + "@" + n.environment
			}
		case n.previously != "":
			if claims[n.previously] == 1 {
				was = n.previously
			}
		case n.above != nil && n.above.was != nil:
			was = n.above.was.path + "/" + n.path[strings.LastIndexByte(n.path, '/')+1:]
		}
		if head.nodes[was] == nil {
			n.was = base.nodes[was]
		}
	}
}
