// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"reflect"
	"slices"
)

// A Field is one field of the format.
type Field struct {
	Kind  Kind
	Path  string // as spec.guardrails.update, spec.credentials[].type, spec.environments.*.owner
	Class Class
}

// Fields returns every field of every kind that has no fields itself, in the
// order of the types. The name of an environment, which is a key of a mapping,
// has the path spec.environments.*.
func Fields() []Field {
	var all []Field
	for _, row := range kindTable() {
		value, _ := row.make("")
		w := fieldWalk{kind: row.kind}
		w.structure("", reflect.TypeFor[envelope]())
		w.structure("", reflect.TypeOf(value).Elem())
		all = append(all, w.fields...)
	}
	return all
}

// fieldWalk collects the fields of one kind, and the mistakes of its types.
type fieldWalk struct {
	kind   Kind
	fields []Field
	faults []string
}

// structure visits the fields of a struct that is read at a path.
func (w *fieldWalk) structure(path string, of reflect.Type) {
	for field := range of.Fields() {
		name, named := field.Tag.Lookup(tagName)
		class, classed := field.Tag.Lookup(tagClass)
		only, limited := field.Tag.Lookup(tagOnly)
		if !named && !classed || limited && only != string(w.kind) {
			continue
		}
		below := path
		switch {
		case named && path != "":
			below += "." + name
		case named:
			below = name
		}
		w.field(below, field, Class(class))
	}
}

// field enters a field that has none below it, and visits those below others.
func (w *fieldWalk) field(path string, field reflect.StructField, class Class) {
	suffix, below := insideOf(field.Type)
	switch {
	case below != nil && class != "":
		w.fault("%s has class %q, and so have fields below it", path, class)
	case below != nil:
		w.structure(path+suffix, below)
	case class == "":
		w.fault("%s has no class", path)
	case !slices.ContainsFunc(Classes(), func(known ClassMeaning) bool { return known.Class == class }):
		w.fault("%s has the unknown class %q", path, class)
	default:
		w.fields = append(w.fields, Field{Kind: w.kind, Path: path, Class: class})
	}
}

func (w *fieldWalk) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf("field "+format+" (kind %s)", append(args, w.kind)...))
}

// insideOf returns the struct whose fields are below a field of a type, nil if
// the type is a value, and the text between the two in a path.
func insideOf(of reflect.Type) (suffix string, below reflect.Type) {
	switch of {
	case reflect.TypeFor[String](), reflect.TypeFor[Strings](), reflect.TypeFor[Duration](), reflect.TypeFor[Bool](), reflect.TypeFor[Int](),
		reflect.TypeFor[Map](), reflect.TypeFor[Config]():
		return "", nil
	case reflect.TypeFor[[]Environment]():
		return ".*", of.Elem()
	}
	switch of.Kind() {
	case reflect.Pointer:
		return "", of.Elem()
	case reflect.Slice:
		return "[]", of.Elem()
	case reflect.Struct:
		return "", of
	default:
		return "", nil
	}
}
