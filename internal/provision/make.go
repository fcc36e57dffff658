// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/appofapps/roster/internal/cloud/rest"
)

// request is the request that creates a missing resource.
type request struct {
	path       string
	body       any
	after      Kind       // kind of the step that must be done before
	afterName  string     // its name; "" if it is the only one of its kind
	federation *federated // for Graph; nil for ARM
}

// federated is a federation and the object id of its application.
type federated struct {
	object string
	Federation
}

// Make creates the resources that Look found missing, one after the other, because
// the service refuses concurrent changes of one account. It returns the steps with
// their new states. A step that is denied or fails does not stop the others. The
// only error is that of ctx.
func (a Azure) Make(ctx context.Context, steps []Step) ([]Step, error) {
	done := slices.Clone(steps)
	for i := range done {
		step := &done[i]
		if step.State != Missing || step.make == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return done, err
		}
		if waits := step.waits(done[:i]); waits != "" {
			step.Detail = "waiting for " + waits
		} else {
			step.record(a.send(ctx, step.make))
		}
		if a.Progress != nil {
			a.Progress(*step)
		}
	}
	return done, ctx.Err()
}

// waits returns the name of an unfinished earlier step that this step needs, "" if
// there is no such step.
func (s Step) waits(earlier []Step) string {
	for _, e := range earlier {
		needed := s.make.after == e.Kind && (s.make.afterName == "" || s.make.afterName == e.Name)
		hidden := e.Kind == KindDatabase && e.State == Denied && e.make == nil // it may exist
		// A role that differs may allow too much, so it is not assigned.
		if needed && e.State != Present && e.State != Made && !hidden {
			return string(e.Kind) + " " + e.Name
		}
	}
	return ""
}

func (s *Step) record(err error) {
	switch {
	case err == nil:
		s.State, s.Detail, s.Fix = Made, "", ""
	case denied(err):
		s.State, s.Detail = Denied, err.Error()
	default:
		s.State, s.Detail = Failed, err.Error()
	}
}

func (a Azure) send(ctx context.Context, r *request) error {
	if r.federation == nil {
		return a.ARM.Put(ctx, r.path, r.body, nil)
	}
	err := a.Graph.Post(ctx, r.path, r.body, nil)
	refused, ok := errors.AsType[*rest.Error](err)
	if err == nil || ok && !refused.Temporary() && refused.Status != http.StatusConflict {
		return err
	}
	// Somebody else was faster, or the answer was lost: read the credentials.
	there, lookErr := credentials(ctx, a.Graph, r.federation.object)
	if lookErr == nil && r.federation.compare(there).State == Present {
		return nil
	}
	return err
}
