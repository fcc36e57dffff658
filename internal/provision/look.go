// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/cloud/rest"
)

// capabilityServerless is the capability of a serverless account
// (learn.microsoft.com, "Microsoft.DocumentDB databaseAccounts", capabilities).
const capabilityServerless = "EnableServerless"

// look is one comparison of the desired state with the existing resources.
type look struct {
	Azure
	w          Desired
	serverless bool
	noDatabase bool
	steps      []Step
}

// Look compares the desired state with the existing resources, and returns one step
// for each resource, in the order in which Make creates them. It changes nothing. A
// resource that the caller lacks permission to read is Denied. Errors: ErrInvalid,
// ErrNoAccount, and those of failed requests.
func (a Azure) Look(ctx context.Context, w Desired) ([]Step, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	l := &look{Azure: a, w: w}
	if err := l.findGroup(ctx); err != nil {
		return nil, err
	}
	parts := []func(context.Context) error{
		l.lookAccount, l.lookDatabase, l.lookThroughput, l.lookContainers, l.lookRoles, l.lookFederations,
	}
	for _, part := range parts {
		if err := part(ctx); err != nil {
			return l.steps, err
		}
	}
	return l.steps, nil
}

func (l *look) add(s Step) { l.steps = append(l.steps, s) }

// deny adds a step for a resource that the caller lacks permission to read.
func (l *look) deny(s Step, err error) {
	s.State, s.Detail, s.make = Denied, err.Error(), nil
	l.add(s)
}

func denied(err error) bool {
	return rest.IsStatus(err, http.StatusForbidden) || rest.IsStatus(err, http.StatusUnauthorized)
}

func missing(err error) bool { return rest.IsStatus(err, http.StatusNotFound) }

// findGroup looks up the account's resource group if none was given.
func (l *look) findGroup(ctx context.Context) error {
	if l.w.ResourceGroup != "" {
		return nil
	}
	path := rest.Path("subscriptions", l.w.Subscription, "providers", "Microsoft.DocumentDB", "databaseAccounts")
	all, err := azure.List[resource[account]](ctx, l.ARM, path, nil)
	if err != nil {
		return fmt.Errorf("look up account %q (not needed with a resource group): %w", l.w.Account, err)
	}
	for _, r := range all {
		segments := strings.Split(r.ID, "/") // "", subscriptions, S, resourceGroups, G, ...
		if r.Name == l.w.Account && len(segments) > 4 && isResourceGroup(segments[4]) {
			l.w.ResourceGroup = segments[4]
			return nil
		}
	}
	return fmt.Errorf("%w: %q is not among the %d accounts of subscription %s that this identity can read; give its resource group",
		ErrNoAccount, l.w.Account, len(all), l.w.Subscription)
}

// lookAccount finds out whether the account is serverless. If the caller lacks the
// permission to read the account, the desired state decides.
func (l *look) lookAccount(ctx context.Context) error {
	step := Step{Kind: KindAccount, Name: l.w.Account, State: Present}
	var found resource[account]
	err := l.ARM.Get(ctx, l.w.accountPath(), nil, &found)
	switch {
	case missing(err):
		return fmt.Errorf("%w: %w", ErrNoAccount, err)
	case denied(err):
		l.serverless = l.w.Throughput.Serverless
		l.deny(step, err)
		return nil
	case err != nil:
		return fmt.Errorf("read account %q: %w", l.w.Account, err)
	}
	for _, c := range found.Properties.Capabilities {
		l.serverless = l.serverless || c.Name == capabilityServerless
	}
	switch t := l.w.Throughput; {
	case l.serverless && (t.Shared > 0 || t.Autoscale > 0):
		return fmt.Errorf("%w: account %q is serverless and has no throughput; remove the throughput", ErrInvalid, l.w.Account)
	case !l.serverless && t.Serverless:
		return fmt.Errorf("%w: account %q is not serverless, and this cannot be changed; choose shared throughput or another account",
			ErrInvalid, l.w.Account)
	}
	l.add(step)
	return nil
}

func (l *look) lookDatabase(ctx context.Context) error {
	step := Step{Kind: KindDatabase, Name: l.w.Database, State: Present}
	err := l.ARM.Get(ctx, l.w.databasePath(), nil, nil)
	switch {
	case err == nil:
		l.add(step)
		return nil
	case denied(err):
		step.Fix = l.w.fixDatabase(l.serverless)
		l.deny(step, err)
		return nil
	case !missing(err):
		return fmt.Errorf("read database %q: %w", l.w.Database, err)
	}
	l.noDatabase = true
	step.State, step.Fix = Missing, l.w.fixDatabase(l.serverless)
	step.Detail = l.w.Throughput.options(l.serverless).String()
	step.make = &request{path: l.w.databasePath(), body: l.w.database(l.serverless)}
	l.add(step)
	return nil
}

func (o *options) String() string {
	switch {
	case o == nil:
		return "serverless"
	case o.Autoscale != nil:
		return fmt.Sprintf("at most %d RU/s, shared by its containers", o.Autoscale.Max)
	}
	return fmt.Sprintf("%d RU/s, shared by its containers", o.Throughput)
}

// lookThroughput finds out whether the containers of an existing database share its
// throughput. If not, each container is billed separately. The amount is not
// compared, because it is the owner's decision.
func (l *look) lookThroughput(ctx context.Context) error {
	if l.serverless || l.noDatabase {
		return nil
	}
	step := Step{Kind: KindThroughput, Name: l.w.Database, State: Present}
	var found resource[throughput]
	err := l.ARM.Get(ctx, l.w.databasePath("throughputSettings", "default"), nil, &found)
	switch {
	case err == nil:
		step.Detail = found.Properties.Resource.String()
	case denied(err):
		l.deny(step, err)
		return nil
	case missing(err):
		step.State = Differs
		step.Detail = fmt.Sprintf("the database has no shared throughput, which can only be set when a database is created: "+
			"each container is billed separately, at least %d RU/s", defaultThroughput)
	default:
		return fmt.Errorf("read throughput of database %q: %w", l.w.Database, err)
	}
	l.add(step)
	return nil
}

func (l *look) lookContainers(ctx context.Context) error {
	var all []resource[container]
	if !l.noDatabase {
		var err error
		all, err = azure.List[resource[container]](ctx, l.ARM, l.w.databasePath("containers"), nil)
		switch {
		case missing(err): // the database does not exist; reading it was denied
			all = nil
		case denied(err):
			for _, name := range l.w.Containers {
				l.deny(Step{Kind: KindContainer, Name: name, Fix: l.w.fixContainer(name)}, err)
			}
			return nil
		case err != nil:
			return fmt.Errorf("list containers of database %q: %w", l.w.Database, err)
		}
	}
	count := len(all)
	for _, name := range l.w.Containers {
		at := slices.IndexFunc(all, func(r resource[container]) bool { return r.Properties.Resource.ID == name })
		if at >= 0 {
			l.add(l.w.compareContainer(name, all[at].Properties.Resource))
			continue
		}
		count++
		step := Step{Kind: KindContainer, Name: name, State: Missing, Fix: l.w.fixContainer(name)}
		if !l.serverless && count > maxSharedContainers {
			step.State, step.Fix = Differs, ""
			step.Detail = fmt.Sprintf("it would be container %d of database %q; the limit for shared throughput is %d",
				count, l.w.Database, maxSharedContainers)
		} else {
			step.make = &request{path: l.w.databasePath("containers", name), body: wantedContainer(name), after: KindDatabase}
		}
		l.add(step)
	}
	return nil
}

// compareContainer compares a container with the layout.
func (w Desired) compareContainer(name string, found containerResource) Step {
	step := Step{Kind: KindContainer, Name: name, State: Present}
	l := Layout()
	if k := found.PartitionKey; k == nil || !slices.Equal(k.Paths, []string{l.PartitionKey}) || k.Kind != "Hash" || k.Version != l.Version {
		step.State = Differs
		step.Detail = fmt.Sprintf("partition key %s instead of %s (Hash, version %d); it cannot be changed: "+
			"use another database, or move the documents and create the container again", k, l.PartitionKey, l.Version)
		return step
	}
	var objections []string
	if found.DefaultTTL != nil { // including -1, which lets a document set its own expiry
		objections = append(objections, fmt.Sprintf("time to live is on (%d): an audit trail could expire", *found.DefaultTTL))
	}
	if !found.Indexing.isWanted() {
		objections = append(objections, fmt.Sprintf("the indexing policy must be automatic and consistent, and index only %q", l.Included))
	}
	if len(objections) > 0 {
		step.State, step.Detail, step.Fix = Differs, strings.Join(objections, "; "), w.fixLayout(name)
	}
	return step
}

func (k *partitionKey) String() string {
	if k == nil {
		return "none"
	}
	return fmt.Sprintf("%s (%s, version %d)", strings.Join(k.Paths, ","), k.Kind, max(k.Version, 1))
}

// isWanted compares the indexing policy with the desired one. It ignores excluded
// paths besides "/*", because the service adds "/_etag".
func (i *indexing) isWanted() bool {
	l := Layout()
	return i != nil && i.Automatic && strings.EqualFold(i.Mode, "consistent") &&
		slices.Equal(i.Included, []indexPath{{l.Included}}) && slices.Contains(i.Excluded, indexPath{l.Excluded})
}
