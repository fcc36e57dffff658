// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"net/http"
	"path"
	"strings"
)

// properties reads the properties of the resource in a request.
func properties(w http.ResponseWriter, r *http.Request) (object, bool) {
	var body struct {
		Properties object `json:"properties"`
	}
	if err := read(r, &body); err != nil || body.Properties == nil {
		dbError(w, http.StatusBadRequest, "BadRequest", "the request has no properties")
		return nil, false
	}
	return body.Properties, true
}

// child is an ARM resource of the account.
func (a *ARM) child(kind, name string, properties object) object {
	return object{
		"id": a.accountID() + "/" + kind + "/" + name, "name": path.Base(name),
		"type": "Microsoft.DocumentDB/databaseAccounts/" + kind, "properties": properties,
	}
}

func (a *ARM) getDatabase(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	found := a.Databases[r.PathValue("database")]
	a.mu.Unlock()
	switch {
	case !a.known(w, r):
	case found == nil:
		notFound(w)
	default: // options are told by throughputSettings only ("SQL Resources - Get SQL Database")
		reply(w, http.StatusOK, a.child("sqlDatabases", r.PathValue("database"),
			object{"resource": found["resource"], "options": object{}}))
	}
}

func notFound(w http.ResponseWriter) {
	dbError(w, http.StatusNotFound, "NotFound", "Entity with the specified id does not exist in the system.")
}

func (a *ARM) putDatabase(w http.ResponseWriter, r *http.Request) {
	p, ok := properties(w, r)
	if !ok || !a.known(w, r) {
		return
	}
	name := r.PathValue("database")
	options, _ := p["options"].(object)
	switch id, _ := p["resource"].(object)["id"].(string); {
	case id != name:
		dbError(w, http.StatusBadRequest, "BadRequest", "the id is not the name in the path")
	case a.Serverless && len(options) > 0: // "Azure Cosmos DB serverless account type"
		dbError(w, http.StatusBadRequest, "BadRequest",
			"Setting offer throughput or autopilot on container is not supported for serverless accounts.")
	default:
		a.change(w, r, func() { a.Databases[name] = p }, a.child("sqlDatabases", name, p))
	}
}

// getThroughput: "SQL Resources - Get SQL Database Throughput"; 404 for a
// database without.
func (a *ARM) getThroughput(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	found := a.Databases[r.PathValue("database")]
	a.mu.Unlock()
	options, _ := found["options"].(object)
	if !a.known(w, r) {
		return
	}
	if len(options) == 0 {
		notFound(w)
		return
	}
	reply(w, http.StatusOK, a.child("sqlDatabases/throughputSettings", r.PathValue("database"), object{"resource": options}))
}

func (a *ARM) listContainers(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch database := r.PathValue("database"); {
	case !a.known(w, r):
	case a.Databases[database] == nil:
		notFound(w)
	default:
		list(w, a.Containers, database+"/")
	}
}

func (a *ARM) getContainer(w http.ResponseWriter, r *http.Request) {
	a.get(w, r, a.Containers, r.PathValue("database")+"/"+r.PathValue("container"))
}

func (a *ARM) getRole(w http.ResponseWriter, r *http.Request) {
	a.get(w, r, a.Roles, r.PathValue("id"))
}

func (a *ARM) getAssignment(w http.ResponseWriter, r *http.Request) {
	a.get(w, r, a.Assignments, r.PathValue("id"))
}

// get answers with one of the resources that are stored as they were sent.
func (a *ARM) get(w http.ResponseWriter, r *http.Request, all map[string]object, key string) {
	a.mu.Lock()
	found := all[key]
	a.mu.Unlock()
	switch {
	case !a.known(w, r):
	case found == nil:
		notFound(w)
	default:
		reply(w, http.StatusOK, found)
	}
}

func (a *ARM) putContainer(w http.ResponseWriter, r *http.Request) {
	p, ok := properties(w, r)
	if !ok || !a.known(w, r) {
		return
	}
	database, name := r.PathValue("database"), r.PathValue("container")
	wanted, _ := p["resource"].(object)
	a.mu.Lock()
	noDatabase, there := a.Databases[database] == nil, a.Containers[database+"/"+name]
	a.mu.Unlock()
	switch {
	case wanted["id"] != name:
		dbError(w, http.StatusBadRequest, "BadRequest", "the id is not the name in the path")
	case noDatabase:
		notFound(w)
	case there != nil && text(there["properties"].(object)["resource"].(object)["partitionKey"]) != text(wanted["partitionKey"]):
		dbError(w, http.StatusBadRequest, "BadRequest", "Document collection partition key cannot be changed.")
	default:
		// "Indexing policies in Azure Cosmos DB": the etag is excluded by itself.
		if policy, ok := wanted["indexingPolicy"].(object); ok {
			excluded, _ := policy["excludedPaths"].([]any)
			policy["excludedPaths"] = append(excluded, object{"path": `/"_etag"/?`})
		}
		made := a.child("sqlDatabases/containers", database+"/"+name, object{"resource": wanted, "options": object{}})
		a.change(w, r, func() { a.Containers[database+"/"+name] = made }, made)
	}
}

func (a *ARM) listRoles(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known(w, r) {
		list(w, a.Roles, "")
	}
}

func (a *ARM) putRole(w http.ResponseWriter, r *http.Request) {
	p, ok := properties(w, r)
	if !ok || !a.known(w, r) {
		return
	}
	id := r.PathValue("id")
	a.mu.Lock()
	taken := false
	for other, role := range a.Roles { // the description: roleName must be unique for the account
		taken = taken || other != id && role["properties"].(object)["roleName"] == p["roleName"]
	}
	a.mu.Unlock()
	if taken {
		armError(w, http.StatusBadRequest, "BadRequest", "A Role Definition with the same name already exists.")
		return
	}
	made := a.child("sqlRoleDefinitions", id, p)
	a.change(w, r, func() { a.Roles[id] = made }, made)
}

func (a *ARM) listAssignments(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known(w, r) {
		list(w, a.Assignments, "")
	}
}

func (a *ARM) putAssignment(w http.ResponseWriter, r *http.Request) {
	p, ok := properties(w, r)
	if !ok || !a.known(w, r) {
		return
	}
	id := r.PathValue("id")
	roleID, _ := p["roleDefinitionId"].(string)
	scope, _ := p["scope"].(string)
	a.mu.Lock()
	role := a.Roles[path.Base(roleID)]
	a.mu.Unlock()
	// learn.microsoft.com, "Use data plane role-based access control": full ids,
	// and a scope at or below one for which the role may be given.
	switch {
	case role == nil || !strings.HasPrefix(roleID, a.accountID()+"/sqlRoleDefinitions/"):
		armError(w, http.StatusNotFound, "NotFound", "The provided Role Definition was not found.")
	case !assignable(role, scope):
		armError(w, http.StatusBadRequest, "BadRequest", "The scope is not among the assignable scopes of the role.")
	default:
		made := a.child("sqlRoleAssignments", id, p)
		a.change(w, r, func() { a.Assignments[id] = made }, made)
	}
}

func assignable(role object, scope string) bool {
	scopes, _ := role["properties"].(object)["assignableScopes"].([]any)
	for _, s := range scopes {
		if scope == s || strings.HasPrefix(scope, s.(string)+"/") {
			return true
		}
	}
	return false
}
