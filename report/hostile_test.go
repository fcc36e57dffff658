// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/readers"
	"github.com/appofapps/roster/registration"
)

// TestHostileText puts every hostile text into every field of every result, one
// by one and all at once, and reads the output as the runner, a terminal and
// the readers of each format do.
func TestHostileText(t *testing.T) {
	t.Parallel()
	for _, s := range specimens() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			check := newCheck(t, s)
			fields := 0
			for _, text := range readers.Hostile() {
				all, each := s.make(t), s.make(t)
				eachField(all, func(f field) { fields++; f.set(text) })
				check(all, "all fields", text)
				if strings.Contains(s.name, "-") {
					continue // another form of a result that is swept field by field
				}
				fields = 0
				eachField(each, func(f field) {
					fields++
					f.set(text)
					check(each, fmt.Sprint("field ", fields), text)
					f.restore()
				})
			}
			if fields == 0 {
				t.Error("no field was found to put a text in")
			}
		})
	}
}

// newCheck returns a function that reads a spoilt result in every format. It
// stops at the first thing that a reader would obey.
func newCheck(t *testing.T, s specimen) func(result any, where, text string) {
	t.Helper()
	reader := readers.New()
	return func(result any, where, text string) {
		t.Helper()
		for _, format := range s.formats {
			if problem := reader.Problem(string(s.bytes(t, format, result)), format, strings.Contains(s.name, "colour")); problem != "" {
				t.Fatalf("%s as %s, %s is %.60q: %s", s.name, format, where, text, problem)
			}
		}
	}
}

// A field is one place of a value that holds a text.
type field struct {
	set     func(string)
	restore func()
}

// eachField visits everything in a value that can hold a text: strings, keys
// and values of maps, raw JSON.
func eachField(value any, visit func(field)) {
	walk(reflect.ValueOf(value), map[uintptr]bool{}, visit)
}

func walk(v reflect.Value, seen map[uintptr]bool, visit func(field)) {
	switch {
	case v.Type() == reflect.TypeFor[registration.Sealed]():
		walkSealed(v, seen, visit)
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		if old := v.Bytes(); len(old) > 0 {
			visit(field{func(s string) { v.SetBytes(rawObject(s)) }, func() { v.SetBytes(old) }})
		}
	case v.Kind() == reflect.String:
		old := v.String()
		visit(field{v.SetString, func() { v.SetString(old) }})
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			walk(v.Elem(), seen, visit)
		}
	case v.Kind() == reflect.Struct:
		for _, f := range v.Fields() {
			walk(f, seen, visit)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), seen, visit)
		}
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			walkEntry(v, key, seen, visit)
		}
	}
}

// walkSealed visits the fields of a record, and seals it again after each change.
// A text that has no canonical form cannot be in a registration, and is left out.
func walkSealed(v reflect.Value, seen map[uintptr]bool, visit func(field)) {
	record := v.Interface().(registration.Sealed).Record
	reseal := func() bool {
		sealed, err := record.Seal()
		if err == nil {
			v.Set(reflect.ValueOf(sealed))
		}
		return err == nil
	}
	walk(reflect.ValueOf(&record).Elem(), seen, func(f field) {
		restore := func() { f.restore(); reseal() }
		visit(field{
			func(s string) {
				if f.set(s); !reseal() {
					restore()
				}
			},
			restore,
		})
	})
}

func walkEntry(v, key reflect.Value, seen map[uintptr]bool, visit func(field)) {
	entry := reflect.New(v.Type().Elem()).Elem()
	entry.Set(v.MapIndex(key))
	at := key
	move := func(to reflect.Value) {
		v.SetMapIndex(at, reflect.Value{})
		v.SetMapIndex(to, entry)
		at = to
	}
	visit(field{func(s string) { move(reflect.ValueOf(s)) }, func() { move(key) }})
	walk(entry, seen, func(f field) {
		visit(field{
			func(s string) { f.set(s); v.SetMapIndex(at, entry) },
			func() { f.restore(); v.SetMapIndex(at, entry) },
		})
	})
}

// rawObject is JSON with a text as key and value, in which nothing is escaped
// that need not be.
func rawObject(s string) json.RawMessage {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return json.RawMessage(`{"` + b.String() + `":["` + b.String() + `"]}`)
}
