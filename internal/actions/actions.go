// SPDX-License-Identifier: Apache-2.0

// Package actions is the one table of the GitHub actions: what each is for,
// which command it runs, and which input is which flag. The action files, the
// page docs/actions.md and the hidden command that the actions call are all made
// from it, so that they cannot differ; a test holds the files against it. The
// package runs nothing.
package actions

import "strings"

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
	Many        bool // one value a line, each given by a flag of its own
	Argument    bool // it is the command's argument
}

// An Output is one output of an action, of the same name as the command's.
type Output struct{ Name, Description string }

// Variable returns the environment variable that carries an input: composites
// set none by themselves.
func (i Input) Variable() string {
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
	validate := []Input{
		{Name: "base", Flag: "base", Description: "Git revision to compare with and to be judged by. auto: what the pull request of the run goes to. Needs that commit in the clone."},
		{Name: "mode", Flag: "mode", Description: "Of the comparison: open (any resource there can be) or catalogue (what providers list today)."},
		{Name: "change", Flag: "change", Description: "JSON file that says who makes the change: {author, bot, approvers, labels}."},
		{Name: "allow", Flag: "allow", Many: true, Description: "Objections to accept, by the keys that they name, one a line."},
	}
	store := Input{Name: "store", Flag: "store", Description: "Store, as cosmos:https://ACCOUNT.documents.azure.com/DATABASE."}
	verdict := []Output{
		{"verdict", "passed or failed."},
		{"errors", "Number of errors."},
		{"new-access", "Number of accesses that the change newly allows; empty without a base."},
		{"new-headroom", "Number of places that hand down more than before; empty without a base."},
		{"removed-access", "Number of accesses that the change takes away; empty without a base."},
	}
	return []Action{
		{
			Name: "", Title: "Roster",
			Description: "On a pull request, validate what it changes against its base. On push to the default branch, sync. Otherwise validate.",
			Inputs:      with(directory(), store, validate[3]), Outputs: verdict,
			Permissions: []string{"contents: read", "id-token: write (to sync only)"},
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
			Inputs:      with(directory(), validate...), Outputs: verdict,
			Permissions: []string{"contents: read"},
		},
		{
			Name: "plan", Title: "Roster: plan", Command: []string{"plan", "--format=github"},
			Description: "What would change in the store?",
			Inputs:      with(directory(), append([]Input{store, {Name: "out", Flag: "out", Description: "File to save the plan in."}}, validate...)...),
			Permissions: []string{"contents: read", "id-token: write"},
		},
		{
			Name: "sync", Title: "Roster: sync", Command: []string{"sync", "--format=github"},
			Description: "Make the store equal to the registry, each change with its audit event in one write. Refuses every pull request.",
			Inputs:      with(directory(), store, Input{Name: "plan", Flag: "plan", Description: "Saved plan to apply; refused when anything moved since."}, validate[3]),
			Permissions: []string{"contents: read", "id-token: write"},
		},
		{
			Name: "audit", Title: "Roster: verify the audit trail", Command: []string{"audit", "verify"},
			Description: "Is the audit trail whole?",
			Inputs:      with(directory(), store),
			Permissions: []string{"contents: read", "id-token: write"},
		},
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
