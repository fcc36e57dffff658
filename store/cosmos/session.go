// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// sessions remembers the progress of each physical partition of a container at its
// last answer, so that a read in another region waits for the preceding write (learn.microsoft.com, "Consistency levels in Azure Cosmos DB",
// session consistency). azcosmos 1.5.0 leaves this to its caller.
type sessions struct {
	mu   sync.Mutex // guards seen
	seen map[string]map[string]string
}

func newSessions() *sessions { return &sessions{seen: map[string]map[string]string{}} }

// note records a session token: "range:progress", or several separated by commas. It
// ignores progress that is older than the recorded one.
func (s *sessions) note(container, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for part := range strings.SplitSeq(token, ",") {
		id, progress, found := strings.Cut(part, ":")
		if !found {
			continue
		}
		if s.seen[container] == nil {
			s.seen[container] = map[string]string{}
		}
		if known, there := s.seen[container][id]; !there || !behind(progress, known) {
			s.seen[container][id] = progress
		}
	}
}

// token returns the session token for a read of a container, "" before its first
// answer.
func (s *sessions) token(container string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.seen[container]
	parts := make([]string, 0, len(known))
	for _, id := range slices.Sorted(maps.Keys(known)) {
		parts = append(parts, id+":"+known[id])
	}
	return strings.Join(parts, ",")
}

// behind compares the progress of one partition in two tokens: "lsn" or
// "version#lsn[#region=lsn...]". It treats any other form as newer.
func behind(a, b string) bool {
	va, la, okA := progress(a)
	vb, lb, okB := progress(b)
	return okA && okB && (va < vb || va == vb && la < lb)
}

func progress(text string) (version, lsn int64, ok bool) {
	parts := strings.Split(text, "#")
	var err error
	if len(parts) > 1 {
		if version, err = strconv.ParseInt(parts[0], 10, 64); err != nil {
			return 0, 0, false
		}
		parts = parts[1:]
	}
	lsn, err = strconv.ParseInt(parts[0], 10, 64)
	return version, lsn, err == nil
}
