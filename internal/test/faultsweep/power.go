// SPDX-License-Identifier: Apache-2.0

package faultsweep

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// Effect is an effect of a system call that a power failure could undo, that makes
// earlier effects durable, or that is visible outside.
type Effect struct {
	Kind   EffectKind
	Path   string
	Offset int64  // of a Write
	Size   int64  // of a Truncate
	Data   []byte // of a Write or a Talk
}

// EffectKind is a kind of effect.
type EffectKind int

// The kinds. Only files that are written by position are followed.
const (
	Write      EffectKind = iota // not on the disk before a Flush
	Truncate                     // likewise
	Flush                        // everything before it is on the disk
	FlushError                   // each effect before it is on the disk or lost: the system forgets it
	Talk                         // output to standard output
)

// Record runs the program, interrupted if mode is one of Modes, and returns its effects
// in order.
func (p Program) Record(ctx context.Context, point Point, mode Mode) ([]Effect, Result, error) {
	// All content in hexadecimal; no body that a test writes is longer.
	options := append(mode.options(point), "-xx", "-s", "4000000")
	result, log, err := p.strace(ctx, options...)
	result.Point, result.Mode = point, mode
	if err != nil {
		return nil, result, err
	}
	var effects []Effect
	for _, text := range lines(log) {
		if e, ok := parseEffect(text); ok {
			effects = append(effects, e)
		}
	}
	return effects, result, nil
}

// completed matches a completed call on a file: thread, name, descriptor, file,
// optional content, optional numbers, result.
var completed = regexp.MustCompile(`^\d+ +(\w+)\((\d+)<([^>]*)>(?:, "([^"]*)")?(?:, (\d+))?(?:, (\d+))?\) += (-?\d+)`)

func parseEffect(text string) (e Effect, ok bool) {
	parts := completed.FindStringSubmatch(text)
	if parts == nil {
		return e, false
	}
	e.Path = string(unhex(parts[3]))
	result, _ := strconv.ParseInt(parts[7], 10, 64)
	switch parts[1] {
	case "fsync", "fdatasync":
		e.Kind = Flush
		if result < 0 {
			e.Kind = FlushError
		}
	case "ftruncate":
		e.Kind = Truncate
		e.Size, _ = strconv.ParseInt(parts[5], 10, 64)
	case "pwrite64":
		e.Data = unhex(parts[4])[:max(result, 0)]
		e.Offset, _ = strconv.ParseInt(parts[6], 10, 64)
	case "write":
		e.Kind, e.Data = Talk, unhex(parts[4])
		return e, parts[2] == "1"
	default:
		return e, false
	}
	return e, result >= 0 || e.Kind == FlushError
}

// unhex decodes strace's \x00\x01.
func unhex(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		panic(fmt.Sprintf("strace was told to print hexadecimal: %v", err))
	}
	return b
}

// PowerFailures visits contents that the file at path can have after a power failure,
// together with the output so far. base is the content before the effects. Between two
// flushes, any of the writes may have reached the disk, in any order, and of each write
// any sectors. PowerFailures visits all of them, none, each alone, all but each, each
// torn, and random subsets. The seed also determines what a failed flush has lost.
func PowerFailures(path string, base []byte, effects []Effect, seed uint64, visit func(image []byte, words string) error) error {
	random := rand.New(rand.NewPCG(seed, 0))
	disk := bytes.Clone(base)
	var pending []Effect
	var words strings.Builder
	for _, e := range effects {
		switch {
		case e.Kind == Talk:
			words.Write(e.Data)
		case e.Path != path:
		case e.Kind == Flush || e.Kind == FlushError:
			if err := visitSubsets(disk, pending, random, words.String(), visit); err != nil {
				return err
			}
			if e.Kind == FlushError {
				pending = subset(pending, random, random.Float64()*1.5-0.25) // often all or none
			}
			disk, pending = apply(disk, pending), nil
		default:
			pending = append(pending, e)
		}
	}
	return visitSubsets(disk, pending, random, words.String(), visit)
}

func visitSubsets(disk []byte, pending []Effect, random *rand.Rand, words string, visit func([]byte, string) error) error {
	cases := [][]Effect{nil}
	if len(pending) > 0 {
		cases = append(cases, pending)
	}
	for i, e := range pending {
		rest := append(append([]Effect{}, pending[:i]...), pending[i+1:]...)
		cases = append(cases, []Effect{e}, rest, append(torn(e, random), rest...), torn(e, random))
		cases = append(cases, subset(pending, random, 0.5))
	}
	for _, c := range cases {
		if err := visit(apply(disk, c), words); err != nil {
			return err
		}
	}
	return nil
}

// subset keeps each effect with a probability.
func subset(effects []Effect, random *rand.Rand, probability float64) []Effect {
	var kept []Effect
	for _, e := range effects {
		if random.Float64() < probability {
			kept = append(kept, e)
		}
	}
	return kept
}

// torn keeps a random subset of the sectors of a write. A disk writes at least 512
// bytes atomically.
func torn(e Effect, random *rand.Rand) []Effect {
	const sector = 512
	if e.Kind != Write {
		return nil
	}
	var kept []Effect
	for at := 0; at < len(e.Data); at += sector {
		part := e
		part.Offset += int64(at)
		part.Data = e.Data[at:min(at+sector, len(e.Data))]
		kept = append(kept, part)
	}
	return subset(kept, random, 0.5)
}

// apply returns the content of a file after effects on it.
func apply(disk []byte, effects []Effect) []byte {
	disk = bytes.Clone(disk)
	for _, e := range effects {
		if e.Kind == Truncate {
			disk = resize(disk, e.Size)
			continue
		}
		disk = resize(disk, max(int64(len(disk)), e.Offset+int64(len(e.Data))))
		copy(disk[e.Offset:], e.Data)
	}
	return disk
}

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}
