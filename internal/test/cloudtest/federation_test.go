// SPDX-License-Identifier: Apache-2.0

package cloudtest_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"
	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-githubactions"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

// credential returns a credential of azidentity that uses a job of GitHub.
func credential(t *testing.T, c *cloudtest.Cloud) azcore.TokenCredential {
	t.Helper()
	environment := lookup(c.GitHubEnv())
	action := githubactions.New(githubactions.WithGetenv(environment), githubactions.WithHTTPClient(&http.Client{Transport: c.Transport()}))
	options := azidentity.ClientAssertionCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: &http.Client{Transport: c.Transport()}}}
	made, err := azidentity.NewClientAssertionCredential(tenant, client, func(ctx context.Context) (string, error) {
		return action.GetIDToken(ctx, cloudtest.ExchangeAudience)
	}, &options)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func lookup(environment []string) func(string) string {
	return func(name string) string {
		for _, line := range environment {
			if key, value, _ := strings.Cut(line, "="); key == name {
				return value
			}
		}
		return ""
	}
}

// orders is azcosmos's client of the container.
func orders(t *testing.T, c *cloudtest.Cloud, regions ...string) *azcosmos.ContainerClient {
	t.Helper()
	options := azcosmos.ClientOptions{PreferredRegions: regions}
	options.Transport = &http.Client{Transport: c.Transport()}
	made, err := azcosmos.NewClient(accountURL, credential(t, c), &options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Close)
	container, err := made.NewContainer("roster", "orders")
	if err != nil {
		t.Fatal(err)
	}
	return container
}

// TestUnmodifiedClients runs the unmodified libraries end to end.
func TestUnmodifiedClients(t *testing.T) {
	t.Parallel()
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url})
	container, key := orders(t, c), azcosmos.NewPartitionKeyString("a")
	if _, err := container.CreateItem(t.Context(), key, []byte(`{"id":"one","pk":"a"}`), nil); err != nil {
		t.Fatal(err)
	}
	read, err := container.ReadItem(t.Context(), key, "one", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(read.Value), `{"id":"one","pk":"a"}`; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	batch := container.NewTransactionalBatch(key)
	batch.CreateItem([]byte(`{"id":"event-1","pk":"a"}`), nil)
	batch.ReplaceItem("one", []byte(`{"id":"one","pk":"a","v":2}`), nil)
	if _, err := container.ExecuteTransactionalBatch(t.Context(), batch, nil); err != nil {
		t.Fatal(err)
	}
	want := []cloudtest.Kind{
		cloudtest.KindDiscovery, cloudtest.KindOIDC, cloudtest.KindToken, cloudtest.KindAccount,
		cloudtest.KindWrite, cloudtest.KindRead, cloudtest.KindBatch,
	}
	var got []cloudtest.Kind
	for i, x := range c.Log() {
		if x.N != i+1 {
			t.Errorf("request %d has number %d", i+1, x.N)
		}
		if !slices.Contains(got, x.Kind) {
			got = append(got, x.Kind)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds in order of their first sight (-want +got):\n%s", diff)
	}
	last := c.Log()[len(c.Log())-1]
	if diff := cmp.Diff([]cloudtest.Operation{{Action: "items/create", ID: "event-1"}, {Action: "items/replace", ID: "one"}}, last.Operations); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if foreign := c.Foreign(); len(foreign) != 0 {
		t.Errorf("foreign hosts: %v", foreign)
	}
	for _, r := range items.requests {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token was passed on")
		}
	}
}

// TestUnmodifiedClientsAreRefused checks each refusal of the account through azcosmos.
func TestUnmodifiedClientsAreRefused(t *testing.T) {
	t.Parallel()
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url})
	container, key := orders(t, c), azcosmos.NewPartitionKeyString("a")
	_, err := container.UpsertItem(t.Context(), key, []byte(`{"id":"one","pk":"a"}`), nil)
	wantRefusal(t, err, http.StatusForbidden, "items/upsert")
	_, err = container.DeleteItem(t.Context(), key, "one", nil)
	wantRefusal(t, err, http.StatusForbidden, "items/delete")
	batch := container.NewTransactionalBatch(key)
	batch.CreateItem([]byte(`{"id":"two","pk":"a"}`), nil)
	batch.DeleteItem("one", nil)
	_, err = container.ExecuteTransactionalBatch(t.Context(), batch, nil)
	wantRefusal(t, err, http.StatusForbidden, "items/delete")
	if items.has("two") {
		t.Error("half of a refused batch was stored")
	}
	_, err = container.Delete(t.Context(), nil)
	wantRefusal(t, err, http.StatusForbidden, "cannot be authorized by AAD token in data plane")
}

func wantRefusal(t *testing.T, err error, status int, text string) {
	t.Helper()
	response, answered := errors.AsType[*azcore.ResponseError](err)
	if !answered || response.StatusCode != status || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %d with %q", err, status, text)
	}
}

func TestWorkloadIdentity(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	environment := lookup(c.AKSEnv(t))
	options := azidentity.WorkloadIdentityCredentialOptions{
		ClientID: environment("AZURE_CLIENT_ID"), TenantID: environment("AZURE_TENANT_ID"), TokenFilePath: environment("AZURE_FEDERATED_TOKEN_FILE"),
		ClientOptions: azcore.ClientOptions{Transport: &http.Client{Transport: c.Transport()}},
	}
	made, err := azidentity.NewWorkloadIdentityCredential(&options)
	if err != nil {
		t.Fatal(err)
	}
	wantToken(t, made)
}

func TestAzurePipelines(t *testing.T) {
	c := cloudtest.Start(t, cloudtest.Config{})
	environment := lookup(c.AzurePipelinesEnv())
	t.Setenv("SYSTEM_OIDCREQUESTURI", environment("SYSTEM_OIDCREQUESTURI")) // read by azidentity itself
	options := azidentity.AzurePipelinesCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: &http.Client{Transport: c.Transport()}}}
	made, err := azidentity.NewAzurePipelinesCredential(environment("AZURESUBSCRIPTION_TENANT_ID"), environment("AZURESUBSCRIPTION_CLIENT_ID"),
		environment("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"), environment("SYSTEM_ACCESSTOKEN"), &options)
	if err != nil {
		t.Fatal(err)
	}
	wantToken(t, made)
}

// TestHostileAuthority directs azidentity to a host that poses as Entra. With instance
// discovery, azidentity does not use it.
func TestHostileAuthority(t *testing.T) {
	t.Parallel()
	for _, trusting := range []bool{false, true} {
		c := cloudtest.Start(t, cloudtest.Config{})
		options := azidentity.ClientAssertionCredentialOptions{DisableInstanceDiscovery: trusting}
		options.Transport = &http.Client{Transport: c.Transport()}
		options.Cloud.ActiveDirectoryAuthorityHost = "https://login.evil.example/"
		options.Retry.MaxRetries = -1
		made, err := azidentity.NewClientAssertionCredential(tenant, client, func(context.Context) (string, error) { return c.Mint(nil), nil }, &options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := made.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{accountURL + "/.default"}}); err == nil {
			t.Error("a token came")
		}
		if got := slices.Contains(c.Foreign(), "login.evil.example:443"); got != trusting {
			t.Errorf("trusting %v: the hostile host was asked: %v", trusting, got)
		}
		if log := c.Log(); !trusting && (len(log) == 0 || log[0].AADSTS != 50049) {
			t.Errorf("the real host was not asked: %+v", log)
		}
	}
}

func TestGitLab(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	assertion := lookup(c.GitLabEnv())("ROSTER_ID_TOKEN")
	if r := exchange(t, c, assertion, accountURL+"/.default", nil); r.status != http.StatusOK {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

func wantToken(t *testing.T, credential azcore.TokenCredential) {
	t.Helper()
	token, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{accountURL + "/.default"}})
	if err != nil || token.Token == "" {
		t.Errorf("got a token of %d characters, error %v", len(token.Token), err)
	}
}

// childVariable makes the test binary the program that TestChild runs.
const childVariable = "CLOUDTEST_CHILD"

// TestChild runs a process that knows this internet only through its environment; no
// client gets a transport.
func TestChild(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		child(t)
		return
	}
	items := startItems(t)
	c := cloudtest.Start(t, cloudtest.Config{Upstream: items.url})
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
	command.Env = append(c.GitHubEnv(), childVariable+"=1")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}
	if !items.has("child") {
		t.Error("the child stored nothing")
	}
	if diff := cmp.Diff([]string{"example.com:443"}, c.Foreign()); diff != "" {
		t.Errorf("foreign hosts (-want +got):\n%s", diff)
	}
	for _, secret := range c.Secrets() {
		if strings.Contains(output.String(), secret) {
			t.Error("the child printed a token")
		}
	}
}

func child(t *testing.T) {
	action := githubactions.New()
	made, err := azidentity.NewClientAssertionCredential(os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID"), func(ctx context.Context) (string, error) {
		return action.GetIDToken(ctx, cloudtest.ExchangeAudience)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	account, err := azcosmos.NewClient(accountURL, made, nil)
	if err != nil {
		t.Fatal(err)
	}
	container, err := account.NewContainer("roster", "orders")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := container.CreateItem(t.Context(), azcosmos.NewPartitionKeyString("a"), []byte(`{"id":"child","pk":"a"}`), nil); err != nil {
		t.Fatal(err)
	}
	response, err := http.Get("https://example.com/")
	if err == nil {
		_ = response.Body.Close()
		t.Fatal("example.com answered: this process is on another internet")
	}
}
