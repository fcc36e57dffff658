// SPDX-License-Identifier: Apache-2.0

package provision_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/provision"
)

// TestWhatCannotBeWanted is refused before anything is asked or written, with a
// sentence that quotes it.
func TestWhatCannotBeWanted(t *testing.T) {
	t.Parallel()
	many := func(n int) []string {
		all := []string{provision.System}
		for i := range n - 1 {
			all = append(all, fmt.Sprintf("d%02d", i))
		}
		slices.Sort(all)
		return all
	}
	cases := []struct {
		name string
		edit func(*provision.Desired)
		want string // "" if it may be wanted
	}{
		{"as it is", func(*provision.Desired) {}, ""},
		{"no resource group", func(w *provision.Desired) { w.ResourceGroup = "" }, ""},
		{"resource group of all kinds", func(w *provision.Desired) { w.ResourceGroup = "Größe_(1).x-y" }, ""},
		{"resource group as a path", func(w *provision.Desired) { w.ResourceGroup = "x/../y" }, `resource group "x/../y"`},
		{"resource group of periods", func(w *provision.Desired) { w.ResourceGroup = ".." }, `resource group ".."`},
		{"resource group as an option", func(w *provision.Desired) { w.ResourceGroup = "--yes" }, `resource group "--yes"`},
		{"long resource group", func(w *provision.Desired) { w.ResourceGroup = strings.Repeat("x", 91) }, "resource group"},
		{"subscription", func(w *provision.Desired) { w.Subscription = "prod" }, `subscription "prod" is not a GUID`},
		{"two subscriptions", func(w *provision.Desired) { w.Subscription += "\n" + subscription }, "subscription"},
		{"account as a host", func(w *provision.Desired) { w.Account = "acme.documents.azure.com" }, `account "acme.documents.azure.com"`},
		{"short account", func(w *provision.Desired) { w.Account = "ab" }, `account "ab"`},
		{"account with capitals", func(w *provision.Desired) { w.Account = "Acme" }, `account "Acme"`},
		{"account that ends badly", func(w *provision.Desired) { w.Account = "acme-" }, `account "acme-"`},
		{"database with capitals", func(w *provision.Desired) { w.Database = "Registry-1" }, ""},
		{"database as an option", func(w *provision.Desired) { w.Database = "-x" }, `database "-x"`},
		{"long database", func(w *provision.Desired) { w.Database = strings.Repeat("x", 256) }, "database"},
		{"no database", func(w *provision.Desired) { w.Database = "" }, `database ""`},
		{"database as a path", func(w *provision.Desired) { w.Database = "a/b" }, `database "a/b"`},
		{"database as code", func(w *provision.Desired) { w.Database = "${x}" }, `database "${x}"`},
		{"container as JSON", func(w *provision.Desired) { w.Containers = []string{`a","x":"`, "roster"} }, `container "a\",\"x\":\""`},
		{"container as an option", func(w *provision.Desired) { w.Containers = []string{"-x", "roster"} }, `container "-x"`},
		{"container with a line break", func(w *provision.Desired) { w.Containers = []string{"roster", "x\n"} }, `container "x\n"`},
		{"long container", func(w *provision.Desired) { w.Containers = []string{"roster", strings.Repeat("x", 256)} }, "container"},
		{"unsorted containers", func(w *provision.Desired) { w.Containers = []string{"roster", "a"} }, "are not sorted and unique"},
		{"a container twice", func(w *provision.Desired) { w.Containers = []string{"a", "a", "roster"} }, "are not sorted and unique"},
		{"no system container", func(w *provision.Desired) { w.Containers = []string{"orders"} }, `lack "roster"`},
		{"25 shared", func(w *provision.Desired) { w.Containers, w.Throughput.Shared = many(25), 400 }, ""},
		{"26 shared", func(w *provision.Desired) { w.Containers, w.Throughput.Shared = many(26), 400 }, "26 containers: at most 25"},
		{"26 autoscaled", func(w *provision.Desired) { w.Containers, w.Throughput.Autoscale = many(26), 1000 }, "26 containers: at most 25"},
		{"26 serverless", func(w *provision.Desired) { w.Containers, w.Throughput.Serverless = many(26), true }, ""},
		{"26 of a kind to be found out", func(w *provision.Desired) { w.Containers = many(26) }, ""},
		{"two throughputs", func(w *provision.Desired) { w.Throughput = provision.Throughput{Shared: 400, Serverless: true} }, "only one of"},
		{"little throughput", func(w *provision.Desired) { w.Throughput.Shared = 399 }, "shared throughput 399"},
		{"odd throughput", func(w *provision.Desired) { w.Throughput.Shared = 450 }, "shared throughput 450"},
		{"negative throughput", func(w *provision.Desired) { w.Throughput.Shared = -400 }, "shared throughput -400"},
		{"little autoscale", func(w *provision.Desired) { w.Throughput.Autoscale = 400 }, "autoscale maximum 400"},
		{"odd autoscale", func(w *provision.Desired) { w.Throughput.Autoscale = 1500 }, "autoscale maximum 1500"},
		{"principal by name", func(w *provision.Desired) { w.Readers = []string{"me@acme.example"} }, `principal "me@acme.example"`},
		{"principal twice", func(w *provision.Desired) { w.Readers = []string{strings.ToUpper(reader), reader} }, "duplicate"},
		{"reader and writer", func(w *provision.Desired) { w.Readers = []string{writer} }, "a writer can also read"},
	}
	federations := []struct {
		name string
		edit func(*provision.Federation)
		want string
	}{
		{"application by name", func(f *provision.Federation) { f.Application = "roster' or 'x" }, "is not an object id"},
		{"short name", func(f *provision.Federation) { f.Name = "ab" }, `name "ab"`},
		{"name as an option", func(f *provision.Federation) { f.Name = "--id" }, `name "--id"`},
		{"issuer over http", func(f *provision.Federation) { f.Issuer = "http://token.actions.githubusercontent.com" }, "is not an https URL"},
		{"no issuer", func(f *provision.Federation) { f.Issuer = "" }, "is not an https URL"},
		{"no subject", func(f *provision.Federation) { f.Subject = "" }, `subject ""`},
		{"wildcard", func(f *provision.Federation) { f.Subject = "repo:acme/*" }, "no wildcards in subjects"},
		{"subject of two lines", func(f *provision.Federation) { f.Subject = "repo:a\n//" }, `subject "repo:a\n//"`},
		{"subject that turns around", func(f *provision.Federation) { f.Subject = "repo:\u202ea" }, "printable"},
		{"subject that is no text", func(f *provision.Federation) { f.Subject = "repo:\xff" }, "printable"},
		{"long subject", func(f *provision.Federation) { f.Subject = strings.Repeat("x", 601) }, "up to 600"},
		{"audience of two lines", func(f *provision.Federation) { f.Audience = "a\rb" }, `audience "a\rb"`},
		{"ids in the subject", func(f *provision.Federation) { f.Subject = "repo:acme@1/registry@2:environment:prod eu's" }, ""},
	}
	for _, f := range federations {
		cases = append(cases, struct {
			name string
			edit func(*provision.Desired)
			want string
		}{f.name, func(w *provision.Desired) { f.edit(&w.Federations[0]) }, f.want})
	}
	for _, c := range cases {
		w := wanted()
		c.edit(&w)
		err := w.Check()
		if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, provision.ErrInvalid) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
		}
		if bicep := provision.Bicep(io.Discard, w); (bicep == nil) != (err == nil) {
			t.Errorf("%s: Bicep says %v, Check %v", c.name, bicep, err)
		}
		if err == nil {
			continue
		}
		if _, look := (provision.Azure{}).Look(t.Context(), w); !errors.Is(look, provision.ErrInvalid) { // it has no client to ask
			t.Errorf("%s: Look says %v", c.name, look)
		}
	}
}

func TestFederationsThatCannotBeWanted(t *testing.T) {
	t.Parallel()
	elsewhere := federation("roster-prod", "repo:acme/registry:environment:prod")
	elsewhere.Application = objectID
	many := func(n int) []provision.Federation {
		var all []provision.Federation
		for i := range n {
			all = append(all, federation(fmt.Sprintf("roster-%d", i), fmt.Sprintf("repo:acme/registry:environment:e%d", i)))
		}
		return all
	}
	for _, c := range []struct {
		name string
		all  []provision.Federation
		want string
	}{
		{"name twice", []provision.Federation{federation("abc", "s1"), federation("abc", "s2")}, `federation "abc" of application`},
		{"subject twice", []provision.Federation{federation("abc", "s1"), federation("def", "s1")}, `already trusts "s1"`},
		{"two applications", []provision.Federation{federation("roster-prod", "repo:acme/registry:environment:prod"), elsewhere}, ""},
		{"twenty", many(20), ""},
		{"one too many", many(21), "more than 20 federations"},
	} {
		w := wanted()
		w.Federations = c.all
		if err := w.Check(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
		}
	}
}
