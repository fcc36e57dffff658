// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/appofapps/roster/internal/cloud/rest"
)

// request is what makes something that is missing.
type request struct {
	path       string
	body       any
	after      Kind       // of the step without which it cannot be made
	afterName  string     // "" for the only one of its kind
	federation *federated // for Graph; nil for ARM
}

// federated is a federation and the object id of its application.
type federated struct {
	object string
	Federation
}

// Make makes what Look found missing, one after the other: the service refuses
// changes of one account that overlap. It returns the steps with what became of
// them, and an error only if the context ended. What is denied or fails does
// not keep the rest from being made.
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
			step.Detail = "it waits for " + waits
		} else {
			step.record(a.send(ctx, step.make))
		}
		if a.Progress != nil {
			a.Progress(*step)
		}
	}
	return done, ctx.Err()
}

// waits returns the name of an earlier step that this one needs and that is not
// there.
func (s Step) waits(earlier []Step) string {
	for _, e := range earlier {
		needed := s.make.after == e.Kind && (s.make.afterName == "" || s.make.afterName == e.Name)
		hidden := e.Kind == KindDatabase && e.State == Denied && e.make == nil // it may be there
		// A role that differs may allow more than it should: nobody gets it here.
		if needed && e.State != Present && e.State != Made && !hidden {
			return string(e.Kind) + " " + e.Name
		}
	}
	return ""
}

func (s *Step) record(err error) {
	switch {
	case err == nil:
		s.State, s.Detail, s.Mend = Made, "", ""
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
	var refused *rest.Error
	if err == nil || errors.As(err, &refused) && !refused.Temporary() && refused.Status != http.StatusConflict {
		return err
	}
	// Somebody else was faster, or the answer was lost: what is there tells.
	there, lookErr := credentials(ctx, a.Graph, r.federation.object)
	if lookErr == nil && r.federation.compare(there).State == Present {
		return nil
	}
	return err
}
