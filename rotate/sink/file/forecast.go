// SPDX-License-Identifier: Apache-2.0

package file

import (
	"context"
	"path/filepath"

	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

var _ rotate.SinkForecaster = Sink{}

// Forecast says which files would be written.
func (s Sink) Forecast(_ context.Context, place registration.Sink) (rotate.Forecast, error) {
	if !filepath.IsAbs(place.File) && !filepath.IsLocal(filepath.FromSlash(place.File)) {
		return rotate.Forecast{}, errOutside(place)
	}
	return rotate.Forecast{
		Stage:   []rotate.Call{{Method: "write", URL: place.File + next + "{rotation}"}},
		Deliver: []rotate.Call{{Method: "write", URL: place.File}},
		Unstage: []rotate.Call{{Method: "remove", URL: place.File + next + "{rotation}"}},
	}, nil
}
