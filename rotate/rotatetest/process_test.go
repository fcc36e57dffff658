// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/cloud/azure"
	githubclient "github.com/appofapps/roster/internal/cloud/github"
	oktaclient "github.com/appofapps/roster/internal/cloud/okta"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/signing"
	cosmoskey "github.com/appofapps/roster/provider/cosmos"
	"github.com/appofapps/roster/provider/entra"
	"github.com/appofapps/roster/provider/okta"
	"github.com/appofapps/roster/provider/token"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/sink/file"
	"github.com/appofapps/roster/rotate/sink/github"
	"github.com/appofapps/roster/rotate/sink/keyvault"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/cosmos"
)

var errCut = errors.New("connection cut")

// killed unwinds a worker whose process is gone.
type killed struct{}

// A fault is what goes wrong with a call.
type fault struct {
	name   string
	served bool // the call takes effect, whatever is answered
	kill   bool
	status int // that is answered in its place
	half   bool
	slow   bool
	stall  time.Duration // before the call is on its way
	store  error         // what the store says of a commit
}

// slow is how long an answer takes that nobody waits for any more: a client gives
// up before, as one of HTTP does, or when its context ends.
const slow = 65 * time.Second

func faults() []fault {
	return []fault{
		{name: "kill before", kill: true},
		{name: "kill after", kill: true, served: true},
		{name: "cut before", store: store.ErrUnknownOutcome},
		{name: "cut after", served: true, store: store.ErrUnknownOutcome},
		{name: "408", status: http.StatusRequestTimeout, store: store.ErrUnknownOutcome},
		{name: "409", status: http.StatusConflict, store: store.ErrConflict},
		{name: "429", status: http.StatusTooManyRequests, store: store.ErrThrottled},
		{name: "503", status: http.StatusServiceUnavailable, store: store.ErrUnknownOutcome},
		{name: "truncated", served: true, half: true, store: store.ErrUnknownOutcome},
		{name: "slow", served: true, slow: true, store: store.ErrUnknownOutcome},
	}
}

// worker is a process: what it has is its own, and what it asks can go wrong.
type worker struct {
	*cloud
	name string
	skew time.Duration // of its clock
}

func (w worker) now() time.Time { return time.Now().Add(w.skew) }

// reading begins what is said of a call that changes nothing.
const reading = "read "

// call counts a call, and lets it go wrong if that is planned; do is its effect.
func (w worker) call(ctx context.Context, what string, do func()) (fault, error) {
	if w.met != nil {
		w.met(w.name, what)
	}
	w.mu.Lock()
	w.calls++
	f, planned := w.plan[w.calls]
	if planned {
		w.fired[f.name]++
	}
	w.mu.Unlock()
	if f.stall > 0 {
		if err := retry.Sleep(ctx, f.stall); err != nil {
			return f, err
		}
	}
	switch {
	case !planned || f.stall > 0:
		do()
		if !strings.HasPrefix(what, reading) {
			w.check(what)
		}
		return f, nil
	case f.kill && !f.served:
		w.die()
	case !f.served:
		return f, errCut
	}
	do()
	w.check(what)
	switch {
	case f.kill:
		w.die()
	case f.slow:
		if err := retry.Sleep(ctx, slow); err != nil {
			return f, err
		}
		return f, context.DeadlineExceeded
	case f.half:
		return f, nil
	}
	return f, errCut
}

// die ends the process, as one that crashes: with every stack in what it says.
func (w worker) die() {
	if w.said != nil {
		stacks := make([]byte, 1<<20)
		w.say(stacks[:runtime.Stack(stacks, true)])
	}
	panic(killed{})
}

// say keeps what a process says, if somebody listens.
func (c *cloud) say(text []byte) {
	if c.said != nil {
		c.said(text)
	}
}

// RoundTrip brings a request to the host that it names.
func (w worker) RoundTrip(r *http.Request) (*http.Response, error) {
	handler := w.hosts[r.URL.Hostname()]
	if handler == nil || r.URL.Scheme != "https" {
		w.Errorf("a request went to %s", r.URL)
		return nil, errCut
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w.say([]byte(r.Method + " " + r.URL.String() + " " + r.UserAgent() + r.Referer()))
	recorder := httptest.NewRecorder()
	f, err := w.call(r.Context(), r.Method+" "+r.URL.Host+r.URL.Path, func() {
		asked := r.Clone(context.WithoutCancel(r.Context()))
		if asked.Host = r.URL.Host; asked.Body == nil {
			asked.Body = http.NoBody
		}
		handler.ServeHTTP(recorder, asked)
	})
	if f.status != 0 && err != nil {
		recorder, err = httptest.NewRecorder(), nil
		recorder.Header().Set("Retry-After", "1")
		recorder.WriteHeader(f.status)
		_, _ = io.WriteString(recorder, `{"error": {"code": "Fault", "message": "planted"}}`)
	}
	if err != nil {
		return nil, err
	}
	resp := recorder.Result()
	resp.Request = r
	if f.half {
		text := recorder.Body.Bytes()
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text[:len(text)/2]), errReader{}))
	}
	return resp, nil
}

// Do is RoundTrip for the SDK.
func (w worker) Do(r *http.Request) (*http.Response, error) { return w.RoundTrip(r) }

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// bearer is an identity whose token nobody looks at.
type bearer struct{}

func (bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "canary-bearer-token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// config is what a process renews credentials with: all of it is the real thing,
// but for who answers.
func (w worker) config() rotate.Config {
	event := audit.Event{Actor: audit.Actor{Kind: audit.ActorCI, Name: "ada"}, Operation: w.name}
	stores := workerStore{w}
	web := &http.Client{Transport: w}
	return rotate.Config{
		Store: stores,
		Source: func(t rotate.Target) (rotate.Source, error) {
			switch t.Type {
			case token.Type:
				return token.Source{Store: stores, Now: w.now, Event: event}, nil
			case entra.Type:
				return entra.Source{Graph: w.azure(azure.GraphEndpoint, azure.GraphScope, ""), Prove: w.signIn}, nil
			case okta.Type:
				return w.oktaSource(web)
			}
			return cosmoskey.Source{
				ARM: w.azure(azure.ManagementEndpoint, azure.ManagementScope, cosmoskey.APIVersion), Now: w.now, Sleep: retry.Sleep,
				Prove: func(ctx context.Context, endpoint string, key redact.Secret) error {
					err := cosmos.ProveKey(ctx, endpoint, key, w)
					if errors.Is(err, cosmos.ErrKey) {
						return fmt.Errorf("%w: %w", rotate.ErrNotYet, err)
					}
					return err
				},
			}, nil
		},
		Sink: func(place registration.Sink) (rotate.Sink, error) {
			switch {
			case place.File != "":
				return workerFile{w, file.Sink{Folder: w.folder}}, nil
			case place.KeyVault != "":
				return keyvault.Sink{Credential: bearer{}, Transport: w, Suffix: "vault.azure.net", Now: w.now}, nil
			}
			client, err := githubclient.New(githubclient.Config{API: "https://" + gitHubHost, Token: redact.New("canary-github-token"), HTTP: web, Budget: budget()})
			return github.Sink{Client: client}, err
		},
		Now: w.now, Sleep: retry.Sleep, Random: rand.Reader, Holder: w.name, Event: event,
	}
}

// budget is the command's.
func budget() retry.Budget {
	return retry.Budget{Attempts: 4, Wait: time.Minute, Base: time.Second, Cap: 10 * time.Second}
}

func (w worker) azure(endpoint, scope, version string) *azure.Client {
	c, err := azure.New(endpoint, scope, bearer{}, azure.Config{Transport: w, APIVersion: version})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w worker) oktaSource(web *http.Client) (rotate.Source, error) {
	c, err := oktaclient.New(oktaclient.Config{
		Host: oktaHost, App: w.okta.Client, Scopes: []string{okta.Scope}, HTTP: web, Now: w.now, Budget: budget(),
		Key: func(context.Context) (signing.Key, error) { return w.key, nil },
	})
	return okta.Source{Client: c, Now: w.now}, err
}

// signIn is Entra ID, which is asked for a token with a client secret.
func (w worker) signIn(ctx context.Context, app string, secret redact.Secret) error {
	opens := false
	_, err := w.call(ctx, "POST login.microsoftonline.com", func() { opens = w.graph.Opens(app, secret.Reveal()) })
	switch {
	case err != nil:
		return err
	case !opens:
		return rotate.ErrNotYet
	}
	return nil
}

// workerFile is the sink of files, whose calls count as well.
type workerFile struct {
	w    worker
	sink file.Sink
}

var _ rotate.Stager = workerFile{}

func (f workerFile) do(ctx context.Context, what string, do func() error) error {
	var err error
	_, fault := f.w.call(ctx, what, func() { err = do() })
	return errors.Join(err, fault)
}

func (f workerFile) Deliver(ctx context.Context, place registration.Sink, marker string, value redact.Secret) error {
	return f.do(ctx, "deliver file", func() error { return f.sink.Deliver(ctx, place, marker, value) })
}

func (f workerFile) Stage(ctx context.Context, place registration.Sink, s rotate.StagedValue) (ref string, err error) {
	err = f.do(ctx, "stage file", func() (err error) { ref, err = f.sink.Stage(ctx, place, s); return err })
	return ref, err
}

func (f workerFile) Staged(ctx context.Context, place registration.Sink, marker string) (list []rotate.StagedValue, err error) {
	err = f.do(ctx, "staged files", func() (err error) { list, err = f.sink.Staged(ctx, place, marker); return err })
	return list, err
}

func (f workerFile) Unstage(ctx context.Context, place registration.Sink, marker string) error {
	return f.do(ctx, "unstage file", func() error { return f.sink.Unstage(ctx, place, marker) })
}

// workerStore is the store.
type workerStore struct{ w worker }

func (s workerStore) Read(ctx context.Context, k store.Key) (doc store.Document, err error) {
	if _, fault := s.w.call(ctx, reading+k.ID, func() { doc, err = s.w.docs.Read(ctx, k) }); fault != nil {
		return store.Document{}, store.ErrThrottled
	}
	return doc, err
}

func (s workerStore) List(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
	return s.w.docs.List(ctx, container, partition, t)
}

func (s workerStore) Entries(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
	return s.w.docs.Entries(ctx, container, t)
}

func (s workerStore) Commit(ctx context.Context, c store.Commit) (etags []string, err error) {
	f, fault := s.w.call(ctx, "commit "+c.Operations[0].Document.ID, func() { etags, err = s.w.docs.Commit(ctx, c) })
	switch {
	case err != nil:
		return nil, err
	case fault != nil && f.store == nil:
		return nil, fault
	case fault != nil || f.half:
		return nil, f.store
	}
	return etags, nil
}

// process runs one credential, or all, to the end or until it is killed.
func (c *cloud) process(name string, reason rotate.Reason, targets ...rotate.Target) (result *rotate.Result, alive bool) {
	return worker{cloud: c, name: name}.process(reason, targets...)
}

func (w worker) process(reason rotate.Reason, targets ...rotate.Target) (result *rotate.Result, alive bool) {
	defer func() {
		if p := recover(); p != nil {
			if _, dead := p.(killed); !dead {
				panic(p)
			}
			alive = false
		}
	}()
	result, err := rotate.RunAll(context.Background(), "acme", targets, reason, w.config())
	if err != nil {
		w.Fatal(err)
	}
	w.tell(result)
	return result, true
}

// settle runs processes as a schedule does, until every credential has a generation
// and nothing is under way.
func (c *cloud) settle(generation int) (processes int) {
	c.Helper()
	const most = 80
	for processes = 1; processes <= most; processes++ {
		result, alive := c.process(fmt.Sprintf("%d-%d", time.Now().Unix(), processes), rotate.Scheduled, c.targets...)
		if alive && c.settled(generation) {
			return processes
		}
		time.Sleep(c.pause(result, alive))
		c.check("time")
	}
	c.broken = append(c.broken, fmt.Sprintf("generation %d was not reached in %d runs", generation, most))
	return most
}

// settled reports whether every credential has a generation and nothing is under way.
func (c *cloud) settled(generation int) bool {
	for _, t := range c.targets {
		credential, under := c.records(t)
		if credential.Held != "" {
			c.broken = append(c.broken, t.String()+" is held: "+credential.Held)
			return true
		}
		if under != nil || credential.Generation < generation {
			return false
		}
	}
	return true
}

// pause is until there is something to do: what is next, or a lease that a dead
// process had is over.
func (c *cloud) pause(result *rotate.Result, alive bool) time.Duration {
	if !alive {
		return 11 * time.Minute
	}
	pause := 400 * 24 * time.Hour
	for _, l := range result.Credentials {
		switch {
		case l.Next == nil:
			pause = min(pause, 11*time.Minute)
		case time.Until(*l.Next) > 0:
			pause = min(pause, time.Until(*l.Next)+time.Second)
		default:
			pause = min(pause, time.Minute)
		}
	}
	return pause
}

func decode(t testing.TB, doc store.Document, into any) {
	t.Helper()
	if err := json.NewDecoder(strings.NewReader(string(doc.Body))).Decode(into); err != nil {
		t.Fatal(err)
	}
}
