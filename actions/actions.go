// SPDX-License-Identifier: Apache-2.0

// Package actions is the one table of the GitHub actions: what each is for,
// which command it runs, and which input is which flag. The action files, the
// page docs/actions.md and the hidden command that the actions call are all made
// from it, so that they cannot differ; a test holds the files against it. The
// package runs nothing.
package actions

import (
	"slices"
	"strings"
)

// An Action is one action of the repository.
type Action struct {
	Name        string // folder below actions; "" for the repository's root
	Title       string // as GitHub shows it
	Description string
	Command     []string // of roster; none: the event decides
	Inputs      []Input
	Outputs     []Output
	Permissions []string // of the job's token, as "contents: read"
}

// An Input is one input of an action.
type Input struct {
	Name        string // kebab-case
	Flag        string // of the command, without dashes; "" for an argument or a setting of the action itself
	Default     string
	Description string
	Many        bool   // one value a line, each given by a flag of its own
	Argument    bool   // it is the command's argument
	Carrier     string // environment variable that carries it; "" for one of its own name
}

// An Output is one output of an action, of the same name as the command's.
type Output struct{ Name, Description string }

// Variable returns the environment variable that carries an input: composites
// set none by themselves.
func (i Input) Variable() string {
	if i.Carrier != "" {
		return i.Carrier
	}
	return "ROSTER_INPUT_" + strings.ToUpper(strings.ReplaceAll(i.Name, "-", "_"))
}

// Args returns the command line that inputs make: the action's command with a
// flag for each input that is not empty. Inputs that are the action's own are
// left out.
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

// argument is a text that no command takes for a flag.
func argument(text string) string {
	if strings.HasPrefix(text, "-") {
		return "./" + text
	}
	return text
}

// Find returns an action by its name.
func Find(name string) (Action, bool) {
	for _, a := range All() {
		if a.Name == name {
			return a, true
		}
	}
	return Action{}, false
}

// All returns the actions, the root first.
func All() []Action {
	allow := Input{Name: "allow", Flag: "allow", Many: true, Description: "Objections to accept, by the keys that they name, one a line."}
	token := Input{
		Name: "comment-token", Carrier: "ROSTER_COMMENT_TOKEN",
		Description: "Token to comment on the pull request with, as github.token in a job with pull-requests: write. Empty: no comment.",
	}
	compare := []Input{
		{Name: "base", Flag: "base", Description: "Git revision to compare with and to be judged by. auto: what the pull request of the run goes to. Needs that commit in the clone."},
		{Name: "mode", Flag: "mode", Description: "Of the comparison: open (any resource there can be) or catalogue (what providers list today)."},
		{Name: "change", Flag: "change", Description: "JSON file that says who makes the change: {author, bot, approvers, labels}."},
		allow, token,
	}
	store := Input{Name: "store", Flag: "store", Description: "Store, as cosmos:https://ACCOUNT.documents.azure.com/DATABASE."}
	key := Input{Name: "sign-with", Flag: "sign-with", Description: "Key to sign the snapshot with, as keyvault:https://VAULT.vault.azure.net/keys/NAME."}
	snapshot := func(what string) Input { return Input{Name: "snapshot", Flag: "snapshot", Description: what} }
	verdict := []Output{
		{"verdict", "passed or failed."},
		{"errors", "Number of errors."},
		{"findings", "Path of a file with the whole answer, a ValidateResult in JSON."},
		{"new-access", "Number of accesses that the change newly allows; empty without a base."},
		{"new-headroom", "Number of places that hand down more than before; empty without a base."},
		{"removed-access", "Number of accesses that the change takes away; empty without a base."},
	}
	planned := append(slices.Clone(verdict),
		Output{"changes", "Number of changes that are planned; empty without a plan."},
		Output{"plan-file", "Path of a file with the plan, in JSON; empty without a plan."},
	)
	return []Action{
		{
			Name: "", Title: "Roster",
			Description: "On a pull request, validate what it changes against its base, and plan it if there is a snapshot. On push to the default branch, sync. On a schedule, rotate, if there is a store. Otherwise validate.",
			Inputs: with(directory(), store,
				snapshot("Signed snapshot of the store: on a pull request to plan from, if the file is there; on a sync to write, if there is a key."), key, allow, token),
			Outputs:     append(slices.Clone(planned), Output{"written", "Number of registrations that a sync wrote."}),
			Permissions: []string{"contents: read", "id-token: write (to sync and rotate only)", "pull-requests: write (to comment only)"},
		},
		{
			Name: "setup", Title: "Roster: set up",
			Description: "Put the roster of this release where later steps find it: the output binary is its path.",
			Inputs:      own(), Outputs: []Output{{"binary", "Path of the program."}},
			Permissions: []string{},
		},
		{
			Name: "validate", Title: "Roster: validate", Command: []string{"validate", "--format=github"},
			Description: "Are the manifests right, does nobody hold more than handed down, and what does a change newly allow?",
			Inputs: with(directory(), append(slices.Clone(compare),
				Input{Name: "report", Flag: "report", Many: true, Description: "Files to write the answer to as well, as sarif=roster.sarif, one a line."})...),
			Outputs:     verdict,
			Permissions: []string{"contents: read", "pull-requests: write (to comment only)"},
		},
		{
			Name: "plan", Title: "Roster: plan", Command: []string{"plan", "--format=github"},
			Description: "What would change in the store?",
			Inputs: with(directory(), append([]Input{
				store, snapshot("Signed snapshot of the store to plan from, without a network or an identity."),
				{Name: "max-age", Flag: "max-age", Description: "Oldest snapshot to plan from, as 168h."},
				{Name: "out", Flag: "out", Description: "File to save the plan in."},
			}, compare...)...),
			Outputs:     planned,
			Permissions: []string{"contents: read", "id-token: write (without a snapshot only)", "pull-requests: write (to comment only)"},
		},
		{
			Name: "sync", Title: "Roster: sync", Command: []string{"sync", "--format=github"},
			Description: "Make the store equal to the registry, each change with its audit event in one write. Refuses every pull request.",
			Inputs: with(directory(), store, Input{Name: "plan", Flag: "plan", Description: "Saved plan to apply; refused when anything moved since."},
				snapshot("File to write a signed snapshot of the store to."), key, allow),
			Outputs:     []Output{{"written", "Number of registrations that were written."}},
			Permissions: []string{"contents: read", "id-token: write"},
		},
		rotation(store, allow),
		{
			Name: "audit", Title: "Roster: verify the audit trail", Command: []string{"audit", "verify"},
			Description: "Is the audit trail whole?",
			Inputs:      with(directory(), store),
			Permissions: []string{"contents: read", "id-token: write"},
		},
	}
}

// rotation is the action that renews credentials.
func rotation(store, allow Input) Action {
	return Action{
		Name: "rotate", Title: "Roster: rotate", Command: []string{"rotate", "--format=github"},
		Description: "Renew the credentials that are due. Refuses every pull request.",
		Inputs: with(directory(), store, allow,
			Input{Name: "dry-run", Flag: "dry-run", Description: "true: only say what would be done and what stands in the way; fails if anything would."},
			Input{Name: "now", Flag: "now", Description: "true: renew what owner or node has, due or not."},
			Input{Name: "owner", Flag: "owner", Description: "With now: owner, as group:checkout-team."},
			Input{Name: "node", Flag: "node", Description: "With now: node, and what is below it."},
			Input{Name: "reason", Flag: "reason", Description: "With now: manual, or leak to give the old ones no overlap."},
			Input{Name: "confirm", Flag: "confirm", Description: "With now: how many credentials that are."},
		),
		Outputs: []Output{
			{"rotated", "Number of credentials whose rotation got to its end."},
			{"held", "Number of credentials that wait for a person."},
			{"failed", "Number of credentials that could not be carried on."},
		},
		Permissions: []string{"contents: read", "id-token: write"},
	}
}

func directory() Input {
	return Input{Name: "directory", Argument: true, Default: ".", Description: "Folder of the registry."}
}

// own are the inputs of the script that finds the program.
func own() []Input {
	return []Input{
		{Name: "binary", Description: "Path of a roster to use as it is, unchecked."},
		{Name: "mirror", Description: "URL of a folder that has the files of releases, for networks without github.com."},
	}
}

func with(first Input, more ...Input) []Input {
	return append(append([]Input{first}, more...), own()...)
}
