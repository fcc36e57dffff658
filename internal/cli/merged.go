// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
)

// addBranch adds --branch to a command that writes.
func addBranch(c *cobra.Command, env *Env) {
	c.PersistentFlags().StringVar(&env.branch, "branch", "", "branch that changes are merged to: only its runs write (default: the default branch; main on Azure Pipelines)")
}

// refuseProposed ends a command that writes unless the run is about merged files. It
// comes before everything else and contacts no service.
func refuseProposed(env *Env, command string) error {
	const next = "it only writes merged manifests; run it on push to the default branch"
	pr, err := ci.PullRequestOf(env.Getenv)
	switch merged := ci.Merged(env.Getenv, env.branch); {
	case err != nil:
		env.say("refusing to run %s: %v", command, err)
	case pr != nil:
		env.say("refusing to run %s for %s: %s", command, nameOf(pr), next)
	case merged != nil:
		env.say("refusing to run %s: %v; run it on push to the default branch", command, merged)
	default:
		return nil
	}
	return errFindings
}

// demandHead ends a command that writes in CI unless the commit that the run is about is
// checked out.
func (s *session) demandHead(ctx context.Context) error {
	if ci.Detect(s.Getenv) == ci.Terminal {
		return nil
	}
	head, _, err := gitfs.Head(ctx, s.dir)
	if err != nil {
		return s.refuseToWrite("cannot tell that the manifests are merged: %v; check the repository out with git", err)
	}
	if commit := ci.Commit(s.Getenv); head != commit {
		return s.refuseToWrite("HEAD is %s, and the run is about commit %s; check out that commit", gitfs.Short(head), gitfs.Short(commit))
	}
	return nil
}

// demandMerged ends a command that writes in CI unless the manifests are those of the
// commit that the run is about: nothing changed, nothing missing, nothing beside them.
func (s *session) demandMerged(ctx context.Context) error {
	if err := s.demandHead(ctx); err != nil || ci.Detect(s.Getenv) == ci.Terminal {
		return err
	}
	merged, _, err := wire.LoadBase(ctx, s.dir, ci.Commit(s.Getenv), manifest.Limits{Total: s.maxBytes})
	if err != nil {
		return fmt.Errorf("read the commit of the run: %w", err)
	}
	if merged.Registry == nil {
		return s.refuseToWrite("commit %s has no registry in %s", gitfs.Short(merged.Revision), s.dir)
	}
	if changed := changedFiles(merged.Registry, s.registry); len(changed) > 0 {
		return s.refuseToWrite("the working copy differs from commit %s in %s; check it out anew", gitfs.Short(merged.Revision), strings.Join(changed, ", "))
	}
	return nil
}

func (s *session) refuseToWrite(format string, args ...any) error {
	s.say("refusing to write: "+format, args...)
	return errFindings
}

// changedFiles returns the first few files that two registries do not have alike.
func changedFiles(a, b *manifest.Registry) []string {
	const most = 5
	digests := map[string][32]byte{}
	for _, f := range a.Files {
		digests[f.Path] = f.Digest
	}
	var changed []string
	for _, f := range b.Files {
		if digest, there := digests[f.Path]; !there || digest != f.Digest {
			changed = append(changed, f.Path)
		}
		delete(digests, f.Path)
	}
	for path := range digests {
		changed = append(changed, path)
	}
	slices.Sort(changed)
	return changed[:min(len(changed), most)]
}

// demandWhole ends a command if git keeps manifests out of the working copy: they would
// count as deleted.
func (s *session) demandWhole(ctx context.Context) error {
	skipped, err := gitfs.Skipped(ctx, s.dir)
	if err != nil {
		return nil //nolint:nilerr // without git nothing is kept out
	}
	missing := slices.DeleteFunc(skipped, func(path string) bool {
		_, err := os.Stat(filepath.Join(s.dir, filepath.FromSlash(path)))
		return err == nil || path != manifest.RootFile && !s.registry.Root.Includes(path)
	})
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("git keeps %d manifests out of the working copy, so they would count as deleted: %s; run git sparse-checkout disable, "+
		"or git update-index --no-skip-worktree on them", len(missing), strings.Join(missing[:min(len(missing), 5)], ", "))
}

// isCommit reports whether a text is the id of a commit: SHA-1 or SHA-256 (git,
// "hash-function-transition").
func isCommit(text string) bool {
	return regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`).MatchString(text)
}

// demandNewer ends a sync of a commit that does not contain the one that was synced
// last: it would give back what was taken away since. rollback names the commit that
// somebody goes back to on purpose.
func (s *session) demandNewer(ctx context.Context, recorded, commit, rollback string) error {
	if recorded == commit || recorded == "" {
		return s.idleRollback(rollback)
	}
	if !isCommit(commit) {
		head, _, err := gitfs.Head(ctx, s.dir)
		if err != nil && ci.Detect(s.Getenv) == ci.Terminal {
			return s.idleRollback(rollback)
		}
		commit = head
	}
	if rollback != "" && rollback == commit {
		return nil
	}
	contains, err := gitfs.Contains(ctx, s.dir, commit, recorded)
	switch {
	case err != nil:
		s.say("refusing to sync: cannot tell whether commit %s is newer than %s, which was synced last: %v", gitfs.Short(commit), gitfs.Short(recorded), err)
		return errFindings
	case !contains:
		s.say("refusing to sync: commit %s does not contain %s, which was synced last, so it may give back what was taken away; "+
			"to go back on purpose: --rollback %s", gitfs.Short(commit), gitfs.Short(recorded), commit)
		return errFindings
	}
	return s.idleRollback(rollback)
}

func (s *session) idleRollback(rollback string) error {
	if rollback == "" {
		return nil
	}
	s.say("refusing to sync: --rollback %s accepts nothing: the commit is not older than the one that was synced last; remove it", rollback)
	return errFindings
}

// recordable returns a commit if it is the id of one, else "".
func recordable(commit string) string {
	if !isCommit(commit) {
		return ""
	}
	return commit
}
