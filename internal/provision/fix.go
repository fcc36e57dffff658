// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"
)

// The commands of the Azure CLI for steps that this package cannot do, for a POSIX
// shell (reference: "az cosmosdb sql", "az ad app federated-credential", "az rest").

func (w Desired) fixDatabase(serverless bool) string {
	args := w.cosmos("sql", "database", "create", "--name", w.Database)
	if o := w.Throughput.options(serverless); o != nil {
		if o.Autoscale != nil {
			args = append(args, "--max-throughput", strconv.Itoa(o.Autoscale.Max))
		} else {
			args = append(args, "--throughput", strconv.Itoa(o.Throughput))
		}
	}
	return command(args...)
}

func (w Desired) fixContainer(name string) string {
	l := Layout()
	return command(w.cosmos("sql", "container", "create", "--database-name", w.Database, "--name", name,
		"--partition-key-path", l.PartitionKey, "--partition-key-version", strconv.Itoa(l.Version),
		"--idx", text(wantedContainer(name).Properties.Resource.Indexing))...)
}

// fixLayout returns the command that replaces all settings of a container. No other
// command can turn off time to live.
func (w Desired) fixLayout(name string) string {
	return command("az", "rest", "--method", "put",
		"--url", w.databasePath("containers", name)+"?api-version="+APIVersion,
		"--body", text(wantedContainer(name)))
}

func (w Desired) fixRole(r role, verb string) string {
	type permission struct{ DataActions []string }
	return command(w.cosmos("sql", "role", "definition", verb, "--body", text(struct {
		ID               string `json:"Id"`
		RoleName         string
		Type             string
		AssignableScopes []string
		Permissions      []permission
	}{r.id(w), r.name(w), "CustomRole", []string{"/dbs/" + w.Database}, []permission{{r.actions}}}))...)
}

func (w Desired) fixAssignment(h holder, roleID string) string {
	return command(w.cosmos("sql", "role", "assignment", "create",
		"--role-assignment-id", h.role.assignmentID(w, h.principal), "--role-definition-id", path.Base(roleID),
		"--scope", "/dbs/"+w.Database, "--principal-id", h.principal)...)
}

func (f Federation) fix(verb string) string {
	args := []string{"az", "ad", "app", "federated-credential", verb, "--id", f.Application}
	if verb == "update" {
		args = append(args, "--federated-credential-id", f.Name)
	}
	return command(append(args, "--parameters", text(f.credential()))...)
}

// cosmos returns a command for the account.
func (w Desired) cosmos(args ...string) []string {
	verbs, options := args, []string(nil)
	for i, a := range args {
		if strings.HasPrefix(a, "--") {
			verbs, options = args[:i], args[i:]
			break
		}
	}
	all := append([]string{"az", "cosmosdb"}, verbs...)
	all = append(all, "--subscription", w.Subscription, "--resource-group", w.ResourceGroup, "--account-name", w.Account)
	return append(all, options...)
}

// command quotes words for a POSIX shell (IEEE Std 1003.1, "Shell Command
// Language", section 2.2.2).
func command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if w == "" || strings.ContainsFunc(w, needsQuotes) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

func needsQuotes(r rune) bool {
	plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,", r)
	return !plain
}

// text returns a value as JSON. It panics for a value without a JSON form.
func text(v any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("provision: encode as JSON: " + err.Error())
	}
	return strings.TrimSpace(b.String())
}
