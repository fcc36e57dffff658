// SPDX-License-Identifier: Apache-2.0

package provision

import (
	"fmt"
	"io"
	"strings"
)

// Bicep writes the desired resources as a Bicep file for the account's resource
// group, with the same names that Make uses. Federations do not belong to Azure
// Resource Manager; the file has their commands as comments. Errors: ErrInvalid,
// and those of the writer.
func Bicep(out io.Writer, w Desired) error {
	if err := w.Check(); err != nil {
		return err
	}
	b := &bicep{w: w}
	b.head()
	b.database()
	b.containers()
	b.roles()
	b.assignments()
	b.federations()
	_, err := io.WriteString(out, b.text.String())
	return err
}

type bicep struct {
	w    Desired
	text strings.Builder
}

func (b *bicep) line(format string, args ...any) { fmt.Fprintf(&b.text, format+"\n", args...) }

// resource opens a resource of Microsoft.DocumentDB.
func (b *bicep) resource(symbol, kind, value string) {
	if kind != "" {
		kind = "/" + kind
	}
	b.line("resource %s 'Microsoft.DocumentDB/databaseAccounts%s@%s' %s", symbol, kind, APIVersion, value)
}

func (b *bicep) head() {
	b.line("// Resources for the registry in database %s of account %s.", b.w.Database, b.w.Account)
	b.line("// Deploy it to the resource group of the account. A second deployment changes")
	b.line("// nothing. Resources depend on each other, because an account refuses changes that")
	b.line("// overlap.")
	b.line("")
	if b.w.Throughput == (Throughput{}) {
		b.line("@description('Whether the account is serverless; it then takes no throughput.')")
		b.line("param serverless bool = false")
		b.line("")
	}
	b.resource("account", "", "existing = {")
	b.line("  name: %s", quote(b.w.Account))
	b.line("}")
	b.line("")
}

func (b *bicep) database() {
	b.line("// All containers share one throughput. It is far cheaper than one for each, and can")
	b.line("// only be set when the database is created.")
	b.resource("database", "sqlDatabases", "= {")
	b.line("  parent: account")
	b.line("  name: %s", quote(b.w.Database))
	b.line("  properties: {")
	b.line("    resource: { id: %s }", quote(b.w.Database))
	b.line("    options: %s", b.w.Throughput.bicep())
	b.line("  }")
	b.line("}")
	b.line("")
}

func (t Throughput) bicep() string {
	switch {
	case t.Serverless:
		return "{}"
	case t.Autoscale > 0:
		return fmt.Sprintf("{ autoscaleSettings: { maxThroughput: %d } }", t.Autoscale)
	case t.Shared > 0:
		return fmt.Sprintf("{ throughput: %d }", t.Shared)
	}
	return fmt.Sprintf("serverless ? {} : { throughput: %d }", defaultThroughput)
}

func (b *bicep) containers() {
	l := Layout()
	b.line("// One for each domain, and %s for documents of no domain.", quote(System))
	b.line("var containerNames = [")
	for _, c := range b.w.Containers {
		b.line("  %s", quote(c))
	}
	b.line("]")
	b.line("")
	b.line("// No time to live, because an audit trail must not expire. Only queried paths are")
	b.line("// indexed, because each path adds to the cost of every write.")
	b.line("@batchSize(1)")
	b.resource("containers", "sqlDatabases/containers", "= [for name in containerNames: {")
	b.line("  parent: database")
	b.line("  name: name")
	b.line("  properties: {")
	b.line("    resource: {")
	b.line("      id: name")
	b.line("      partitionKey: { paths: [%s], kind: 'Hash', version: %d }", quote(l.PartitionKey), l.Version)
	b.line("      indexingPolicy: {")
	b.line("        automatic: true")
	b.line("        indexingMode: 'consistent'")
	b.line("        includedPaths: [{ path: %s }]", quote(l.Included))
	b.line("        excludedPaths: [{ path: %s }]", quote(l.Excluded))
	b.line("      }")
	b.line("    }")
	b.line("  }")
	b.line("}]")
	b.line("")
}

func (b *bicep) roles() {
	b.line("// Roles and assignments are limited to the database.")
	b.line("var scope = '${account.id}/dbs/%s'", b.w.Database)
	b.line("")
	after := "containers"
	for _, r := range roles() {
		for why := range strings.SplitSeq(r.why, "\n") {
			b.line("// %s", why)
		}
		b.resource(roleSymbol(r), "sqlRoleDefinitions", "= {")
		b.line("  parent: account")
		b.line("  name: %s", quote(r.id(b.w)))
		b.line("  dependsOn: [%s]", after)
		b.line("  properties: {")
		b.line("    roleName: %s", quote(r.name(b.w)))
		b.line("    type: 'CustomRole'")
		b.line("    assignableScopes: [scope]")
		b.line("    permissions: [{")
		b.line("      dataActions: [")
		for _, a := range r.actions {
			b.line("        %s", quote(a))
		}
		b.line("      ]")
		b.line("    }]")
		b.line("  }")
		b.line("}")
		b.line("")
		after = roleSymbol(r)
	}
}

// roleSymbol returns the symbol of a role in the file: planRole for "roster plan".
func roleSymbol(r role) string { return strings.TrimPrefix(r.title, "roster ") + "Role" }

func (b *bicep) assignments() {
	after := roleSymbol(syncRole())
	for _, r := range roles() {
		var held []holder
		for _, h := range b.w.holders() {
			if h.role.title == r.title {
				held = append(held, h)
			}
		}
		if len(held) == 0 {
			continue
		}
		symbol := roleSymbol(r)
		b.line("// Holders of the role: object ids of enterprise applications (not of app")
		b.line("// registrations), groups or people.")
		b.line("var %sHolders = [", symbol)
		for _, h := range held {
			b.line("  { name: %s, principal: %s }", quote(r.assignmentID(b.w, h.principal)), quote(h.principal))
		}
		b.line("]")
		b.line("")
		b.line("@batchSize(1)")
		b.resource(symbol+"Assignments", "sqlRoleAssignments", fmt.Sprintf("= [for holder in %sHolders: {", symbol))
		b.line("  parent: account")
		b.line("  name: holder.name")
		b.line("  dependsOn: [%s]", after)
		b.line("  properties: {")
		b.line("    roleDefinitionId: %s.id", symbol)
		b.line("    principalId: holder.principal")
		b.line("    scope: scope")
		b.line("  }")
		b.line("}]")
		b.line("")
		after = symbol + "Assignments"
	}
}

func (b *bicep) federations() {
	if len(b.w.Federations) == 0 {
		return
	}
	b.line("// Federated credentials. Run these commands; this file does not deploy them:")
	for _, f := range b.w.Federations {
		b.line("//")
		b.line("//   %s", f.fix("create"))
	}
}

// quote writes a Bicep string (learn.microsoft.com, "Data types in Bicep",
// "Strings"). No argument contains a quote, a backslash or a dollar sign: Check
// refuses such names, and all other arguments are constants.
func quote(s string) string { return "'" + s + "'" }
