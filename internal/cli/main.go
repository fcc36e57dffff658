// SPDX-License-Identifier: Apache-2.0

// Package cli is roster's command line: one file per command with its flags,
// its help and what its outcome means. Everything of the outside world (the
// arguments, the streams, the environment, the clock) arrives in an Env; the
// work is done below. Results go to the standard output, talk to the standard
// error, and the exit code says how it ended.
package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/store/snapshot"
	"github.com/appofapps/roster/sync"
)

// Exit codes, the same for every command.
const (
	ExitOK       = 0 // done, nothing to object to
	ExitFindings = 1 // findings, refusals, tampering
	ExitUsage    = 2 // wrong usage: nothing was done
	ExitFailure  = 3 // something outside failed
)

// Env is the world of a command.
type Env struct {
	Args     []string // without the program's name
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Getenv   func(string) string
	Now      func() time.Time
	Random   io.Reader
	Release  string // version of the release, "" if the program is of none
	Terminal bool   // Stdout is a terminal
	Reading  func() // called now and then while a registry is read; may be nil
	Signals  func(context.Context) (context.Context, context.CancelFunc)
}

// say tells the user something beside the results: one line, with the program's
// name in front. CI systems read commands there too, so that no value may be
// one. Where even that cannot be written there is nobody left to tell.
func (env *Env) say(format string, values ...any) {
	_, _ = fmt.Fprintf(env.Stderr, "roster: %s\n", report.Line(fmt.Sprintf(format, values...)))
}

// System returns the world that the process is in.
func System() Env {
	return Env{
		Args:     os.Args[1:],
		Stdin:    os.Stdin,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Getenv:   os.Getenv,
		Now:      time.Now,
		Random:   rand.Reader,
		Terminal: isTerminal(os.Stdout),
		Signals: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		},
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Main runs one command and returns its exit code.
func Main(env Env) int {
	ctx, stop := env.Signals(context.Background())
	defer stop()
	command := newRoot(&env)
	command.SetArgs(env.Args)
	err := command.ExecuteContext(ctx)
	code := exitCode(err)
	if err != nil && !errors.Is(err, errObjections) {
		env.say("%v", err)
	}
	return code
}

// errObjections ends a command that has said all it had to say: the exit code
// is all that is left.
var errObjections = errors.New("there are objections")

// usageError is a wrong call. Its text says what to type instead.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usage(format string, values ...any) error { return usageError{fmt.Sprintf(format, values...)} }

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var wrong usageError
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, errObjections), errors.Is(err, sync.ErrRefused), errors.Is(err, sync.ErrStale), errors.Is(err, snapshot.ErrRefused):
		return ExitFindings
	case errors.As(err, &wrong), errors.Is(err, manifest.ErrNoRegistry), errors.Is(err, wire.ErrNoStore):
		return ExitUsage
	default:
		return ExitFailure
	}
}
