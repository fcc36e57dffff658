// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// System is the container of documents that belong to no domain.
const System = "roster"

// defaultThroughput is the lowest throughput that containers can share
// (learn.microsoft.com, "Azure Cosmos DB service quotas", "Minimum throughput
// limits").
const defaultThroughput = 400

// ContainerLayout is the layout of a container.
type ContainerLayout struct {
	PartitionKey string // path; hashed
	Version      int    // of the partition key; version 2 allows values of up to 2048 bytes
	Included     string // the only indexed path
	Excluded     string
}

// Layout returns the layout of every container. Time to live is off, so an audit
// trail cannot expire and no document can set its own expiry. Only the type is
// indexed, because queries use only the type, and each path adds to the cost of
// every write.
func Layout() ContainerLayout {
	return ContainerLayout{PartitionKey: "/pk", Version: 2, Included: "/type/?", Excluded: "/*"}
}

// role is a set of permissions on the database.
type role struct {
	title   string // unique in an account once the database's name is added
	why     string
	actions []string
}

// Actions of the data plane, as role definitions name them below containersPrefix
// (learn.microsoft.com, "Data plane role-based access control reference").
const (
	ActionRead    = "items/read"
	ActionQuery   = "executeQuery"
	ActionCreate  = "items/create"
	ActionReplace = "items/replace"
	ActionUpsert  = "items/upsert"
	ActionDelete  = "items/delete"
)

const (
	accountPrefix    = "Microsoft.DocumentDB/databaseAccounts/"
	containersPrefix = accountPrefix + "sqlDatabases/containers/"
	actionMetadata   = accountPrefix + "readMetadata" // each SDK's first request
)

// PlanActions returns the actions on items that a plan needs.
func PlanActions() []string { return []string{ActionRead, ActionQuery} }

// SyncActions returns the actions on items that a sync needs.
func SyncActions() []string { return append(PlanActions(), ActionCreate, ActionReplace) }

// ExcessActions returns the actions on items that roster never needs.
func ExcessActions() []string { return []string{ActionUpsert, ActionDelete} }

func planRole() role {
	return role{
		title:   "roster plan",
		why:     "Plan and drift read, and change nothing.",
		actions: granted(PlanActions()),
	}
}

func syncRole() role {
	return role{
		title: "roster sync",
		why: "Sync and rotate also create and replace. Neither upsert nor delete: each write\n" +
			"names the version that it replaces, and removal writes a tombstone.",
		actions: granted(SyncActions()),
	}
}

// granted returns the full names of a role's actions, and adds the one that every
// client needs.
func granted(actions []string) []string {
	full := []string{actionMetadata}
	for _, action := range actions {
		full = append(full, containersPrefix+action)
	}
	return full
}

func roles() []role { return []role{planRole(), syncRole()} }

// name returns the name of a role. It contains the database, because names are
// unique in an account and several registries can share it.
func (r role) name(w Desired) string { return r.title + " " + w.Database }

// id returns the GUID of a role in an account.
func (r role) id(w Desired) string { return guid("sqlRoleDefinition", w.Account, w.Database, r.title) }

// assignmentID returns the GUID of the assignment of a role to a principal.
func (r role) assignmentID(w Desired, principal string) string {
	return guid("sqlRoleAssignment", w.Account, w.Database, r.title, principal)
}

// guid derives a GUID from parts, so that every run, every machine and the Bicep
// file use the same GUID for the same resource: RFC 9562, section 5.8 (version 8),
// with SHA-256 as in its appendix B.2. Account names are unique in all of Azure, so
// the subscription and the resource group are not needed.
func guid(parts ...string) string {
	var name strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&name, "%d:%s", len(p), p)
	}
	hash := sha256.Sum256([]byte(name.String()))
	b := hash[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// holder is a principal and its role.
type holder struct {
	principal string
	role      role
}

func (w Desired) holders() []holder {
	var all []holder
	for _, p := range w.Readers {
		all = append(all, holder{strings.ToLower(p), planRole()})
	}
	for _, p := range w.Writers {
		all = append(all, holder{strings.ToLower(p), syncRole()})
	}
	return all
}

// accountID returns the path of the account in Azure Resource Manager.
func (w Desired) accountID() string {
	return "/subscriptions/" + w.Subscription + "/resourceGroups/" + w.ResourceGroup +
		"/providers/Microsoft.DocumentDB/databaseAccounts/" + w.Account
}

// scope returns the path of the database in data plane roles.
func (w Desired) scope() string { return w.accountID() + "/dbs/" + w.Database }

// isScope reports whether a scope is that of the database. The database's name is
// case-sensitive, names in Resource Manager are not.
func (w Desired) isScope(scope string) bool {
	return strings.EqualFold(scope, w.scope()) && strings.HasSuffix(scope, "/"+w.Database)
}
