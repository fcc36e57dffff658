// SPDX-License-Identifier: Apache-2.0

package azure

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// ErrForeignHost is returned for a link in an answer that leads away from the
// client's host, or off https. Nothing was sent there.
var ErrForeignHost = errors.New("link leads to another host")

// How much is read of an answer: what a service lists fits on a page of a few
// hundred kilobytes, and of an error the first words matter.
const (
	maxAnswer = 8 << 20
	maxError  = 64 << 10
)

// stay refuses requests to any other host before they get a token.
type stay struct{ host string }

func (s stay) Do(req *policy.Request) (*http.Response, error) {
	if u := req.Raw().URL; u.Scheme != "https" || !strings.EqualFold(u.Host, s.host) || u.User != nil {
		return nil, fmt.Errorf("%w: %q, not %q", ErrForeignHost, u.Host, s.host)
	}
	return req.Next()
}

// noRedirect hands a redirect back as the answer, which then is an error.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// transport caps the bodies of answers.
type transport struct{ client *http.Client }

func (t transport) Do(req *http.Request) (*http.Response, error) {
	resp, err := t.client.Do(req) //nolint:gosec // the host was checked by stay
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		resp.Body = capped{Reader: io.LimitReader(resp.Body, maxError), Closer: resp.Body}
	} else {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, nil
}

type capped struct {
	io.Reader
	io.Closer
}
