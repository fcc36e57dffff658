// SPDX-License-Identifier: Apache-2.0

package file

import (
	"context"
	"path/filepath"

	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

var _ rotate.SinkEstimator = Sink{}

// Estimate returns the files that would be written.
func (s Sink) Estimate(_ context.Context, place registration.Sink) (rotate.Estimate, error) {
	if !filepath.IsAbs(place.File) && !filepath.IsLocal(filepath.FromSlash(place.File)) {
		return rotate.Estimate{}, errOutside(place)
	}
	return rotate.Estimate{
		Stage:   []rotate.Call{{Method: "write", URL: place.File + next + "{rotation}"}},
		Deliver: []rotate.Call{{Method: "write", URL: place.File}},
		Unstage: []rotate.Call{{Method: "remove", URL: place.File + next + "{rotation}"}},
	}, nil
}
