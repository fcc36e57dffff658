// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// ErrAltered is returned for a file that is not a plan, or was altered after it was
// saved.
var ErrAltered = errors.New("altered or invalid plan")

// Decode reads a saved plan and checks its digest, which covers all fields except the
// refusals: those are computed again whenever a plan is applied. Errors: ErrAltered.
func Decode(text []byte) (*Plan, error) {
	var p Plan
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: data after the plan", ErrAltered)
	}
	if p.APIVersion != manifest.APIVersion || p.Kind != Kind {
		return nil, fmt.Errorf("%w: its kind is %s of %s, not %s of %s", ErrAltered,
			finding.Quote(p.Kind), finding.Quote(p.APIVersion), Kind, manifest.APIVersion)
	}
	if err := p.complete(); err != nil {
		return nil, err
	}
	switch intact, err := p.Intact(); {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrAltered, err)
	case !intact:
		return nil, fmt.Errorf("%w: its digest is not %s", ErrAltered, finding.Quote(p.Digest))
	}
	return &p, nil
}

// complete refuses a change without the sides that its action needs.
func (p *Plan) complete() error {
	for _, c := range p.Changes {
		before, after := c.Before != nil, c.After != nil
		switch {
		case c.Action == Create && !before && after:
		case c.Action == Update && before && after:
		case c.Action == Delete && before && !after:
		default:
			return fmt.Errorf("%w: the change of %s is not a complete %s", ErrAltered, finding.Quote(c.Node), finding.Quote(string(c.Action)))
		}
	}
	return nil
}
