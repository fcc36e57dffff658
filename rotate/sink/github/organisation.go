// SPDX-License-Identifier: Apache-2.0

package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/registration"
)

// ErrReaders is returned for an organisation's secret that does not exist: roster does
// not decide which repositories may read it.
var ErrReaders = errors.New("missing organisation secret: create it once in the organisation's settings, with any value, and choose the repositories that may read it")

// selected is the visibility of a secret that only chosen repositories may read.
const selected = "selected"

// Limits of the list of repositories: the greatest page ("REST API endpoints for GitHub
// Actions secrets", per_page), and how many pages are read.
const (
	pageSize = 100
	maxPages = 100
)

func ofOrganisation(place registration.Sink) bool { return !strings.Contains(place.GitHubSecret, "/") }

// readers adds to in who may read an organisation's secret now. GitHub wants that with
// every write, and a rotation must not let anybody else read it. Errors: ErrReaders.
func (s Sink) readers(ctx context.Context, path string, place registration.Sink, in map[string]any) error {
	path += rest.Path(place.Name)
	var now struct {
		Visibility string `json:"visibility"`
	}
	err := s.Client.Get(ctx, path, nil, &now)
	switch {
	case rest.IsStatus(err, http.StatusNotFound):
		return fmt.Errorf("secret %s of organisation %s: %w", place.Name, place.GitHubSecret, ErrReaders)
	case err == nil && now.Visibility == "":
		err = rest.ErrAnswer
	}
	if err != nil {
		return fmt.Errorf("read the visibility of secret %s of organisation %s: %w", place.Name, place.GitHubSecret, err)
	}
	in["visibility"] = now.Visibility
	if now.Visibility != selected {
		return nil
	}
	list, err := s.repositories(ctx, path)
	if err != nil {
		return fmt.Errorf("list the repositories that may read secret %s of organisation %s: %w", place.Name, place.GitHubSecret, err)
	}
	in["selected_repository_ids"] = list
	return nil
}

// repositories returns the ids of the repositories that may read a secret. Errors:
// rest.ErrAnswer for a list that is not complete, because the others would lose access.
func (s Sink) repositories(ctx context.Context, path string) ([]int64, error) {
	ids := []int64{}
	for page := 1; page <= maxPages; page++ {
		var answer struct {
			Total        *int `json:"total_count"`
			Repositories []struct {
				ID int64 `json:"id"`
			} `json:"repositories"`
		}
		query := url.Values{"per_page": {strconv.Itoa(pageSize)}, "page": {strconv.Itoa(page)}}
		if err := s.Client.Get(ctx, path+"/repositories", query, &answer); err != nil {
			return nil, err
		}
		for _, r := range answer.Repositories {
			ids = append(ids, r.ID)
		}
		switch {
		case answer.Total == nil:
			return nil, rest.ErrAnswer
		case len(ids) >= *answer.Total:
			return ids, nil
		case len(answer.Repositories) == 0:
			return nil, rest.ErrAnswer
		}
	}
	return nil, rest.ErrAnswer
}
