// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// resolve returns the commit that a revision names: a commit id, a full ref such as
// refs/remotes/origin/main, HEAD, or a name that only one ref has; all of them can be
// followed by ~N and ^N. Errors: ErrNoRevision, ErrAmbiguous.
func (g git) resolve(ctx context.Context, revision string) (string, error) {
	parts := regexp.MustCompile(`^([^~^:?*\[\\\s[:cntrl:]]+)((?:[~^][0-9]*)*)$`).FindStringSubmatch(revision)
	if parts == nil || strings.Contains(revision, "@{") {
		return "", fmt.Errorf("%w: %q is neither a ref nor a commit id", ErrNoRevision, revision)
	}
	object, err := g.object(ctx, parts[1])
	if err != nil {
		return "", err
	}
	if object != "" {
		commit, failed := g.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", object+"^{commit}"+parts[2])
		if failed == nil {
			return commit, nil
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", g.absent(ctx, revision, parts[1], parts[2])
}

// isCommitID reports a full object name, of SHA-1 or SHA-256.
func isCommitID(name string) bool {
	return regexp.MustCompile(`^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$`).MatchString(name)
}

// object returns the object that a name without ~N and ^N stands for, "" if there is
// none. git itself prefers a tag to a branch, whoever pushed it, so refs are looked up
// by their full names.
func (g git) object(ctx context.Context, name string) (string, error) {
	if isCommitID(name) || name == "HEAD" {
		return name, nil
	}
	candidates := []string{"refs/heads/" + name, "refs/remotes/" + name, "refs/tags/" + name, "refs/" + name}
	if strings.HasPrefix(name, "refs/") {
		candidates = []string{name}
	}
	found, err := g.refs(ctx, candidates)
	if err != nil {
		return "", err
	}
	if len(found) == 0 && len(candidates) > 1 {
		// A checkout of CI often has the remote's branches only.
		if found, err = g.refs(ctx, []string{"refs/remotes/origin/" + name}); err != nil {
			return "", err
		}
	}
	if len(found) == 0 {
		return g.abbreviated(ctx, name)
	}
	for _, r := range found[1:] {
		if r.object != found[0].object {
			return "", ambiguous(name, found)
		}
	}
	return found[0].object, nil
}

func ambiguous(name string, found []ref) error {
	var names []string
	for _, r := range found {
		names = append(names, r.name)
	}
	return fmt.Errorf("%w: %q can be %s; write the full name, for example %s", ErrAmbiguous, name, strings.Join(names, " or "), names[0])
}

// ref is a full ref and its object, for an annotated tag the object that it names.
type ref struct{ name, object string }

// refs returns those of the full refs that exist, in their order.
func (g git) refs(ctx context.Context, names []string) ([]ref, error) {
	out, err := g.line(ctx, append([]string{"for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "--"}, names...)...)
	if err != nil {
		return nil, err
	}
	var list []ref
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) > 1 && slices.Contains(names, fields[0]) { // a name matches the refs below it, too
			list = append(list, ref{fields[0], fields[len(fields)-1]})
		}
	}
	slices.SortFunc(list, func(a, b ref) int { return slices.Index(names, a.name) - slices.Index(names, b.name) })
	return list, nil
}

// abbreviated returns the only object whose name begins with some digits, "" if there is
// none.
func (g git) abbreviated(ctx context.Context, name string) (string, error) {
	if !regexp.MustCompile(`^[0-9a-f]{7,64}$`).MatchString(name) {
		return "", nil
	}
	out, err := g.line(ctx, "rev-parse", "--disambiguate="+name)
	if err != nil || out == "" {
		return "", err
	}
	if strings.Contains(out, "\n") {
		return "", fmt.Errorf("%w: more than one object begins with %q; write the full commit id", ErrAmbiguous, name)
	}
	return out, nil
}

// absent returns the error for a revision that the clone does not have. It ends with a
// command that fetches it, if there is one.
func (g git) absent(ctx context.Context, revision, name, steps string) error {
	shallow, _ := g.line(ctx, "rev-parse", "--is-shallow-repository")
	command := g.fetch(ctx, name, steps, shallow == "true")
	switch {
	case shallow == "true" && command != "":
		return fmt.Errorf("%w: %q: %w; this clone is shallow: fetch-depth: 0 in actions/checkout, or %s", ErrNoRevision, revision, ErrShallow, command)
	case command != "":
		return fmt.Errorf("%w: %q; %s", ErrNoRevision, revision, command)
	}
	return fmt.Errorf("%w: %q", ErrNoRevision, revision)
}

// fetch returns the command that fetches a revision, "" if no command is sure to.
func (g git) fetch(ctx context.Context, name, steps string, shallow bool) string {
	command, deepen := "git fetch ", ""
	if shallow {
		command += "--depth=1 "
	}
	for _, step := range regexp.MustCompile(`[~^][0-9]*`).FindAllString(steps, -1) {
		deepen = strconv.Itoa(number(deepen) + generations(step))
	}
	switch {
	case deepen != "" && shallow:
		return "git fetch --deepen=" + deepen
	case deepen != "", name == "HEAD", !regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/-]*$`).MatchString(name):
		return ""
	case isCommitID(name):
		return command + "origin " + name
	case strings.HasPrefix(name, "refs/tags/"):
		return command + "origin +" + name + ":" + name
	}
	remote, branch := g.remote(ctx, strings.TrimPrefix(strings.TrimPrefix(name, "refs/remotes/"), "refs/heads/"))
	to := "refs/remotes/" + remote + "/" + branch
	if strings.HasPrefix(name, "refs/heads/") {
		to = name
	}
	return command + remote + " +refs/heads/" + branch + ":" + to
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// generations returns how far back ~N or ^N goes.
func generations(step string) int {
	if step[0] == '^' || step == "~" {
		return 1
	}
	return number(step[1:])
}

// remote splits the name of a branch of a remote. A name without a remote is a branch of
// origin.
func (g git) remote(ctx context.Context, name string) (remote, branch string) {
	first, rest, found := strings.Cut(name, "/")
	out, err := g.line(ctx, "remote")
	if found && (first == "origin" || err == nil && slices.Contains(strings.Split(out, "\n"), first)) {
		return first, rest
	}
	return "origin", name
}
