// SPDX-License-Identifier: Apache-2.0

package house

import (
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/wire"
)

// systemName finds the name of a system in a word or a text, at the beginning of
// a word or of a part of an identifier: "okta", "okta-client-secret", newEntra;
// not "central" or "entrance".
var systemName = regexp.MustCompile(`(^|[^A-Za-z])(entra([^a-z]|$)|okta|cosmos|msgraph)|Entra([^a-z]|$)|Okta|Cosmos|M[Ss][Gg]raph`)

// homes are the folders below which a system's name belongs: its own, and those
// that exist to name systems. provision is Azure's: it makes what a registry needs
// there.
func homes() []string {
	return []string{
		"provider", "catalogue", "identity", "internal/cloud", "internal/wire", "internal/provision", "store/cosmos",
	}
}

// spellers are the other files that spell a system's name in code, each with the
// reason why it has to. Everywhere else a system is known by its descriptor.
func spellers() map[string]string {
	const (
		format = "a field of the format has the name"
		help   = "the description of an input shows a store's address"
	)
	return map[string]string{
		"actions/actions.go":     help,
		"manifest/kinds.go":      format,
		"registration/record.go": format,
		"verdict/fields.go":      format,
	}
}

// spells returns the system names in the code of a file: its identifiers and its
// texts, without comments.
func spells(text []byte) []string {
	files := token.NewFileSet()
	var s scanner.Scanner
	s.Init(files.AddFile("", files.Base(), len(text)), text, nil, 0)
	var found []string
	for {
		_, tok, literal := s.Scan()
		switch {
		case tok == token.EOF:
			return found
		case (tok == token.IDENT || tok == token.STRING) && systemName.MatchString(literal):
			found = append(found, literal)
		}
	}
}

func within(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		return name == f || strings.HasPrefix(name, f+"/")
	})
}

// TestSystemsStayAtHome holds the code outside of a system's own folder against
// its name: what is to be known about it there, its descriptor says.
func TestSystemsStayAtHome(t *testing.T) {
	t.Parallel()
	allowed, packages := spellers(), map[string]bool{}
	for _, p := range list(t) {
		name := p.name()
		if gear(name) || within(name, homes()) {
			continue
		}
		for _, base := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, base))
			if err != nil {
				t.Fatal(err)
			}
			file, found := name+"/"+base, spells(text)
			if len(found) == 0 {
				continue
			}
			packages[name] = true
			if allowed[file] == "" {
				t.Errorf("%s spells the name of a system: %s", file, found)
			}
			delete(allowed, file)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(allowed)) {
		t.Errorf("%s spells no name of a system any more: take it from the list", file)
	}
	t.Logf("%d files of %d packages spell the name of a system outside of its folder", len(spellers()), len(packages))
}

// TestEverySystemNameIsLookedFor fails for a system whose name systemName does not
// find. Azure, GitHub and Key Vault are also where roster runs and delivers.
func TestEverySystemNameIsLookedFor(t *testing.T) {
	t.Parallel()
	everywhere := []string{"azure", "github", "keyvault"}
	for _, d := range wire.Systems() {
		for _, name := range append([]string{d.Type, d.Identity}, d.Namespaces...) {
			if name != "" && !slices.Contains(everywhere, name) && !systemName.MatchString(name) {
				t.Errorf("systemName does not find %s", name)
			}
		}
	}
}

func TestSystemNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`package a; const kind = "okta-client-secret"`: true,
		`package a; func newEntra() {}`:                true,
		`package a; import "example.com/store/cosmos"`: true,
		`package a; const place = "central"`:           false,
		`package a; var centralEntry, entrance int`:    false,
		`package a; type T struct{ Entra *int }`:       true,
		`package a; const text = "az cosmosdb"`:        true,
		"package a // okta":                            false,
	} {
		if got := len(spells([]byte(text))) > 0; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
