// SPDX-License-Identifier: Apache-2.0

package provision

import "github.com/appofapps/roster/internal/cloud/rest"

// The resources of Microsoft.DocumentDB, with the fields that this package reads or
// sends.

type resource[T any] struct {
	Name       string `json:"name,omitempty"`
	ID         string `json:"id,omitempty"`
	Properties T      `json:"properties"`
}

type account struct {
	Capabilities []struct {
		Name string `json:"name"`
	} `json:"capabilities"`
}

type database struct {
	Resource struct {
		ID string `json:"id"`
	} `json:"resource"`
	Options *options `json:"options,omitempty"`
}

type options struct {
	Throughput int        `json:"throughput,omitempty"`
	Autoscale  *autoscale `json:"autoscaleSettings,omitempty"`
}

type autoscale struct {
	Max int `json:"maxThroughput"`
}

type throughput struct {
	Resource options `json:"resource"`
}

type container struct {
	Resource containerResource `json:"resource"`
}

type containerResource struct {
	ID           string        `json:"id"`
	PartitionKey *partitionKey `json:"partitionKey,omitempty"`
	Indexing     *indexing     `json:"indexingPolicy,omitempty"`
	DefaultTTL   *int          `json:"defaultTtl,omitempty"`
}

type partitionKey struct {
	Paths   []string `json:"paths"`
	Kind    string   `json:"kind"`
	Version int      `json:"version,omitempty"`
}

type indexing struct {
	Automatic bool        `json:"automatic"`
	Mode      string      `json:"indexingMode"`
	Included  []indexPath `json:"includedPaths"`
	Excluded  []indexPath `json:"excludedPaths"`
}

type indexPath struct {
	Path string `json:"path"`
}

type roleDefinition struct {
	RoleName         string       `json:"roleName"`
	Type             string       `json:"type"`
	AssignableScopes []string     `json:"assignableScopes"`
	Permissions      []permission `json:"permissions"`
}

type permission struct {
	DataActions    []string `json:"dataActions"`
	NotDataActions []string `json:"notDataActions,omitempty"`
}

type roleAssignment struct {
	RoleDefinitionID string `json:"roleDefinitionId"`
	Scope            string `json:"scope"`
	PrincipalID      string `json:"principalId"`
}

// The paths of the resources.

func (w Desired) accountPath(below ...string) string {
	return rest.Path(append([]string{
		"subscriptions", w.Subscription, "resourceGroups", w.ResourceGroup,
		"providers", "Microsoft.DocumentDB", "databaseAccounts", w.Account,
	}, below...)...)
}

func (w Desired) databasePath(below ...string) string {
	return w.accountPath(append([]string{"sqlDatabases", w.Database}, below...)...)
}

// The bodies of the requests that create the resources.

func (w Desired) database(serverless bool) resource[database] {
	d := database{Options: w.Throughput.options(serverless)}
	d.Resource.ID = w.Database
	return resource[database]{Properties: d}
}

// options returns the options of a database, nil in a serverless account.
func (t Throughput) options(serverless bool) *options {
	switch {
	case serverless:
		return nil
	case t.Autoscale > 0:
		return &options{Autoscale: &autoscale{Max: t.Autoscale}}
	case t.Shared > 0:
		return &options{Throughput: t.Shared}
	}
	return &options{Throughput: defaultThroughput}
}

func wantedContainer(name string) resource[container] {
	l := Layout()
	return resource[container]{Properties: container{Resource: containerResource{
		ID:           name,
		PartitionKey: &partitionKey{Paths: []string{l.PartitionKey}, Kind: "Hash", Version: l.Version},
		Indexing: &indexing{
			Automatic: true, Mode: "consistent",
			Included: []indexPath{{l.Included}}, Excluded: []indexPath{{l.Excluded}},
		},
	}}}
}

func (w Desired) role(r role) resource[roleDefinition] {
	return resource[roleDefinition]{Properties: roleDefinition{
		RoleName: r.name(w), Type: "CustomRole", AssignableScopes: []string{w.scope()},
		Permissions: []permission{{DataActions: r.actions}},
	}}
}

func (w Desired) assignment(h holder, roleID string) resource[roleAssignment] {
	return resource[roleAssignment]{Properties: roleAssignment{
		RoleDefinitionID: roleID, Scope: w.scope(), PrincipalID: h.principal,
	}}
}
