// SPDX-License-Identifier: Apache-2.0

package backstage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/backstage"
)

// component is an entity as catalogues have it.
func component(name, owner string) string {
	return "kind: Component\nmetadata: {name: " + name + "}\nspec: {type: service, lifecycle: production, owner: " + owner + "}\n"
}

// TestForeignRules imports what a manifest may not contain.
func TestForeignRules(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"a text longer than manifests have": "kind: API\nmetadata: {name: x}\nspec:\n  definition: |\n" + strings.Repeat("    line of text\n", 2000) + "---\n" + component("till", "sales"),
		"an empty field":                    "kind: Resource\nmetadata: {name: x}\nspec: {branch: }\n---\n" + component("till", "sales"),
		"anchors":                           "kind: Component\nmetadata: {name: till}\nspec: &s {type: service, lifecycle: production, owner: sales}\ncopy: *s\n",
		"merge keys":                        "base: &b {type: service, owner: sales}\nkind: Component\nmetadata: {name: till}\nspec: {<<: *b, lifecycle: production}\n",
		"a comment behind the dashes":       "--- # the first\n" + component("till", "sales"),
		"a directive":                       "%YAML 1.2\n---\n" + component("till", "sales"),
		"a byte order mark":                 "\ufeff" + component("till", "sales"),
		"carriage returns":                  strings.ReplaceAll(component("till", "sales"), "\n", "\r\n"),
		"empty documents":                   "---\n---\n\n---\n" + component("till", "sales") + "---\n",
		"tags":                              "kind: !!str Component\nmetadata: {name: till}\nspec: {type: service, lifecycle: production, owner: sales}\n",
		"old booleans":                      component("till", "sales") + "flag: yes\n",
	} {
		apps, _, findings := backstage.Import("c.yaml", []byte(file), "sales")
		if len(apps) != 1 || apps[0].Name != "till" || len(findings) > 0 {
			t.Errorf("%s: %v, %v", name, apps, findings)
		}
	}
}

// TestOneBadEntity imports the others, and says which one is bad.
func TestOneBadEntity(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"not YAML":           "kind: [\n",
		"a key twice":        "kind: Component\nkind: Component\n",
		"an unknown anchor":  "kind: *nobody\n",
		"aliases that swell": swelling(),
	} {
		apps, _, findings := backstage.Import("c.yaml", []byte(component("till", "sales")+"---\n"+bad+"---\n"+component("cart", "sales")), "sales")
		if len(apps) != 2 || len(findings) != 1 || findings[0].Line < 4 {
			t.Errorf("%s: %v, %v", name, apps, findings)
		}
	}
}

// swelling is a small document of which aliases make a billion values.
func swelling() string {
	text := "a0: &a0 [x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		alias := fmt.Sprintf("*a%d", i)
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.Join([]string{alias, alias, alias, alias, alias, alias, alias, alias}, ", "))
	}
	return text
}

// TestOwnersOfNamespaces keeps owners of different namespaces apart. A reference
// without a namespace is in that of its component.
func TestOwnersOfNamespaces(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ namespace, owner, want string }{
		{"", "admins", `"group:admins"`},
		{"", "default/admins", `"group:admins"`},
		{"Default", "group:default/admins", `"group:admins"`},
		{"", "group:shops/admins", `"group:shops/admins"`},
		{"", "User:partners/mo", `"user:partners/mo"`},
		{"shops", "admins", `"group:shops/admins"`},
		{"shops", "group:default/admins", `"group:admins"`},
	} {
		file := fmt.Sprintf("kind: Component\nmetadata: {name: till, namespace: %q}\nspec: {type: service, lifecycle: production, owner: %q}\n", test.namespace, test.owner)
		apps, skipped, findings := backstage.Import("c.yaml", []byte(file), "sales")
		if len(apps) != 1 || !strings.Contains(string(apps[0].Manifest), "  owner: "+test.want+"\n") {
			t.Errorf("%+v: %v, %v, %v", test, apps, skipped, findings)
		}
	}
}
