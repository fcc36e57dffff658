// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/appofapps/roster/manifest"
)

// bombSize is the size of a hostile file: as large as one may be.
var bombSize = manifest.DefaultLimits().File

// A bomb is a registry made to be expensive.
type bomb struct {
	name  string
	files func() fs.FS
	// many is whether it has bombFiles files. Its cost is then what it costs
	// more than that of as many innocent ones.
	many bool
}

// file makes a bomb of one manifest, which begins with prefix, goes on with
// unit as often as it fits and ends with suffix.
func file(name, prefix, unit, suffix string) bomb {
	return counted(name, prefix, func(int) string { return unit }, suffix)
}

// counted is file with units that differ.
func counted(name, prefix string, unit func(i int) string, suffix string) bomb {
	return bomb{name: name, files: func() fs.FS {
		var b strings.Builder
		b.WriteString(prefix)
		for i := 0; ; i++ {
			next := unit(i)
			if next == "" || b.Len()+len(next)+len(suffix) > bombSize {
				break
			}
			b.WriteString(next)
		}
		b.WriteString(suffix)
		return registry("a.yaml", b.String())
	}}
}

// small is file at the size up to which errors are looked for line by line.
func small(name, prefix, unit, suffix string) bomb {
	times := (16<<10 - len(prefix) - len(suffix)) / len(unit)
	return bomb{name: name, files: func() fs.FS { return registry("a.yaml", prefix+strings.Repeat(unit, times)+suffix) }}
}

const (
	aRoot    = "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"*.yaml\"]}\n"
	anApp    = "apiVersion: roster/v1\nkind: App\nmetadata: {name: checkout}\nspec:\n  domain: orders\n  owner: group:checkout\n"
	inConfig = anApp + "  config:\n    x: "
)

// registry returns a root that includes all, and a file.
func registry(name, content string) fstest.MapFS {
	return fstest.MapFS{
		manifest.RootFile: {Data: []byte(aRoot)},
		name:              {Data: []byte(content)},
	}
}

// withRoot returns a registry whose root has another include.
func withRoot(include string) fstest.MapFS {
	root := strings.Replace(aRoot, `["*.yaml"]`, include, 1)
	return fstest.MapFS{manifest.RootFile: {Data: []byte(root)}}
}

// bombs lists the hostile shapes.
func bombs() []bomb {
	all := [][]bomb{references(), nesting(), keys(), scalars(), indicators(), lexical(), globs(), trees()}
	var flat []bomb
	for _, some := range all {
		flat = append(flat, some...)
	}
	return flat
}

// references multiply what is written once.
func references() []bomb {
	return []bomb{
		counted("aliases of aliases", "a0: &a0 [x,x,x,x,x,x,x,x,x]\n", func(i int) string {
			return fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d,", i), 8), i)
		}, ""),
		file("aliases of one anchor", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: [", "*a,", "*a]\n"),
		counted("merges of merges", "a0: &a0 {k: v}\n", func(i int) string {
			return fmt.Sprintf("a%d: &a%d {<<: [*a%d,*a%d], k%d: v}\n", i+1, i+1, i, i, i)
		}, ""),
		file("merges of one anchor", "a: &a {k: v}\nb:\n", "- <<: *a\n", ""),
		counted("anchors", "", func(i int) string { return fmt.Sprintf("- &a%d x\n", i) }, ""),
		file("alias of itself", "a: &a [", "*a,", "*a]\n"),
		file("aliases of nothing", "a: [", "*a,", "*a]\n"),
		file("an anchor over and over", "a: [", "&a x,", "x]\n"),
	}
}

// nesting goes deep.
func nesting() []bomb {
	return []bomb{
		file("flow lists, open", "a: ", "[", ""),
		counted("flow lists, closed", "a: ", upTo(9_999, "["), strings.Repeat("]", 9_999)+"\n"),
		file("flow mappings, open", "a: ", "{a: ", ""),
		file("flow mappings without keys", "a: ", "{", ""),
		file("flow lists and mappings", "a: ", "[{a: ", ""),
		counted("flow lists across lines", "a: ", func(int) string { return "[\n" }, ""),
		file("pairs in flow lists", "a: ", "[a: ", ""),
		file("block lists on a line", "", "- ", "x\n"),
		file("block keys on a line", "", "? ", "x\n"),
		counted("block mappings", "", func(i int) string { return strings.Repeat(" ", i) + "a:\n" }, ""),
		counted("block lists", "", func(i int) string { return strings.Repeat(" ", i) + "-\n" }, ""),
		counted("lists again and again nearly too deep", "", func(int) string {
			return "- " + strings.Repeat("[", 30) + strings.Repeat("]", 30) + "\n"
		}, ""),
		counted("lists again and again far too deep", "", func(int) string {
			return "- " + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "\n"
		}, ""),
	}
}

func upTo(n int, unit string) func(int) string {
	return func(i int) string {
		if i == n {
			return ""
		}
		return unit
	}
}

// keys are many, or strange.
func keys() []bomb {
	key := func(i int) string { return fmt.Sprintf("k%d: 1\n", i) }
	return []bomb{
		counted("10,000 keys", "", func(i int) string { return upTo(10_000, key(i))(i) }, ""),
		counted("as many keys as fit", "", func(i int) string { return fmt.Sprintf("%x:\n", i) }, ""),
		counted("as many keys as are allowed, unknown ones", anApp, func(i int) string { return upTo(4_900, fmt.Sprintf("  k%d: 1\n", i))(i) }, ""),
		counted("as many keys as are allowed, all with objections", anApp+"  environments:\n", func(i int) string {
			return upTo(4_900, fmt.Sprintf("    K%d: 1\n", i))(i)
		}, ""),
		counted("keys in a flow mapping", "{", func(i int) string { return fmt.Sprintf("k%d: 1,", i) }, "}\n"),
		counted("keys of one hash length", "", func(i int) string { return fmt.Sprintf("%016x: 1\n", i*i*i) }, ""),
		file("one key over and over", "", "a: 1\n", ""),
		file("one key over and over, with objections to values", "", "a: ~\n", ""),
		file("a long key", "", "a", ": 1\n"),
		file("keys as long as may be", "", strings.Repeat("a", 1000)+": 1\n", ""),
		file("empty keys", "", ": \n", ""),
		file("keys that are lists", "", "[a]: 1\n", ""),
		file("explicit keys", "", "? a\n: 1\n", ""),
		file("keys in flow behind an explicit one", "a: {?b: 1,", "a: 1,", "}\n"),
		file("explicit keys in flow", "a: {", "?a: 1,", "}\n"),
		file("a line full of keys", "", "a: ", "\n"),
	}
}

// scalars are long, or laborious to read.
func scalars() []bomb {
	return []bomb{
		file("a long plain text", inConfig, "a", "\n"),
		file("a long plain text on many lines", inConfig, "a\n      ", "\n"),
		file("a long quoted text", inConfig+`"`, "a", "\"\n"),
		file("escapes", inConfig+`"`, `\x41`, "\"\n"),
		file("escaped line ends", inConfig+`"`, "\\\n", "\"\n"),
		file("quotes in quotes", inConfig+`'`, "''", "'\n"),
		file("line ends in quotes", inConfig+`"a`, "\n", "a\"\n"),
		file("unterminated quotes", inConfig+`"`, "a ", ""),
		file("unterminated quotes over and over", "", "\"a\n", ""),
		file("a folded text", inConfig+">\n", "      a\n", ""),
		file("a folded text of empty lines", inConfig+">\n      a\n", "\n", "      a\n"),
		file("a literal text with indentation", inConfig+"|9+\n", "              a\n", ""),
		file("a literal text that indents further", inConfig+"|\n", strings.Repeat(" ", 60)+"\n", "a\n"),
		file("block headers", "", "- |+1\n", ""),
		file("nulls behind a tag", "a: [! x,", "~,", "~]\n"),
		file("items of nothing behind a tag", "- ! x\n", "-\n", ""),
		file("digits", inConfig, "1", "\n"),
		file("a number of many digits and an exponent", inConfig, "9", "e999999999\n"),
		file("numbers", "[", "1e9,", "1]\n"),
		file("numbers with underscores", "[", "1_0,", "1]\n"),
		file("dates", "[", "2026-01-31,", "x]\n"),
		file("dates that are none", "[", "2026-1-1T:::,", "x]\n"),
		file("sexagesimals", inConfig+"1", ":1", "\n"),
		file("nulls", "[", "~,", "~]\n"),
		file("words of other YAML versions", "[", "yes,No,", "on]\n"),
	}
}

// indicators stand where no one expects them.
func indicators() []bomb {
	return []bomb{
		file("flow commas", "a: [", ",", "]\n"),
		file("flow items", "a: [", "a,", "a]\n"),
		file("an open flow mapping", "", "a,", ""),
		file("an open flow mapping of keys", "{", "a,", ""),
		counted("as many keys of an open flow mapping as there may be commas", "{", upTo(64<<10, "a,"), ""),
		counted("as many null keys of an open flow mapping as there may be commas", "{", upTo(64<<10, "?,"), ""),
		file("colons", "", ":", "\n"),
		file("colons apart", "", ": ", "\n"),
		file("tags", "", "- !a x\n", ""),
		file("a long tag", "!<", "a", "> x\n"),
		file("tag marks", "", "!", "\n"),
		file("tag marks apart", "", "! ", "\n"),
		file("anchor marks", "", "&", "\n"),
		file("anchor marks apart", "", "&a ", "\n"),
		file("alias marks", "", "*", "\n"),
		file("alias marks apart", "", "*a ", "\n"),
		file("list marks", "", "-", "\n"),
		file("list items of nothing", "", "-\n", ""),
		file("percent signs", "", "%", "\n"),
		small("an error behind many lines", "a: [", "a,\n", "}\n"),
		small("an error behind many keys", "", "a: {b: c}\n", " x\n"),
		file("closing brackets", "", "]", "\n"),
		file("at signs", "", "@", "\n"),
	}
}

// lexical shapes come before any structure.
func lexical() []bomb {
	return []bomb{
		{name: "nothing", files: func() fs.FS { return registry("a.yaml", "") }},
		file("larger than allowed", "", "a", strings.Repeat("a", bombSize)),
		file("documents", "", "---\na: 1\n", ""),
		file("empty documents", "", "---\n", ""),
		file("ended documents", "", "...\n", ""),
		file("a second document", "a: 1\n---\n", "- x\n", ""),
		file("comments", "", "#\n", "a: 1\n"),
		file("a long comment", "#", "#", "\na: 1\n"),
		file("comments behind values", "", "- x # y\n", ""),
		file("comments ever further in", "a:\n", "          # y\n  # z\n", "  b: 1\n"),
		file("comments between flow items", "a: [", "x, # y\n", "x]\n"),
		file("blank lines", "", "\n", "a: 1\n"),
		file("blanks", "", " ", "a: 1\n"),
		file("blanks behind values", "", "- x"+strings.Repeat(" ", 400)+"\n", ""),
		file("tabs", "", "\t", "a: 1\n"),
		file("tabs before keys", "", "\ta: 1\n", ""),
		file("carriage returns", "", "\r", "a: 1\n"),
		file("line ends of Windows", "", "- x\r\n", ""),
		file("NULs", "", "\x00", "\n"),
		file("NULs in quotes", `"`, `\0`, "\"\n"),
		file("invalid UTF-8 at the end", inConfig, "a", "\xff"),
		file("characters of four bytes", inConfig, "\U0001F600", "\n"),
		file("byte order marks", "", "\xef\xbb\xbf", "a: 1\n"),
		file("UTF-16", "\xff\xfe", "a\x00", ""),
		file("%YAML", "", "%YAML 1.1\n", "---\na: 1\n"),
		counted("%TAG", "", func(i int) string { return fmt.Sprintf("%%TAG !%d! a\n", i) }, "---\na: 1\n"),
		file("unknown directives", "", "%A b\n", "---\na: 1\n"),
		file("a long directive", "%", "a", "\n---\na: 1\n"),
	}
}

// globs make the walk over the registry's folder laborious.
func globs() []bomb {
	deep := strings.Repeat("a/", 400) + "b.yml"
	withDeep := func(include string) func() fs.FS {
		return func() fs.FS {
			files := withRoot(include)
			files[deep] = &fstest.MapFile{Data: []byte(anApp)}
			return files
		}
	}
	return []bomb{
		{name: "** over and over", files: withDeep(`["` + strings.Repeat("**/", 2_000) + `x.yaml"]`)},
		{name: "** and names in turn", files: withDeep(`["` + strings.Repeat("**/a/", 30) + `x.yaml"]`)},
		{name: "** and stars in turn", files: withDeep(`["` + strings.Repeat("**/*/", 1_500) + `x.yaml"]`)},
		{name: "stars in a name", files: func() fs.FS {
			files := withRoot(`["` + strings.Repeat("*a", 2_000) + `b"]`)
			files[strings.Repeat("a", 250)] = &fstest.MapFile{}
			return files
		}},
		{name: "brackets in a name", files: withDeep(`["` + strings.Repeat("[a-z]*", 1_000) + `b"]`)},
		{name: "an open bracket", files: withDeep(`["` + strings.Repeat("[", 8_000) + `"]`)},
		{name: "globs", files: withDeep(`[` + strings.Repeat(`"**/a/**/b/*.yaml",`, 9_000) + `]`)},
	}
}

// bombFiles is how many files the shapes of many files have.
const bombFiles = 10_000

// trees are made of many small manifests.
func trees() []bomb {
	app, domain, name := crowdApp, crowdDomain, crowdName
	shapes := map[string]func(i int) string{
		"a chain of parents":          func(i int) string { return app(name(i), "orders", ", parent: "+name(i+1)) },
		"a chain of parents by path":  func(i int) string { return app(name(i), "orders", ", parent: orders/"+name(i+1)) },
		"a cycle of parents":          func(i int) string { return app(name(i), "orders", ", parent: "+name((i+1)%bombFiles)) },
		"cycles of two":               func(i int) string { return app(name(i), "orders", ", parent: "+name(i^1)) },
		"apps of one name":            func(int) string { return app("a", "orders", ", parent: a") },
		"apps of one name by path":    func(int) string { return app("a", "orders", ", parent: orders/b/a") },
		"children of one bad parent":  func(i int) string { return app(name(i), "orders", ", parent: nobody") },
		"apps and children, one name": func(i int) string { return app("a", "orders", []string{"", ", parent: a"}[i%2]) },
		"unknown domains, many known": func(i int) string {
			if i%2 == 0 {
				return domain(name(i))
			}
			return app(name(i), "b"+name(i), "")
		},
	}
	var list []bomb
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		list = append(list, bomb{name: name, files: func() fs.FS { return crowdOf(shapes[name]) }, many: true})
	}
	return list
}

// crowd is an innocent registry of many files.
func crowd() fs.FS {
	return crowdOf(func(i int) string { return crowdApp(crowdName(i), "orders", "") })
}

func crowdOf(content func(i int) string) fs.FS {
	files := registry("domain.yaml", crowdDomain("orders"))
	for i := range bombFiles {
		files[crowdName(i)+".yaml"] = &fstest.MapFile{Data: []byte(content(i))}
	}
	return files
}

func crowdName(i int) string { return fmt.Sprintf("a%05d", i) }

func crowdApp(name, domain, rest string) string {
	return fmt.Sprintf("{apiVersion: roster/v1, kind: App, metadata: {name: %s}, spec: {domain: %s, owner: group:x, version: v1%s}}\n", name, domain, rest)
}

func crowdDomain(name string) string {
	return fmt.Sprintf("{apiVersion: roster/v1, kind: Domain, metadata: {name: %s}, spec: {owner: group:x}}\n", name)
}
