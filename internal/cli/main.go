// SPDX-License-Identifier: Apache-2.0

// Package cli is roster's command line, one file per command: its flags, its help
// and its exit code. Start with Main.
//
// The arguments, the streams, the environment and the clock arrive in an Env. A
// session opens the registry, the store and the identity for a command. Results go
// to the standard output, messages to the standard error.
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
	ExitOK       = 0 // success
	ExitFindings = 1 // findings, refused changes, a trail that is not whole
	ExitUsage    = 2 // wrong usage; nothing was done
	ExitFailure  = 3 // a file, a service or the network failed
)

// Env is what a command knows of the outside.
type Env struct {
	Args     []string // without the program's name
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Getenv   func(string) string
	Now      func() time.Time
	Random   io.Reader
	Release  string // version of the release, "" for a development build
	Terminal bool   // Stdout is a terminal
	Reading  func() // called now and then while a registry is read; may be nil
	Signals  func(context.Context) (context.Context, context.CancelFunc)
}

// say writes one line to the standard error, with the program's name in front. CI
// systems read commands there too, so report.Line makes sure that no value is one.
// An error of the write is ignored: nobody is left to report it to.
func (env *Env) say(format string, values ...any) {
	_, _ = fmt.Fprintf(env.Stderr, "roster: %s\n", report.Line(fmt.Sprintf(format, values...)))
}

// System returns the Env of this process.
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
	if err != nil && !errors.Is(err, errFindings) {
		env.say("%v", err)
	}
	return code
}

// errFindings ends a command that has reported everything itself. It only sets the
// exit code.
var errFindings = errors.New("findings")

// usageError is wrong usage. Its text says what to write instead.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usage(format string, values ...any) error { return usageError{fmt.Sprintf(format, values...)} }

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var wrong usageError
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, errFindings), errors.Is(err, sync.ErrRefused), errors.Is(err, sync.ErrIdle), errors.Is(err, sync.ErrStale), errors.Is(err, snapshot.ErrRefused):
		return ExitFindings
	case errors.As(err, &wrong), errors.Is(err, manifest.ErrNoRegistry), errors.Is(err, wire.ErrNoStore):
		return ExitUsage
	default:
		return ExitFailure
	}
}
