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

	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
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
	var err error
	revision := f.base
	if revision == autoBase {
		if revision, config.Change, err = proposal(ctx, env, dir); err != nil {
			return config, err
		}
	}
	if config.Base, err = readBase(ctx, env, dir, revision, limits); err != nil {
		return config, err
	}
	if f.change != "" {
		config.Change, err = readChange(f.change)
	}
	return config, err
}

// readBase reads the registry in a revision, and says if HEAD does not contain that.
func readBase(ctx context.Context, env *Env, dir, revision string, limits manifest.Limits) (*validate.Base, error) {
	base, err := wire.LoadBase(ctx, dir, revision, limits)
	switch {
	case errors.Is(err, gitfs.ErrNoRevision), errors.Is(err, gitfs.ErrAmbiguous), errors.Is(err, gitfs.ErrNoRepository):
		return nil, usage("--base: %v", err)
	case errors.Is(err, gitfs.ErrLink):
		env.say("refusing to compare: %v", err)
		return nil, errFindings
	case err != nil:
		return nil, fmt.Errorf("read base: %w", err)
	}
	if distance, err := gitfs.DistanceTo(ctx, dir, base.Revision); err == nil {
		base.Date, base.Ahead, base.Behind = distance.Date, distance.Ahead, distance.Behind
	}
	if base.Behind > 0 {
		env.say("HEAD does not contain the base: %d of its commits are missing; merge or rebase first, for what they took away is shown as new", base.Behind)
	}
	return base, nil
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
