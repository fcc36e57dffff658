// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// The failures of git that a user has to know by name.
var (
	// ErrOwner is returned for a repository that belongs to another user, which git
	// refuses (git-config, safe.directory).
	ErrOwner = errors.New("git refuses the repository, because it belongs to another user")

	// ErrConfig is returned for a configuration of git that it cannot read.
	ErrConfig = errors.New("git cannot read its configuration")

	// ErrPartial is returned for an object that a partial clone does not have
	// (git-clone, --filter).
	ErrPartial = errors.New("this clone is partial, and an object is not in it")

	// ErrLink is returned for a folder that is reached by a link or in a submodule.
	ErrLink = errors.New("the registry is reached by a link or lies in a submodule")

	// ErrAmbiguous is returned for a name that more than one ref answers to.
	ErrAmbiguous = errors.New("ambiguous name of a revision")
)

// explain returns the error for what git complains about.
func explain(command string, err error, complaint string) error {
	line, _, _ := strings.Cut(complaint, "\n")
	switch {
	case strings.Contains(complaint, "dubious ownership"):
		return fmt.Errorf("%w; run %s", ErrOwner, regexp.MustCompile(`git config --global --add safe\.directory \S+`).FindString(complaint))
	case strings.Contains(complaint, "bad config") || strings.Contains(complaint, "bad numeric config") || strings.Contains(complaint, "bad boolean config"):
		return fmt.Errorf("%w: %s", ErrConfig, line)
	case strings.Contains(complaint, "lazy fetching disabled"):
		return missing("")
	default:
		return fmt.Errorf("git %s: %w: %s", command, err, line)
	}
}

// missing returns ErrPartial with the way out.
func missing(what string) error {
	if what != "" {
		what = ": " + what
	}
	return fmt.Errorf("%w%s; run git fetch --refetch --no-filter origin, or check out without filter and sparse-checkout", ErrPartial, what)
}

// isNamed reports whether an error already says what is wrong with the repository.
func isNamed(ctx context.Context, err error) bool {
	for _, known := range []error{ErrNoGit, ErrOwner, ErrConfig, ErrPartial, ErrLink} {
		if errors.Is(err, known) {
			return true
		}
	}
	return ctx.Err() != nil
}
