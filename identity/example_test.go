// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"errors"
	"fmt"

	"github.com/appofapps/roster/identity"
)

func ExampleNew() {
	environment := map[string]string{"GITLAB_CI": "true"}
	_, err := identity.New(identity.Config{
		Getenv: func(name string) string { return environment[name] },
		CI:     true,
	})
	fmt.Println(errors.Is(err, identity.ErrNoIdentity))
	fmt.Println(err)
	// Output:
	// true
	// no identity: this job has no ID token: add `id_tokens: {ROSTER_ID_TOKEN: {aud: api://AzureADTokenExchange}}` to the job
}
