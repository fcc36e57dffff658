// SPDX-License-Identifier: Apache-2.0

// Package provision creates the resources in Azure that a registry needs: a
// database with its containers, two roles and their assignments, and federated
// credentials in Entra ID. Start with Look, which compares a Desired state with
// the existing resources; Make creates the missing ones. Bicep prints the same
// resources as a file instead.
//
// Make never changes or deletes a resource. For one that differs from the desired
// state, Look returns the command that fixes it. A second run changes nothing.
//
// These resources need other permissions than writing documents does
// (learn.microsoft.com, "Use data plane role-based access control with Azure Cosmos
// DB for NoSQL"): the package uses Azure Resource Manager and Microsoft Graph.
package provision

import (
	"errors"

	"github.com/appofapps/roster/internal/cloud/azure"
)

// APIVersion is the version of Microsoft.DocumentDB that the client in Azure.ARM
// must send. It is the one with data plane roles that all clouds of Azure support.
const APIVersion = "2021-06-15"

// ErrInvalid is returned for a desired state that Azure or a store cannot have.
var ErrInvalid = errors.New("invalid desired state")

// ErrNoAccount is returned if the account does not exist, or the caller lacks the
// permission to read it. This package does not create accounts, because somebody
// must choose their region, network and backup.
var ErrNoAccount = errors.New("no such account")

// Desired describes the resources that a registry needs.
type Desired struct {
	Subscription  string
	ResourceGroup string // "" to look up the account in the subscription
	Account       string
	Database      string
	Containers    []string // sorted, with System
	Throughput    Throughput
	Readers       []string // identities that plan: object ids of enterprise applications, groups or people
	Writers       []string // identities that sync and rotate, likewise
	Federations   []Federation
}

// Throughput is the provisioned throughput of the database. The zero value means none
// for a serverless account, and otherwise 400 request units per second, shared by all
// containers.
type Throughput struct {
	Serverless bool
	Shared     int // request units per second
	Autoscale  int // maximum of request units per second
}

// Federation lets a holder of a token with this issuer, subject and audience sign
// in as an application.
type Federation struct {
	Application string // object id or application id of the app registration
	Name        string // of the credential
	Issuer      string
	Subject     string
	Audience    string // default DefaultAudience
}

// Kind is the kind of resource of a step.
type Kind string

// The kinds of steps, in the order in which Make creates them.
const (
	KindAccount    Kind = "account"
	KindDatabase   Kind = "database"
	KindThroughput Kind = "throughput"
	KindContainer  Kind = "container"
	KindRole       Kind = "role"
	KindAssignment Kind = "assignment"
	KindFederation Kind = "federation"
)

// State is the state of a step.
type State string

// The states. Look returns the first four, Make all of them.
const (
	Present State = "present" // as desired
	Missing State = "missing"
	Differs State = "differs" // exists, but not as desired; Make does not change it
	Denied  State = "denied"  // the caller lacks the permission to read or to create it
	Made    State = "made"
	Failed  State = "failed"
)

// Step is one resource that is needed, and its state.
type Step struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail,omitempty"`
	Fix    string `json:"fix,omitempty"` // a command line for a POSIX shell, if one helps

	make *request // creates a missing resource; else nil
}

// Azure is the connection to Azure that Look and Make use.
type Azure struct {
	ARM      *azure.Client // sends APIVersion
	Graph    *azure.Client // may be nil if no federation is desired
	Progress func(Step)    // called after each step of Make; may be nil
}

// Unfinished returns the steps that are neither Present nor Made.
func Unfinished(steps []Step) []Step {
	var unfinished []Step
	for _, s := range steps {
		if s.State != Present && s.State != Made {
			unfinished = append(unfinished, s)
		}
	}
	return unfinished
}
