// SPDX-License-Identifier: Apache-2.0

package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/appofapps/roster/registration"
)

// ErrReaders is returned for an organisation's secret that is not there: roster does
// not decide which repositories may read it.
var ErrReaders = errors.New("is not there yet: make it once in the organisation's settings, with any value, and choose the repositories that may read it")

// selected is the visibility of a secret that only some repositories may read.
const selected = "selected"

// pageSize is the most that a page of repositories has, and mostPages ends a list
// that does not ("REST API endpoints for GitHub Actions secrets", per_page).
const (
	pageSize  = 100
	mostPages = 100
)

func ofOrganisation(place registration.Sink) bool { return !strings.Contains(place.GitHubSecret, "/") }

// readers adds who may read an organisation's secret now to what is about to be
// written: that has to be said with every write, and nobody else is to be able to
// read it afterwards. Errors: ErrReaders.
func (s Sink) readers(ctx context.Context, path string, place registration.Sink, in map[string]any) error {
	path += "/" + url.PathEscape(place.Name)
	var now struct {
		Visibility string `json:"visibility"`
	}
	err := s.call(ctx, http.MethodGet, path, nil, &now)
	switch status, refused := errors.AsType[refusal](err); {
	case refused && status == http.StatusNotFound:
		return fmt.Errorf("secret %s of organisation %s %w", place.Name, place.GitHubSecret, ErrReaders)
	case err != nil:
		return fmt.Errorf("read who may read secret %s of organisation %s: %w", place.Name, place.GitHubSecret, err)
	case now.Visibility == "":
		return fmt.Errorf("read who may read secret %s of organisation %s: %w", place.Name, place.GitHubSecret, ErrAnswer)
	}
	in["visibility"] = now.Visibility
	if now.Visibility != selected {
		return nil
	}
	list, err := s.repositories(ctx, path)
	if err != nil {
		return fmt.Errorf("read which repositories may read secret %s of organisation %s: %w", place.Name, place.GitHubSecret, err)
	}
	in["selected_repository_ids"] = list
	return nil
}

// repositories returns the ids of those that may read a secret.
func (s Sink) repositories(ctx context.Context, path string) ([]int64, error) {
	ids := []int64{}
	for page := 1; page <= mostPages; page++ {
		var answer struct {
			Total        *int `json:"total_count"`
			Repositories []struct {
				ID int64 `json:"id"`
			} `json:"repositories"`
		}
		if err := s.call(ctx, http.MethodGet, fmt.Sprintf("%s/repositories?per_page=%d&page=%d", path, pageSize, page), nil, &answer); err != nil {
			return nil, err
		}
		for _, r := range answer.Repositories {
			ids = append(ids, r.ID)
		}
		switch {
		case answer.Total == nil:
			return nil, ErrAnswer
		case len(ids) >= *answer.Total:
			return ids, nil
		case len(answer.Repositories) == 0:
			return nil, ErrAnswer // fewer than there are: the others would lose it
		}
	}
	return nil, ErrAnswer
}
