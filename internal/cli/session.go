// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/report"
)

// session is one run of a command on one registry. It opens the registry, the
// store and the identity once, when the command asks for them, and closes what
// it opened.
type session struct {
	*Env
	dir    string // of the registry
	format string // of the output
	run    *wire.Run

	judged // after load

	spec  string      // of the store, after open
	store *wire.Store // after open
}

// session calls do with a session for the registry in dir, and closes what do
// opened.
func (env *Env) session(ctx context.Context, dir string, do func(context.Context, *session) error) (err error) {
	// The CI system reads commands on the standard error as well, where they do
	// not mix with results.
	s := &session{Env: env, dir: dir, run: wire.NewRun(wire.World{Getenv: env.Getenv, Now: env.Now, Commands: env.Stderr})}
	defer func() {
		if closeErr := s.close(); err == nil {
			err = closeErr
		}
	}()
	return do(ctx, s)
}

func (s *session) close() error {
	defer s.run.Close()
	if s.store == nil {
		return nil
	}
	if err := s.store.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// choose sets the output format to one of those that the command has.
func (s *session) choose(format string, formats []string) (err error) {
	s.format, err = chosen(s.Env, format, formats)
	return err
}

// chosen returns the output format among those that the command has.
func chosen(env *Env, format string, formats []string) (string, error) {
	if format == "" {
		format = formats[0]
		if own := string(ci.Detect(env.Getenv)); own != string(ci.GitLab) && slices.Contains(formats, own) {
			format = own
		}
	}
	if !slices.Contains(formats, format) {
		return "", usage("--format %q is unknown; allowed: %s", format, strings.Join(formats, ", "))
	}
	return format, nil
}

// colour reports whether text may be coloured: on a terminal, unless NO_COLOR
// is set (no-color.org).
func (env *Env) colour() bool { return env.Terminal && env.Getenv("NO_COLOR") == "" }

// look returns how text looks that shows nothing of a manifest.
func (env *Env) look() report.TextOptions { return report.TextOptions{Colour: env.colour()} }

// show writes a result in the format of the session.
func show[T any](s *session, result report.Result[T], value T) error {
	return result.Write(s.Stdout, s.format, value, s.look())
}

// event returns what every audit event of this run has in common: who runs it,
// from where, with which version, and under which operation id. The id is that of
// the CI run, with a random part that no other run has.
func (s *session) event() (audit.Event, error) {
	actor, source := ci.Context(s.Getenv)
	var random [16]byte // as many bits as a UUID has
	if _, err := io.ReadFull(s.Random, random[:]); err != nil {
		return audit.Event{}, fmt.Errorf("draw an operation id: %w", err)
	}
	operation := hex.EncodeToString(random[:])
	if source.RunID != "" {
		operation = source.RunID + "." + source.RunAttempt + "-" + operation
	}
	return audit.Event{Actor: actor, Source: source, Tool: audit.Tool{Version: s.version().Version}, Operation: operation}, nil
}

// forCI reports whether the CI system that runs the command reads its output:
// only then does the command leave a summary and outputs there.
func (s *session) forCI() bool {
	switch ci.Detect(s.Getenv) {
	case ci.GitHub:
		return s.format == "github"
	case ci.Azure:
		return s.format == "azure"
	case ci.GitLab:
		return s.format == "text"
	default:
		return false
	}
}

// sink returns where the CI system takes summaries and outputs.
func (s *session) sink() ci.Sink { return ci.NewSink(s.Getenv, s.Stdout, s.Random) }
