// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"github.com/appofapps/roster/internal/names"
)

// Names parts the repository of a subject, which may be written owner/name or
// owner@id/name@id: the name is in lower case, for names do not differ in case
// (docs.github.com, "Creating a new repository"), and ids is "owner id/repository
// id", or "" where there are none.
func (g *GitHubIdentity) Names() (repository, ids string) {
	owner, name, _ := strings.Cut(names.Repository(g.Repository.Value), "/")
	owner, ownerID, pinned := strings.Cut(owner, "@")
	name, id, alsoPinned := strings.Cut(name, "@")
	if pinned && alsoPinned {
		ids = ownerID + "/" + id
	}
	return owner + "/" + name, ids
}
