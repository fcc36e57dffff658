// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of one commit and one document, those of a transactional batch in
// Azure Cosmos DB (learn.microsoft.com, "Azure Cosmos DB service quotas",
// "Per-request limits" and "Per-item limits"). Every store enforces them.
const (
	MaxOperations = 100
	MaxCommit     = 2 << 20 // bytes of all bodies together
	MaxID         = 1023    // bytes
	MaxPartition  = 101     // bytes, the limit without large partition keys
	MaxContainer  = 255     // bytes
	MaxDepth      = 127     // nested objects and arrays: 128, less the document around the body
	MaxDigest     = 128     // bytes
)

// overhead is added to the body's size for each operation: field names, digest and
// id on the wire.
const overhead = 512

// EventID returns the document id of the event with a sequence number. It has ten
// digits, so ids sort like their numbers. The id is known before the event is
// written, so a lost outcome can be looked up.
func EventID(seq int64) string { return fmt.Sprintf("event-%010d", seq) }

// Check checks that every store can take the commit: the number of operations and
// bytes, the names, each document once, and bodies that are JSON. Errors:
// ErrInvalid.
func (c Commit) Check() error {
	switch {
	case !ValidContainer(c.Container):
		return fmt.Errorf("%w: invalid container name %q", ErrInvalid, c.Container)
	case !ValidPlace(c.Container, c.Partition):
		return fmt.Errorf("%w: invalid partition name %q", ErrInvalid, c.Partition)
	case len(c.Operations) == 0:
		return fmt.Errorf("%w: no operations", ErrInvalid)
	case len(c.Operations) > MaxOperations:
		return fmt.Errorf("%w: %d operations; the limit is %d", ErrInvalid, len(c.Operations), MaxOperations)
	}
	total, seen := 0, make(map[string]bool, len(c.Operations))
	for _, o := range c.Operations {
		if err := o.check(); err != nil {
			return err
		}
		if seen[o.Document.ID] {
			return fmt.Errorf("%w: duplicate document %q", ErrInvalid, o.Document.ID)
		}
		seen[o.Document.ID] = true
		total += len(o.Document.Body) + len(o.Document.ID) + overhead
	}
	if total > MaxCommit {
		return fmt.Errorf("%w: %d bytes; the limit is %d", ErrInvalid, total, MaxCommit)
	}
	return nil
}

func (o Operation) check() error {
	switch d := o.Document; {
	case !ValidID(d.ID):
		return fmt.Errorf("%w: invalid document id %q", ErrInvalid, d.ID)
	case !validName(string(d.Type), MaxContainer):
		return fmt.Errorf("%w: invalid type %q of document %q", ErrInvalid, d.Type, d.ID)
	case len(d.Digest) > MaxDigest:
		return fmt.Errorf("%w: digest of document %q has %d bytes; the limit is %d", ErrInvalid, d.ID, len(d.Digest), MaxDigest)
	case !json.Valid(d.Body) || !utf8.Valid(d.Body): // RFC 8259, section 8.1: JSON is UTF-8
		return fmt.Errorf("%w: body of document %q is not JSON", ErrInvalid, d.ID)
	case depth(d.Body) > MaxDepth:
		return fmt.Errorf("%w: body of document %q has more than %d levels", ErrInvalid, d.ID, MaxDepth)
	}
	return nil
}

// depth returns the number of nested objects and arrays of valid JSON.
func depth(body []byte) int {
	open, deepest, inString := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			open++
			deepest = max(deepest, open)
		case c == '}' || c == ']':
			open--
		}
	}
	return deepest
}

// ValidID reports whether an id can name a document. An id is names joined by
// characters that are not part of names and have no meaning in stores, portals
// and URLs ("/", "\", "?" and "#" are forbidden in Cosmos DB).
func ValidID(id string) bool {
	if id == "" || len(id) > MaxID || id == "." || id == ".." { // RFC 3986, section 3.3: dot-segments
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return !isNameRune(r) && r != '@' && r != '.'
	})
}

// ValidContainer reports whether a container can have this name.
func ValidContainer(name string) bool { return validName(name, MaxContainer) }

// ValidPlace reports whether a container and a partition can have these names.
func ValidPlace(container, partition string) bool {
	return ValidContainer(container) && validName(partition, MaxPartition)
}

func validName(name string, limit int) bool {
	return name != "" && len(name) <= limit && !strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) })
}

func isNameRune(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' }
