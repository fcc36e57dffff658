// SPDX-License-Identifier: Apache-2.0

// Package actions defines the GitHub actions of this repository: their purpose, the
// command that each runs, and the flag for each input. Start with All, or with Find
// for one action.
//
// The action files and the tables of docs/actions.md are generated from these
// definitions, and a test compares them. The hidden command that the actions call
// reads the same definitions. The package runs nothing.
package actions

import (
	"slices"
	"strings"
)

// An Action is one action of the repository.
type Action struct {
	Name        string // folder below actions; "" for the repository's root
	Title       string // displayed by GitHub
	Description string
	Command     []string // of roster; empty if the event decides
	Inputs      []Input
	Outputs     []Output
	Permissions []string // of the job's token, such as "contents: read"
}

// An Input is one input of an action.
type Input struct {
	Name        string // kebab-case
	Flag        string // of the command, without dashes; "" for an argument or a setting of the action
	Default     string
	Description string
	Many        bool   // one value a line, each passed as a separate flag
	Argument    bool   // the command's argument
	Carrier     string // environment variable that carries it; "" to derive one from Name
}

// An Output is one output of an action. The command's output has the same name.
type Output struct{ Name, Description string }

// Variable returns the environment variable that carries an input. A composite
// action does not set INPUT_* variables.
func (i Input) Variable() string {
	if i.Carrier != "" {
		return i.Carrier
	}
	return "ROSTER_INPUT_" + strings.ToUpper(strings.ReplaceAll(i.Name, "-", "_"))
}

// Args returns the command line for the inputs: the action's command, and a flag for
// each input that is not empty. It leaves out settings of the action.
func (a Action) Args(value func(Input) string) []string {
	args := append([]string{}, a.Command...)
	for _, input := range a.Inputs {
		text := value(input)
		switch {
		case text == "":
		case input.Argument:
			args = append(args, argument(text))
		case input.Flag == "":
		case input.Many:
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); line != "" {
					args = append(args, "--"+input.Flag+"="+line)
				}
			}
		default:
			args = append(args, "--"+input.Flag+"="+text)
		}
	}
	return args
}

// argument returns a text in a form that no command parses as a flag.
func argument(text string) string {
	if strings.HasPrefix(text, "-") {
		return "./" + text
	}
	return text
}

// Find returns the action with a name, and whether it exists.
func Find(name string) (Action, bool) {
	for _, a := range All() {
		if a.Name == name {
			return a, true
		}
	}
	return Action{}, false
}

// All returns the actions, the one in the repository's root first.
func All() []Action {
	allow := Input{Name: "allow", Flag: "allow", Many: true, Description: "Findings and refusals to accept, by the keys in their messages, one a line."}
	token := Input{
		Name: "comment-token", Carrier: "ROSTER_COMMENT_TOKEN",
		Description: "Token to comment on the pull request, such as github.token in a job with pull-requests: write. Empty: no comment.",
	}
	compare := []Input{
		{Name: "base", Flag: "base", Description: "Git revision to compare with; its policies judge the change. auto: the target branch of the pull request. The clone must contain that commit."},
		{Name: "mode", Flag: "mode", Description: "Mode of the comparison: open (every possible resource) or catalogue (resources that providers list today)."},
		{Name: "change", Flag: "change", Description: "JSON file with the author and approvers of the change: {author, bot, approvers, labels}."},
		{Name: "accept", Flag: "accept", Many: true, Description: "Digests of gains to accept, as printed with the verdict, one a line."},
		allow, token,
	}
	store := Input{Name: "store", Flag: "store", Description: "Store, for example cosmos:https://ACCOUNT.documents.azure.com/DATABASE."}
	key := Input{Name: "sign-with", Flag: "sign-with", Description: "Key that signs the snapshot, for example keyvault:https://VAULT.vault.azure.net/keys/NAME."}
	snapshot := func(what string) Input { return Input{Name: "snapshot", Flag: "snapshot", Description: what} }
	verdict := []Output{
		{"verdict", "passed or failed."},
		{"errors", "Number of errors."},
		{"findings", "Path of a file with the complete result, a ValidateResult in JSON."},
		{"new-access", "Number of gains: access that the change newly allows; empty without a base."},
		{"new-headroom", "Number of loosened limits; empty without a base."},
		{"new-delivery", "Number of credentials that are newly delivered somewhere; empty without a base."},
		{"new-control", "Number of nodes, providers and lists that somebody else decides about; empty without a base."},
		{"removed-access", "Number of losses: access that the change removes; empty without a base."},
	}
	planned := append(slices.Clone(verdict),
		Output{"changes", "Number of planned changes; empty without a plan."},
		Output{"plan-file", "Path of a file with the plan, in JSON; empty without a plan."},
	)
	return []Action{
		{
			Name: "", Title: "Roster",
			Description: "Validate a pull request against its base, and plan it if there is a snapshot. Sync on push to the default branch. Rotate on a schedule if there is a store. Otherwise validate.",
			Inputs: with(directory(), store,
				snapshot("File of the signed snapshot. A pull request plans from it if it exists; a sync writes it if there is a key."), key, allow, token),
			Outputs:     append(slices.Clone(planned), Output{"written", "Number of registrations that the sync wrote."}),
			Permissions: []string{"contents: read", "id-token: write (to sync and rotate only)", "pull-requests: write (to comment only)"},
		},
		{
			Name: "setup", Title: "Roster: set up",
			Description: "Install the roster of this release for later steps; the output binary is its path.",
			Inputs:      own(), Outputs: []Output{{"binary", "Path of the program."}},
			Permissions: []string{},
		},
		{
			Name: "validate", Title: "Roster: validate", Command: []string{"validate", "--format=github"},
			Description: "Check manifests, and that no node exceeds what its parents allow. With a base, list what the change newly allows.",
			Inputs: with(directory(), append(slices.Clone(compare),
				Input{Name: "report", Flag: "report", Many: true, Description: "Files that also receive the result, for example sarif=roster.sarif, one a line."})...),
			Outputs:     verdict,
			Permissions: []string{"contents: read", "pull-requests: write (to comment only)"},
		},
		{
			Name: "plan", Title: "Roster: plan", Command: []string{"plan", "--format=github"},
			Description: "Show what a sync would change in the store.",
			Inputs: with(directory(), append([]Input{
				store, snapshot("Signed snapshot of the store. The plan then needs neither network nor identity."),
				{Name: "max-age", Flag: "max-age", Description: "Maximum age of the snapshot, for example 168h."},
				{Name: "out", Flag: "out", Description: "File to save the plan to."},
			}, compare...)...),
			Outputs:     planned,
			Permissions: []string{"contents: read", "id-token: write (without a snapshot only)", "pull-requests: write (to comment only)"},
		},
		{
			Name: "sync", Title: "Roster: sync", Command: []string{"sync", "--format=github"},
			Description: "Make the store equal to the registry. Each change and its audit event are one atomic write. Refuses pull requests.",
			Inputs: with(directory(), store, Input{Name: "plan", Flag: "plan", Description: "Saved plan to apply; refused if one of its inputs has changed since."},
				snapshot("File to write a signed snapshot of the store to."), key, allow, branch(),
				Input{Name: "rollback", Flag: "rollback", Description: "Commit to go back to, if it is older than the one that was synced last."}),
			Outputs:     []Output{{"written", "Number of registrations that the sync wrote."}},
			Permissions: []string{"contents: read", "id-token: write"},
		},
		rotation(store, allow),
		{
			Name: "audit", Title: "Roster: verify the audit trail", Command: []string{"audit", "verify"},
			Description: "Verify that nobody changed, removed, added or moved an event of the audit trail.",
			Inputs:      with(directory(), store),
			Permissions: []string{"contents: read", "id-token: write"},
		},
	}
}

// rotation returns the action that renews credentials.
func rotation(store, allow Input) Action {
	return Action{
		Name: "rotate", Title: "Roster: rotate", Command: []string{"rotate", "--format=github"},
		Description: "Renew the credentials that are due. Refuses pull requests.",
		Inputs: with(directory(), store, allow, branch(),
			Input{Name: "dry-run", Flag: "dry-run", Description: "true: only show the steps and what blocks them; fails if a credential is due."},
			Input{Name: "now", Flag: "now", Description: "true: renew the credentials of owner or node at once, even if they are not due."},
			Input{Name: "owner", Flag: "owner", Description: "With now: owner, for example group:checkout-team."},
			Input{Name: "node", Flag: "node", Description: "With now: node, including the nodes below it."},
			Input{Name: "reason", Flag: "reason", Description: "With now: manual, or leak to revoke the old credentials without overlap."},
			Input{Name: "confirm", Flag: "confirm", Description: "With now: exact number of credentials to renew."},
		),
		Outputs: []Output{
			{"rotated", "Number of credentials whose rotation completed."},
			{"held", "Number of credentials held for a person."},
			{"failed", "Number of credentials whose rotation failed in this run."},
		},
		Permissions: []string{"contents: read", "id-token: write"},
	}
}

func branch() Input {
	return Input{Name: "branch", Flag: "branch", Description: "Branch that changes are merged to: only its runs write. Empty: the default branch."}
}

func directory() Input {
	return Input{Name: "directory", Argument: true, Default: ".", Description: "Folder of the registry."}
}

// own returns the inputs of the script that finds the program.
func own() []Input {
	return []Input{
		{Name: "binary", Description: "Path of a roster to run without checking its hash."},
		{Name: "mirror", Description: "URL of a folder with the files of releases, for networks without github.com."},
	}
}

func with(first Input, more ...Input) []Input {
	return append(append([]Input{first}, more...), own()...)
}
