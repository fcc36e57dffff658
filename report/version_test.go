// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/appofapps/roster/internal/cli"
)

// TestVersionMatchesItsSchema validates what the command writes.
func TestVersionMatchesItsSchema(t *testing.T) {
	t.Parallel()
	var out, talk bytes.Buffer
	code := cli.Main(cli.Env{
		Args: []string{"version", "--format", "json"}, Stdout: &out, Stderr: &talk,
		Getenv:  func(string) string { return "" },
		Signals: func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} },
	})
	if code != cli.ExitOK {
		t.Fatalf("exit code %d: %s", code, &talk)
	}
	schema, err := jsonschema.NewCompiler().Compile("../schema/results/v1/version.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%#v", err)
	}
}
