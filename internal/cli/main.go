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
	"strings"
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

	branch string // that changes are merged to; "" is the default branch
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
	written := &counted{Writer: env.Stdout}
	env.Stdout = written
	command := newRoot(&env)
	command.SetArgs(env.Args)
	ran, err := command.ExecuteContextC(ctx)
	code := exitCode(err)
	if err != nil && !errors.Is(err, errFindings) {
		env.say("%v", err)
	}
	if err != nil && written.bytes == 0 && wantsJSON(env.Args) {
		env.sayFailure(ran.CommandPath(), code, err)
	}
	return code
}

// counted is a writer that counts.
type counted struct {
	io.Writer
	bytes int
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.bytes += n
	return n, err
}

// wantsJSON reports whether arguments ask for JSON. They may be those of a command that
// does not exist.
func wantsJSON(args []string) bool {
	format := ""
	for i, arg := range args {
		value, is := strings.CutPrefix(arg, "--format")
		switch {
		case arg == "--":
			return format == "json"
		case is && value == "" && i+1 < len(args):
			format = args[i+1]
		case is && strings.HasPrefix(value, "="):
			format = value[1:]
		}
	}
	return format == "json"
}

// sayFailure prints the object that a command prints instead of its result. Whoever
// reads the output as JSON learns from it that there is none.
func (env *Env) sayFailure(command string, code int, err error) {
	f := report.Failure{APIVersion: manifest.APIVersion, Kind: report.FailureKind, Command: command, ExitCode: code, Message: report.Line(err.Error())}
	if errors.Is(err, errFindings) {
		f.Message = "the command ended with findings; see standard error"
	}
	if err := report.Failures().Write(env.Stdout, "json", f, report.TextOptions{}); err != nil {
		env.say("%v", err)
	}
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
