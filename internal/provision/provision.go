// SPDX-License-Identifier: Apache-2.0

// Package provision holds what a registry needs in Azure before anything can be
// stored: a database with its containers, two roles and who holds them, and
// whom Entra ID lets sign in without a secret. The right to store does not
// include the right to make these (learn.microsoft.com, "Use data plane
// role-based access control with Azure Cosmos DB for NoSQL"), so they are made
// through Azure Resource Manager and Microsoft Graph by whoever may, or printed
// as Bicep for whoever else may.
//
// Wanted is what is wanted, as data. Look compares it with what is there; Make
// makes what is missing, and nothing else: what differs is told, with the
// command that mends it, and nothing is ever deleted. A second run changes
// nothing.
package provision

import (
	"errors"

	"github.com/appofapps/roster/internal/cloud/azure"
)

// APIVersion is of Microsoft.DocumentDB, the version with data plane roles that
// all of Azure's clouds serve. A client for Azure.ARM must send it.
const APIVersion = "2021-06-15"

// ErrWanted is returned for what cannot be wanted. The error says why.
var ErrWanted = errors.New("cannot be provisioned")

// ErrNoAccount is returned if the account is not there, or the caller may not
// see it. Accounts are not made here: their region, network and backup are
// decisions of their own.
var ErrNoAccount = errors.New("no such account")

// Wanted is what a registry needs.
type Wanted struct {
	Subscription  string
	ResourceGroup string // "": looked up among the subscription's accounts
	Account       string
	Database      string
	Containers    []string // sorted, with System
	Throughput    Throughput
	Readers       []string // who plans: object ids of enterprise applications, groups or people
	Writers       []string // who syncs and rotates, likewise
	Federations   []Federation
}

// Throughput is how the database is paid for. The zero value follows the
// account: none if it is serverless, else DefaultThroughput shared by all
// containers.
type Throughput struct {
	Serverless bool
	Shared     int // request units per second
	Autoscale  int // the most request units per second
}

// Federation lets whoever has a token with a subject from an issuer sign in as
// an application.
type Federation struct {
	Application string // object id or application id of the app registration
	Name        string // of the credential
	Issuer      string
	Subject     string
	Audience    string // default DefaultAudience
}

// Kind is what a step is about.
type Kind string

// The kinds of steps, in the order in which they are made.
const (
	KindAccount    Kind = "account"
	KindDatabase   Kind = "database"
	KindThroughput Kind = "throughput"
	KindContainer  Kind = "container"
	KindRole       Kind = "role"
	KindAssignment Kind = "assignment"
	KindFederation Kind = "federation"
)

// State is how things stand with a step.
type State string

// The states. Look gives the first four, Make any.
const (
	Present State = "present" // as wanted
	Missing State = "missing"
	Differs State = "differs" // it is there, but not as wanted; never changed here
	Denied  State = "denied"  // the caller may not look at it, or not make it
	Made    State = "made"
	Failed  State = "failed"
)

// Step is one thing that is needed.
type Step struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail,omitempty"`
	Mend   string `json:"mend,omitempty"` // a command line for a POSIX shell, if one helps

	make *request // of what is missing
}

// Azure is where Look and Make look and make.
type Azure struct {
	ARM      *azure.Client // with APIVersion
	Graph    *azure.Client // may be nil if no federation is wanted
	Progress func(Step)    // told of each step that Make has dealt with; may be nil
}

// Open returns the steps that are not as wanted.
func Open(steps []Step) []Step {
	var open []Step
	for _, s := range steps {
		if s.State != Present && s.State != Made {
			open = append(open, s)
		}
	}
	return open
}
