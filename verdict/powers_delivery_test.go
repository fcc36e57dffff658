// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"path"
	"strings"
)

// placesOf returns every place that a list of sinks permits: a vault without a secret is
// every secret, a repository without a name or environment is every one of these. One that
// names a vault and a repository permits both.
func placesOf(sinks []object) powers {
	p := powers{}
	or := func(text string, all ...string) []string {
		if text != "" {
			return []string{strings.ToLower(text)}
		}
		return append(all, anyOther)
	}
	for _, s := range sinks {
		if vault := textAt(s, "keyVault"); vault != "" {
			for _, secret := range or(textAt(s, "secret"), "s-prod", "key", "new") {
				p.add("keyvault " + strings.ToLower(vault) + "/" + secret)
			}
		}
		if repository := textAt(s, "githubSecret"); repository != "" {
			for _, name := range or(textAt(s, "name")) {
				for _, environment := range or(textAt(s, "environment"), "prod", "dev") {
					p.add("githubsecret " + strings.ToLower(repository) + "/" + name + ", environment " + environment)
				}
			}
		}
		if file := textAt(s, "file"); file != "" {
			p.add("file " + path.Clean(file))
		}
	}
	return p
}

// placeOf is where one sink of a credential delivers, in the form that all its spellings
// have.
func placeOf(s object) string {
	switch vault, repository := textAt(s, "keyVault"), textAt(s, "githubSecret"); {
	case vault != "":
		return strings.ToLower("keyvault " + vault + "/" + textAt(s, "secret"))
	case repository != "":
		place := "githubsecret " + repository + "/" + textAt(s, "name")
		if environment := textAt(s, "environment"); environment != "" {
			place += ", environment " + environment
		}
		return strings.ToLower(place)
	default:
		return "file " + path.Clean(textAt(s, "file"))
	}
}

// An opening is what a credential opens: an application, an account or its node alone.
type opening struct {
	lock string
	set  words // of the key of an account
}

// opens returns what a credential of a node opens.
func (o *oracle) opens(s *state, n *point, credential object) opening {
	kind, provider := textAt(credential, "type"), textAt(credential, "provider")
	system, _, _ := strings.Cut(kind, "-")
	spec := s.issuer(provider, system)
	identity, _ := n.value("identity").(object)
	application := textAt(objectAt(identity, system), "application")
	account := strings.ToLower(textAt(spec, "account"))
	switch {
	case (kind == "entra-client-secret" || kind == "okta-client-secret") && application != "":
		return opening{lock: system + " " + application + " at " + strings.ToLower(textAt(spec, "tenant"))}
	case kind == "cosmos-key" && account != "":
		return opening{"cosmos " + account, o.of([]string{"cosmos/" + path.Base(account) + "/**:*"})}
	case kind == "cosmos-readonly-key" && account != "":
		return opening{"cosmos " + account, o.of([]string{"cosmos/" + path.Base(account) + "/**:readMetadata,items.read,executeQuery,readChangeFeed"})}
	default:
		return opening{lock: kind + " of " + n.known()}
	}
}

// issuer returns the provider that a credential names or, if it names none, the only one
// of a type.
func (s *state) issuer(name, kind string) object {
	if name != "" {
		return s.providers[name]
	}
	var only object
	for _, spec := range s.providers {
		if textAt(spec, "type") == kind {
			if only != nil {
				return nil
			}
			only = spec
		}
	}
	return only
}

func credentialsOf(n *point) []object { return objectsAt(object{"": n.value("credentials")}, "") }

// powersOf is what a reader of a place can do with a credential that is delivered there.
// Of permissions only some count.
func (o *oracle) powersOf(place string, what opening, counted words) powers {
	p := powers{place + " opens " + what.lock: true}
	for _, word := range o.texts(what.set.and(counted)) {
		p.add(place + " opens " + what.lock + " for " + word)
	}
	return p
}

// deliveries finds places whose readers can open what they could not.
func (o *oracle) deliveries() {
	before := powers{}
	o.base.eachHolder(func(n *point) {
		for _, c := range credentialsOf(n) {
			for _, sink := range objectsAt(c, "sinks") {
				for what := range o.powersOf(placeOf(sink), o.opens(o.base, n, c), o.everything()) {
					before.add(what)
				}
			}
		}
	})
	o.head.eachHolder(func(n *point) {
		for _, c := range credentialsOf(n) {
			for _, sink := range objectsAt(c, "sinks") {
				place := placeOf(sink)
				o.compare(listDelivery, n.path, textAt(c, "name")+" to "+place, before, o.powersOf(place, o.opens(o.head, n, c), o.counted))
			}
		}
	})
}

// used returns the applications and accounts that a node uses: by its identity, and by
// its credentials.
func (o *oracle) used(s *state, n *point) powers {
	p := powers{}
	identity, _ := n.value("identity").(object)
	for _, system := range []string{"entra", "okta"} {
		if a := objectAt(identity, system); a != nil {
			p.add(system + " " + textAt(a, "application"))
		}
	}
	for _, c := range credentialsOf(n) {
		lock, _, _ := strings.Cut(o.opens(s, n, c).lock, " at ")
		if !strings.HasPrefix(lock, textAt(c, "type")+" of ") {
			p.add(lock)
		}
	}
	return p
}

// claims finds nodes that use an application or account that base gave to others.
func (o *oracle) claims() {
	owners := map[string][]*point{}
	o.base.eachHolder(func(n *point) {
		for what := range o.used(o.base, n) {
			owners[what] = append(owners[what], n)
		}
	})
	o.head.eachHolder(func(n *point) {
		for what := range o.used(o.head, n) {
			own := len(owners[what]) == 0
			for _, was := range owners[what] {
				app := o.head.nodes[n.app.path]
				own = own || n.was == was || n.environment != "" && was.environment == "" && app.was == was
			}
			if !own {
				o.must[gain{listControl, "app " + n.path, "uses " + what}] = what
			}
		}
	})
}
