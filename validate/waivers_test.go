// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/validate"
)

// waived is a registry in which checkout needs what the ceiling of its domain,
// that of the root, or a deny does not let it have, and a waiver for all of it.
func waived(waiver string) map[string]string {
	files := map[string]string{
		"roster.yaml":   "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec:\n  include: [\"*/*.yaml\"]\n  ceiling: [\"keyvault/**:*\"]\n  deny: [\"keyvault/root/**:*\"]\n",
		"d/orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:leads\", ceiling: [\"keyvault/orders/*:get\"]}\n",
		"a/checkout.yaml": "apiVersion: roster/v1\nkind: App\nmetadata: {name: checkout}\nspec:\n  domain: orders\n  owner: \"group:team\"\n  version: v1\n" +
			"  scopes: [\"keyvault/orders/db:get\", \"keyvault/payments/db:get\", \"keyvault/root/db:get\", \"msgraph/users:read\"]\n",
	}
	if waiver != "" {
		files["a/waiver.yaml"] = "apiVersion: roster/v1\nkind: Waiver\nmetadata: {name: w}\nspec: {for: orders/checkout, reason: need, scopes: [\"**:*\"], " + waiver + "}\n"
	}
	return files
}

// objectionsTo returns the rules and columns of the errors at checkout's scopes.
func objectionsTo(t *testing.T, files map[string]string, base *validate.Base) []string {
	t.Helper()
	findings, _ := validate.Registry(load(t, files), validate.Config{Systems: wire.Systems(), At: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), Base: base})
	var said []string
	for _, f := range findings {
		if f.Rule == validate.RuleAttenuation || f.Rule == validate.RuleDeniedScope {
			said = append(said, f.Rule+" "+f.Position())
		}
	}
	return said
}

// TestWaiversLiftCeilings shows what a waiver lifts, which is the ceiling of the
// domain, and what it does not: the root's ceiling, a deny.
func TestWaiversLiftCeilings(t *testing.T) {
	t.Parallel()
	const payments, root, users = "attenuation a/checkout.yaml:8:38", "a/checkout.yaml:8:66", "attenuation a/checkout.yaml:8:90"
	none := []string{payments, "attenuation " + root, "denied-scope " + root, users}
	stands := []string{"denied-scope " + root, users}
	const inForce = `approvedBy: "group:leads", until: 2026-02-28`
	for name, test := range map[string]struct {
		waiver string
		base   *validate.Base
		want   []string
	}{
		"no waiver":                 {"", nil, none},
		"in force":                  {inForce, nil, stands},
		"over":                      {`approvedBy: "group:leads", until: 2026-01-30`, nil, none},
		"of nobody who may":         {`approvedBy: "group:team", until: 2026-02-28`, nil, none},
		"in the change, not before": {inForce, &validate.Base{Registry: load(t, waived(""))}, none},
		"before, and still":         {inForce, &validate.Base{Registry: load(t, waived(inForce))}, stands},
		"before, and no longer":     {"", &validate.Base{Registry: load(t, waived(inForce))}, none},
	} {
		if d := cmp.Diff(test.want, objectionsTo(t, waived(test.waiver), test.base)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
