// SPDX-License-Identifier: Apache-2.0

// Command house measures the shape and the words of the main module. The first
// report counts lines, functions and complexity per package; the second counts
// the phrases that the project's texts avoid.
//
//	go run -C tools ./house [--json] [DIR]
//	go run -C tools ./house --words [-v] [--json] [DIR]
//
// DIR is the folder of the module's go.mod, by default the parent of the
// working directory. House reads files only: it neither builds nor changes any.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// Exit codes.
const (
	exitDone   = 0
	exitUsage  = 2
	exitFailed = 3
)

const usage = `usage: go run -C tools ./house [--words [-v]] [--json] [DIR]

Measures the Go packages of the module in DIR (default ".."), or counts the
phrases to avoid in its code, documents and tests.

`

// options are the parsed arguments.
type options struct {
	words, verbose, json bool
	rule                 gearRule
	root                 string
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run executes the command and returns its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		fmt.Fprintln(stderr, "house:", err)
		return exitUsage
	}
	if err := write(stdout, o); err != nil {
		fmt.Fprintln(stderr, "house:", err)
		return exitFailed
	}
	return exitDone
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{root: ".."}
	var gear, production string
	flags := flag.NewFlagSet("house", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.words, "words", false, "count phrases to avoid instead of functions")
	flags.BoolVar(&o.verbose, "v", false, "with --words: list each place as file:line: text")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.StringVar(&gear, "gear", defaultGear, "comma-separated `names` below internal that hold test gear")
	flags.StringVar(&production, "production", defaultProduction, "comma-separated `paths` that end in \"test\" but hold production code")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stderr, usage)
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return o, err
	}
	if o.verbose && !o.words {
		return o, errors.New("-v needs --words")
	}
	switch flags.NArg() {
	case 0:
	case 1:
		o.root = flags.Arg(0)
	default:
		return o, fmt.Errorf("one folder expected, got %q; flags go before it", flags.Args())
	}
	o.rule = gearRule{names: split(gear), production: split(production)}
	return o, nil
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// write prints the report that o asks for.
func write(w io.Writer, o options) error {
	t, err := readTree(os.DirFS(o.root), o.rule)
	if err != nil {
		return fmt.Errorf("read %s: %w", o.root, err)
	}
	if o.words {
		r, err := countWords(t.files)
		if err != nil {
			return err
		}
		if !o.verbose {
			r.Places = nil
		}
		if o.json {
			return writeJSON(w, r)
		}
		return r.writeText(w)
	}
	r, err := measure(t)
	if err != nil {
		return err
	}
	if o.json {
		return writeJSON(w, r)
	}
	return r.writeText(w)
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
