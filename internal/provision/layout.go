// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// System is the container of what belongs to no domain.
const System = "roster"

// DefaultThroughput is the least that a database can share (learn.microsoft.com,
// "Azure Cosmos DB service quotas", "Minimum throughput limits").
const DefaultThroughput = 400

// ContainerLayout is how every container is laid out.
type ContainerLayout struct {
	PartitionKey string // path; hashed
	Version      int    // of the partition key: 2 takes values of up to 2048 bytes
	Included     string // the only indexed path
	Excluded     string
}

// Layout returns how every container is laid out. There is no time to live:
// nothing of an audit trail may expire, and without it no document can ask to
// be forgotten. Indexed is what is queried, and nothing is but the type; each
// further path would be paid for with every write.
func Layout() ContainerLayout {
	return ContainerLayout{PartitionKey: "/pk", Version: 2, Included: "/type/?", Excluded: "/*"}
}

// role is a set of rights on the database.
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

// PlanActions are what a plan does to items.
func PlanActions() []string { return []string{ActionRead, ActionQuery} }

// SyncActions are what a sync does to items.
func SyncActions() []string { return append(PlanActions(), ActionCreate, ActionReplace) }

// ExcessActions are what nobody needs.
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
			"names the version that it replaces, and what is removed becomes a tombstone.",
		actions: granted(SyncActions()),
	}
}

// granted is a role's actions in full, with the one that every client needs.
func granted(actions []string) []string {
	full := []string{actionMetadata}
	for _, action := range actions {
		full = append(full, containersPrefix+action)
	}
	return full
}

func roles() []role { return []role{planRole(), syncRole()} }

// name is that of a role in an account, where it must be unique though several
// registries may share the account.
func (r role) name(w Wanted) string { return r.title + " " + w.Database }

// id is the GUID of a role in an account.
func (r role) id(w Wanted) string { return guid("sqlRoleDefinition", w.Account, w.Database, r.title) }

// assignmentID is the GUID of a principal's holding a role on the database.
func (r role) assignmentID(w Wanted, principal string) string {
	return guid("sqlRoleAssignment", w.Account, w.Database, r.title, principal)
}

// guid derives a GUID from parts, so that a second run, another machine and the
// Bicep file name the same thing alike: RFC 9562, section 5.8 (version 8), with
// SHA-256 as in its appendix B.2. Account names are unique in all of Azure, so
// that neither subscription nor resource group need be known.
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

// holder is a principal and the role it is to hold.
type holder struct {
	principal string
	role      role
}

func (w Wanted) holders() []holder {
	var all []holder
	for _, p := range w.Readers {
		all = append(all, holder{strings.ToLower(p), planRole()})
	}
	for _, p := range w.Writers {
		all = append(all, holder{strings.ToLower(p), syncRole()})
	}
	return all
}

// accountID is the path of the account in Azure Resource Manager.
func (w Wanted) accountID() string {
	return "/subscriptions/" + w.Subscription + "/resourceGroups/" + w.ResourceGroup +
		"/providers/Microsoft.DocumentDB/databaseAccounts/" + w.Account
}

// scope is the path of the database in the data plane's roles.
func (w Wanted) scope() string { return w.accountID() + "/dbs/" + w.Database }

// isScope reports whether a scope is that of the database. Capitals matter in
// its name, and in no name of Resource Manager.
func (w Wanted) isScope(scope string) bool {
	return strings.EqualFold(scope, w.scope()) && strings.HasSuffix(scope, "/"+w.Database)
}
