// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"path"
	"strings"
)

// The actions of the built-in roles at a container, and that of every SDK at its
// scope ("Azure Cosmos DB for NoSQL data plane security reference").
const (
	readerActions      = "items.read,executeQuery,readChangeFeed"
	contributorActions = readerActions + ",items.create,items.replace,items.upsert,items.delete,executeStoredProcedure,manageConflicts"
	metadataAction     = "readMetadata"
)

// words says which scopes a role of the data plane gives, as ROLE@SCOPE: reader or
// contributor or, for a role of exactly these actions, [items.read,executeQuery], at /,
// at /dbs/DATABASE or at /dbs/DATABASE/colls/CONTAINER.
func words(account, native string) (scopes []string, known bool) {
	role, scope, found := strings.Cut(native, "@")
	below, valid := resourcesOf("cosmos/"+path.Base(strings.ToLower(account)), strings.TrimSpace(scope))
	if !found || !valid || account == "" {
		return nil, false
	}
	container := below[len(below)-1]
	switch role = strings.ToLower(strings.TrimSpace(role)); {
	case strings.HasSuffix(role, "reader"):
		scopes = append(scopes, container+":"+readerActions)
	case strings.HasSuffix(role, "contributor"):
		scopes = append(scopes, container+":"+contributorActions)
	case strings.HasPrefix(role, "[") && strings.HasSuffix(role, "]") && len(role) > len("[]"):
		_, actions, _ := strings.Cut(native, "[")
		actions, _, _ = strings.Cut(actions, "]")
		return []string{container + ":" + strings.ReplaceAll(actions, " ", "")}, true
	default:
		return nil, false
	}
	for _, resource := range below {
		scopes = append(scopes, resource+":"+metadataAction)
	}
	return scopes, true
}

// resourcesOf returns the resources from a scope of an account down to its containers.
func resourcesOf(account, scope string) (resources []string, valid bool) {
	parts := strings.Split(strings.Trim(scope, "/"), "/")
	switch {
	case scope == "/":
		return []string{account, account + "/*", account + "/*/*"}, true
	case len(parts) == 2 && parts[0] == "dbs" && parts[1] != "":
		return []string{account + "/" + parts[1], account + "/" + parts[1] + "/*"}, true
	case len(parts) == 4 && parts[0] == "dbs" && parts[2] == "colls" && parts[1] != "" && parts[3] != "":
		return []string{account + "/" + parts[1] + "/" + parts[3]}, true
	default:
		return nil, false
	}
}
