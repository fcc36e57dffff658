// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
)

// Bool is a yes or no of a manifest; Set tells false from absent.
type Bool struct {
	Value, Set bool
}

// Int is a whole number of a manifest; Set tells 0 from absent.
type Int struct {
	Value int
	Set   bool
}

// Map is a mapping of names to texts, sorted by name. A nil Map is absent.
type Map []Pair

// Pair is one entry of a Map.
type Pair struct {
	Key, Value String
}

// Get returns the text under key.
func (m Map) Get(key string) (string, bool) {
	for _, p := range m {
		if p.Key.Value == key {
			return p.Value.Value, true
		}
	}
	return "", false
}

// Values returns the entries as a Go map; nil stays nil.
func (m Map) Values() map[string]string {
	if m == nil {
		return nil
	}
	values := make(map[string]string, len(m))
	for _, p := range m {
		values[p.Key.Value] = p.Value.Value
	}
	return values
}

// Config is free-form data, one entry per top-level key, sorted by key. A nil
// Config is absent.
type Config []ConfigEntry

// ConfigEntry is one key of a Config. Value is compact JSON with sorted keys.
type ConfigEntry struct {
	Key   String
	Value json.RawMessage
}

// Equal reports whether two Configs hold the same. Absent is not empty.
func (c Config) Equal(other Config) bool {
	return (c == nil) == (other == nil) && slices.EqualFunc(c, other, func(a, b ConfigEntry) bool {
		return a.Key.Value == b.Key.Value && bytes.Equal(a.Value, b.Value)
	})
}

// Merge returns the entries of c replaced key by key with
// those of over.
func (c Config) Merge(over Config) Config {
	if over == nil {
		return c
	}
	merged := slices.Clone(over)
	for _, entry := range c {
		_, found := slices.BinarySearchFunc(over, entry, compareEntries)
		if !found {
			merged = append(merged, entry)
		}
	}
	slices.SortFunc(merged, compareEntries)
	return merged
}

// Raw returns the entries as a Go map of JSON values; nil stays nil.
func (c Config) Raw() map[string]json.RawMessage {
	if c == nil {
		return nil
	}
	raw := make(map[string]json.RawMessage, len(c))
	for _, entry := range c {
		raw[entry.Key.Value] = entry.Value
	}
	return raw
}

func compareEntries(a, b ConfigEntry) int { return cmp.Compare(a.Key.Value, b.Key.Value) }
