// SPDX-License-Identifier: Apache-2.0

package local_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/faultsweep"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
)

// child is the variable that makes this test binary a program that uses a store
// as another process: "job path number".
const child = "ROSTER_LOCAL_CHILD"

func TestMain(m *testing.M) {
	if words := strings.Fields(os.Getenv(child)); len(words) == 3 {
		os.Exit(beChild(words[0], words[1], words[2]))
	}
	os.Exit(m.Run())
}

// program returns this binary as a child.
func program(job, path string, number int) faultsweep.Program {
	return faultsweep.Program{Args: []string{os.Args[0]}, Env: []string{
		fmt.Sprintf("%s=%s %s %d", child, job, path, number),
		"GORACE=atexit_sleep_ms=0", // the race detector's runtime sleeps for a second at the end of a process
	}}
}

func beChild(job, path, number string) int {
	faultsweep.Pin()
	n, err := strconv.Atoi(number)
	if err != nil {
		return 2
	}
	switch job {
	case "hold":
		return hold(path, n == 1)
	default:
		return series(path, n)
	}
}

// hold keeps a store open, to read only or not, until standard input ends.
func hold(path string, readOnly bool) int {
	st, err := local.Open(context.Background(), path, local.Config{ReadOnly: readOnly})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := st.Close(); err != nil {
		return 3
	}
	return 0
}

// series brings a store to commit number last. It says "at n" where it begins,
// and of each commit what it knows: "ack n", "refused n" when it was told that
// nothing was written, "lost n" when it could not find out.
func series(path string, last int) int {
	st, err := local.Open(context.Background(), path, local.Config{Wait: 10 * time.Second})
	if err != nil {
		fmt.Fprintln(os.Stderr, "open:", err)
		return 3
	}
	n, etags, err := position(st)
	if err == nil {
		fmt.Println("at", n)
	}
	for n < last && err == nil {
		n++
		etags, err = commitNumber(st, n, etags)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := st.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "close:", err)
	}
	if err != nil {
		return 3
	}
	return 0
}

// commitNumber makes commit n and says what became of it. After an unknown
// outcome it reads and goes on, as sync does.
func commitNumber(st store.Store, n int, etags map[string]string) (map[string]string, error) {
	_, err := st.Commit(context.Background(), numbered(n, etags))
	switch {
	case errors.Is(err, store.ErrUnknownOutcome):
		var found int
		if found, etags, err = position(st); err != nil {
			fmt.Println("lost", n)
			return nil, err
		}
		if found != n {
			fmt.Println("refused", n)
			return nil, errors.New("the commit did not arrive")
		}
		fmt.Fprintln(os.Stderr, "looked up", n)
	case err != nil:
		fmt.Println("refused", n)
		return nil, err
	default:
		_, etags, err = position(st)
	}
	fmt.Println("ack", n)
	return etags, err
}

// The series has an event per commit, a head, and four registrations that take
// turns to be replaced.
const (
	container     = "orders"
	partition     = "checkout"
	registrations = 4
)

// position reads at which commit a store is, and the etags of what the next one
// may replace.
func position(st store.Store) (n int, etags map[string]string, err error) {
	etags = map[string]string{}
	head, err := st.Read(context.Background(), store.Key{Container: container, Partition: partition, ID: "head"})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, nil, err
	}
	if err == nil {
		if n, err = strconv.Atoi(string(head.Body)); err != nil {
			return 0, nil, err
		}
		etags["head"] = head.ETag
	}
	entries, err := st.Entries(context.Background(), container, store.TypeRegistration)
	for _, e := range entries {
		etags[e.ID] = e.ETag
	}
	return n, etags, err
}

// numbered is commit n of the series.
func numbered(n int, etags map[string]string) store.Commit {
	docs := []store.Document{
		{ID: store.EventID(int64(n)), Type: store.TypeEvent, Body: eventBody(n)},
		{ID: fmt.Sprintf("registration@e%d", n%registrations), Type: store.TypeRegistration, Body: registrationBody(n), Digest: digest(registrationBody(n))},
		{ID: "head", Type: store.TypeHead, Body: []byte(strconv.Itoa(n))},
	}
	c := store.Commit{Container: container, Partition: partition}
	for _, doc := range docs {
		c.Operations = append(c.Operations, store.Operation{Document: doc, IfMatch: etags[doc.ID]})
	}
	return c
}

// eventBody is of all sizes, from a part of a page to several pages.
func eventBody(n int) []byte {
	size := []int{20, 300, 5000, 20, 30_000, 1000, 100}[n%7]
	return fmt.Appendf(nil, `{"seq":%d,"text":%q}`, n, strings.Repeat("event ", size/6))
}

func registrationBody(n int) []byte {
	return fmt.Appendf(nil, `{"version":%d,"text":%q}`, n, strings.Repeat("r", n%11*150))
}

func digest(body []byte) string { return fmt.Sprintf("%x", sha256.Sum256(body)) }
