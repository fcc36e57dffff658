// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// baseFlags are the flags of commands that compare a registry with a revision.
type baseFlags struct {
	base   string // revision, "" for no comparison
	mode   string
	change string // file that says who makes the change
	accept []string
}

func (f *baseFlags) addBase(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.base, "base", "", "git revision to compare with, for example origin/main; auto: the target of this run's pull request (default: no comparison)")
	flags.StringVar(&f.mode, "mode", verdict.Open, "mode of the comparison: open (every possible resource) or catalogue (only what providers list and apps provide today)")
	flags.StringArrayVar(&f.accept, "accept", nil, "digest of the gains to accept, as printed with them; one gain more has another digest")
	flags.StringVar(&f.change, "change", "", "JSON file with the author of the change: {author, bot, approvers, labels} (default: none)")
}

// config returns how to judge the registry in dir.
func (f *baseFlags) config(ctx context.Context, env *Env, dir string, limits manifest.Limits) (validate.Config, error) {
	config := validate.Config{Systems: wire.Systems()}
	if f.base == "" {
		switch {
		case f.change != "":
			return config, usage("--change needs --base")
		case len(f.accept) > 0:
			return config, usage("--accept needs --base")
		}
		return config, nil
	}
	switch f.mode {
	case verdict.Open:
	case verdict.Catalogue:
		world, err := wire.Catalogue()
		if err != nil {
			return config, err
		}
		config.Catalogue = world
	default:
		return config, usage("--mode %q is unknown; allowed: %s, %s", f.mode, verdict.Catalogue, verdict.Open)
	}
	revision := f.base
	if revision == autoBase {
		var err error
		if revision, config.Change, err = proposal(ctx, env, dir); err != nil {
			return config, err
		}
	}
	base, distance, err := wire.LoadBase(ctx, dir, revision, limits)
	if err != nil {
		return config, baseError(env, err)
	}
	if err := compare(env, distance); err != nil {
		return config, err
	}
	config.Base = base
	if f.change != "" {
		config.Change, err = readChange(f.change)
	}
	return config, err
}

// baseError returns the error for a base that cannot be read. A path to the registry that
// leads elsewhere is an objection to the change.
func baseError(env *Env, err error) error {
	switch {
	case errors.Is(err, gitfs.ErrLink), errors.Is(err, gitfs.ErrSubmodule):
		env.say("refusing to compare with the base: %v", err)
		return errFindings
	case errors.Is(err, gitfs.ErrShallow):
		return fmt.Errorf("--base: %w", err)
	case errors.Is(err, gitfs.ErrNoRevision), errors.Is(err, gitfs.ErrNoRepository), errors.Is(err, gitfs.ErrAmbiguous):
		return usage("--base: %v", err)
	}
	return fmt.Errorf("read base: %w", err)
}

// errSame is returned for a run about a change that would be compared with itself.
var errSame = errors.New("base and HEAD are the same commit, so there is no change to judge; check out the merge of the change, and do not move its target branch")

// compare says before any finding what makes a comparison doubtful, and refuses one that
// compares a change with itself.
func compare(env *Env, d gitfs.Distance) error {
	pr, err := ci.PullRequestOf(env.Getenv)
	switch {
	case d.Same && err == nil && pr != nil:
		return fmt.Errorf("--base: %w", errSame)
	case !d.Contains && d.Known:
		env.say("%s", report.BehindLine(d.Behind))
	case !d.Contains:
		env.say("this clone is shallow, so it is unknown whether HEAD contains the base; if it does not, what the missing commits took away is shown as new access")
	}
	return nil
}

// autoBase is the --base of a run for a pull request: the commit that the pull
// request targets.
const autoBase = "auto"

// proposal returns the revision that a proposed change targets, and its author.
func proposal(ctx context.Context, env *Env, dir string) (base string, change policy.Change, err error) {
	pr, err := ci.PullRequestOf(env.Getenv)
	switch {
	case err != nil:
		return "", change, fmt.Errorf("--base %s: %w", autoBase, err)
	case pr == nil:
		return "", change, usage("--base %s: this run is not for a pull request; name a revision, for example origin/main", autoBase)
	}
	if base, err = baseOf(ctx, env, dir, pr); err != nil {
		return "", change, baseError(env, err)
	}
	if base == "" {
		return "", change, usage("--base %s: the CI system does not name the target of the pull request; name a revision, for example origin/main", autoBase)
	}
	change = policy.Change{Bot: pr.Bot, Labels: pr.Labels}
	if pr.Author != "" {
		change.Author = "user:" + pr.Author
	}
	return base, change, nil
}

// baseOf returns what a proposed change is compared with: what the commit checked out
// merges it into, else the tip of the target branch, else the commit that the event names,
// which may be old.
func baseOf(ctx context.Context, env *Env, dir string, pr *ci.PullRequest) (string, error) {
	head, parents, err := gitfs.Head(ctx, dir)
	if err != nil {
		return "", err
	}
	if merged := pr.MergedBase(env.Getenv, head, parents); merged != "" {
		return merged, nil
	}
	if pr.Branch == "" {
		return pr.Base, nil
	}
	known, err := gitfs.HasRef(ctx, dir, pr.Branch)
	if err != nil || !known {
		return pr.Base, err
	}
	return pr.Branch, nil
}

// maxChange is more than the labels and approvers of a pull request, in bytes.
const maxChange = 1 << 20

// readChange reads the author of a change. It refuses unknown fields: a misspelt one
// would silently lose an approval or a bot.
func readChange(path string) (change policy.Change, err error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return change, usage("--change: no file %q", path)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err := io.ReadAll(io.LimitReader(file, maxChange))
	if err != nil {
		return change, fmt.Errorf("read change: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&change); err != nil || d.More() {
		return change, usage(`--change: %q is invalid; write for example {"author": "user:ada", "bot": false, "approvers": ["group:security"], "labels": []}`, path)
	}
	return change, nil
}
