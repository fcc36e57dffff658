// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"slices"
	"strings"
)

// A closedWorld is a catalogue: namespaces of which everything is known, and what there
// is in them.
type closedWorld struct{ namespaces, listed []string }

// exists returns the permissions that exist: in a closed namespace, and in a domain that
// both sides have, only what is listed, what an app provides and what a map names.
func (o *oracle) exists(closed *closedWorld) words {
	if closed == nil {
		return o.everything()
	}
	names, listed := slices.Clone(closed.namespaces), o.of(closed.listed)
	for name := range o.base.domains {
		if o.head.domains[name] != nil {
			names = append(names, name)
		}
	}
	for _, s := range []*state{o.base, o.head} {
		for _, n := range s.nodes {
			if n.environment == "" {
				listed = listed.or(o.of(textsAt(n.spec, "provides")))
			}
		}
		for _, spec := range s.providers {
			for pattern := range objectAt(spec, "maps") {
				listed = listed.or(o.of([]string{pattern}))
			}
		}
	}
	open := o.everything()
	for _, name := range names {
		open = open.minus(o.of([]string{name + ":*", name + "/**:*"}))
	}
	return open.or(listed)
}

// declarations finds declarations that judge nodes and are not what they were.
func (o *oracle) declarations() {
	before, now := o.base.judging(), o.head.judging()
	for g, spec := range now {
		if was, there := before[g]; !there {
			o.must[gain{listPolicy, g, "added"}] = g
		} else if was != spec {
			o.must[gain{listPolicy, g, "changed"}] = g
		}
	}
	for g := range before {
		if _, there := now[g]; !there {
			o.must[gain{listPolicy, g, "removed"}] = g
		}
	}
}

// judging returns what the declarations that judge say, by kind and name.
func (s *state) judging() map[string]string {
	all := map[string]string{"Root " + s.name: plain(s.root)}
	for kind, list := range map[string]map[string]object{"Domain": s.domains, "PolicyTemplate": s.templates, "Provider": s.providers, "Waiver": s.waivers} {
		for name, spec := range list {
			all[kind+" "+name] = plain(spec)
		}
	}
	return all
}

// plain writes a declaration so that two which say the same are equal: lists of texts are
// sets, and an object without fields says nothing, except where a mapping is the value.
func plain(value any) string {
	switch v := value.(type) {
	case object:
		var parts []string
		for key, below := range v {
			inside, is := below.(object)
			if is && len(inside) == 0 && !slices.Contains([]string{"labels", "maps", "params", "schema"}, key) {
				continue
			}
			if text := plain(below); text != "{}" || !is || len(inside) == 0 {
				parts = append(parts, key+": "+text)
			}
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		set := true
		for _, item := range v {
			_, isText := item.(string)
			set = set && isText
			parts = append(parts, plain(item))
		}
		if set {
			slices.Sort(parts)
			parts = slices.Compact(parts)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return text(value)
	}
}

// credentials finds credentials that are not what they were.
func (o *oracle) credentials() {
	named := func(n *point) map[string]string {
		all := map[string]string{}
		if n == nil || !n.holder {
			return all
		}
		for _, c := range slices.Backward(credentialsOf(n)) { // of two with one name the first counts
			all[textAt(c, "name")] = saysOf(c)
		}
		return all
	}
	next := map[*point]*point{}
	for _, n := range o.head.nodes {
		if n.was != nil {
			next[n.was] = n
		}
	}
	o.head.eachHolder(func(n *point) {
		before := named(n.was)
		for name, says := range named(n) {
			if was, there := before[name]; !there {
				o.must[gain{listCredentials, n.path, name + " added"}] = says
			} else if was != says {
				o.must[gain{listCredentials, n.path, name + " changed"}] = says
			}
		}
	})
	o.base.eachHolder(func(n *point) {
		after := named(next[n])
		for name, says := range named(n) {
			if _, there := after[name]; !there {
				o.must[gain{listCredentials, n.path, name + " removed"}] = says
			}
		}
	})
}

// saysOf is everything that a manifest says of a credential.
func saysOf(credential object) string {
	rest := object{}
	var places []any
	for name, value := range credential {
		if name != "sinks" {
			rest[name] = value
		}
	}
	for _, sink := range objectsAt(credential, "sinks") {
		places = append(places, placeOf(sink))
	}
	return plain(rest) + plain(places)
}
