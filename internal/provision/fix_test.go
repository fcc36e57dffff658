// SPDX-License-Identifier: Apache-2.0

package provision_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/provision"
)

// TestCommandsReachTheProgramAsMeant has a real shell run the commands, with a
// function in the place of the Azure CLI.
func TestCommandsReachTheProgramAsMeant(t *testing.T) {
	t.Parallel()
	w, want := newWorld(t), wanted()
	const subject = `repo:acme/registry:environment:it's $(touch /x) "q" \ ` + "`id`" + ` ${HOME} ; & | > ~`
	want.Federations[0].Subject = subject
	for _, s := range w.look(t, want) {
		if s.Fix == "" {
			continue
		}
		// The null character, which no argument can hold, ends each.
		out, err := exec.CommandContext(t.Context(), "sh", "-c", `az() { printf '%s\000' "$@"; }; `+s.Fix).Output()
		if err != nil {
			t.Fatalf("%s: %v", s.Fix, err)
		}
		args := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		value := func(option string) string {
			at := slices.Index(args, option)
			if at < 0 || at+1 == len(args) {
				t.Fatalf("%s %s: no %s in %q", s.Kind, s.Name, option, args)
			}
			return args[at+1]
		}
		switch s.Kind {
		case provision.KindContainer:
			l := provision.Layout()
			if diff := cmp.Diff(map[string]any{
				"automatic": true, "indexingMode": "consistent",
				"includedPaths": []any{map[string]any{"path": l.Included}}, "excludedPaths": []any{map[string]any{"path": l.Excluded}},
			}, decode(t, value("--idx"))); diff != "" || value("--partition-key-path") != l.PartitionKey || value("--name") != s.Name {
				t.Errorf("%s: %s", s.Fix, diff)
			}
		case provision.KindRole:
			body := decode(t, value("--body"))
			if body["RoleName"] != s.Name || body["Id"] == "" || cmp.Diff([]any{"/dbs/registry"}, body["AssignableScopes"]) != "" {
				t.Errorf("%s", s.Fix)
			}
		case provision.KindAssignment:
			if !strings.HasSuffix(s.Name, value("--principal-id")) || value("--scope") != "/dbs/registry" {
				t.Errorf("%s", s.Fix)
			}
		case provision.KindFederation:
			if diff := cmp.Diff(map[string]any{
				"name": "roster-prod", "issuer": provision.GitHubIssuer, "subject": subject,
				"audiences": []any{provision.DefaultAudience}, "description": "Made by roster",
			}, decode(t, value("--parameters"))); diff != "" || value("--id") != appID {
				t.Errorf("%s (-want +got):\n%s", s.Fix, diff)
			}
		case provision.KindDatabase:
			if value("--throughput") != "400" || value("--name") != "registry" || value("--account-name") != "acme-registry" {
				t.Errorf("%s", s.Fix)
			}
		default:
			t.Errorf("%s has a command: %s", s.Kind, s.Fix)
		}
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// TestMendedLayoutIsWhatMakeMakes: the command for a container that differs
// holds the same body that Make would have sent.
func TestMendedLayoutIsWhatMakeMakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Databases["registry"] = map[string]any{"resource": map[string]any{"id": "registry"}, "options": map[string]any{"throughput": 400}}
	w.arm.Containers["registry/orders"] = container("orders", map[string]any{"defaultTtl": 60})
	fix := find(t, w.look(t, wanted()), "container orders").Fix
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `az() { printf '%s\000' "$@"; }; `+fix).Output()
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(string(out), "\x00")
	var body any
	if err := json.Unmarshal([]byte(args[slices.Index(args, "--body")+1]), &body); err != nil {
		t.Fatal(err)
	}
	put := client(t, w.arm, "", provision.APIVersion)
	path, version, _ := strings.Cut(args[slices.Index(args, "--url")+1], "?")
	if version != "api-version="+provision.APIVersion {
		t.Errorf("version %q", version)
	}
	if err := put.Put(t.Context(), path, body, nil); err != nil { // held against the description
		t.Fatal(err)
	}
	w.forget()
	if s := find(t, w.look(t, wanted()), "container orders"); s.State != provision.Present {
		t.Errorf("after the command: %+v", s)
	}
}
