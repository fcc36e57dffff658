// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// The struct tags of the types of kinds.go.
const (
	tagName  = "manifest"
	tagClass = "class"
	tagOnly  = "only"
)

// decoder fills the types of kinds.go from documents. It is lenient: a value of
// the wrong type leaves its field absent, because saying so is the work of the
// check that judged the document before. The table of fields is built once and
// only read afterwards.
type decoder struct {
	fields map[reflect.Type]map[string]int
}

func newDecoder() *decoder {
	d := &decoder{fields: map[reflect.Type]map[string]int{}}
	for _, row := range kindTable() {
		value, _ := row.make("")
		d.learn(reflect.TypeOf(value))
	}
	return d
}

// learn enters the tagged fields of t and of the types below it.
func (d *decoder) learn(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		d.learn(t.Elem())
		return
	case reflect.Struct:
	default:
		return
	}
	if _, known := d.fields[t]; known {
		return
	}
	fields := map[string]int{}
	d.fields[t] = fields
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get(tagName); name != "" {
			fields[name] = i
		}
		d.learn(t.Field(i).Type)
	}
}

// into fills target, a pointer to a struct, from a mapping.
func (d *decoder) into(n *yaml.Node, target any) {
	d.structure(n, reflect.ValueOf(target).Elem())
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		return
	}
	fields := d.fields[v.Type()]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if field, ok := fields[n.Content[i].Value]; ok {
			d.field(n.Content[i+1], v.Field(field))
		}
	}
}

func (d *decoder) field(n *yaml.Node, v reflect.Value) {
	switch target := v.Addr().Interface().(type) {
	case *String:
		*target = stringOf(n)
	case *Strings:
		*target = stringsOf(n)
	case *Duration:
		if isText(n) {
			*target = ParseDuration(n.Value)
			target.Pos = posOf(n)
		}
	case *Bool:
		if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" {
			*target = Bool{Value: n.Value == "true", Set: true}
		}
	case *Int:
		*target = intOf(n)
	case *Map:
		*target = mapOf(n)
	case *Config:
		*target = configOf(n)
	case *[]Environment:
		*target = d.environments(n)
	case *Sink:
		target.Pos = posOf(n)
		d.structure(n, v)
	default:
		d.composite(n, v)
	}
}

func (d *decoder) composite(n *yaml.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if n.Kind == yaml.MappingNode {
			v.Set(reflect.New(v.Type().Elem()))
			d.structure(n, v.Elem())
		}
	case reflect.Slice:
		if n.Kind == yaml.SequenceNode {
			v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
			for i, item := range n.Content {
				d.field(item, v.Index(i))
			}
		}
	case reflect.Struct:
		d.structure(n, v)
	default: // the types of kinds.go hold nothing else
	}
}

// environments decodes the mapping of environments, sorted by name.
func (d *decoder) environments(n *yaml.Node) []Environment {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	list := make([]Environment, len(n.Content)/2)
	for i := range list {
		list[i].Name = stringOf(n.Content[2*i])
		d.structure(n.Content[2*i+1], reflect.ValueOf(&list[i]).Elem())
	}
	slices.SortFunc(list, func(a, b Environment) int { return cmp.Compare(a.Name.Value, b.Name.Value) })
	return list
}

// intOf reads a whole number, which JSON Schema also takes 10.0 for.
func intOf(n *yaml.Node) Int {
	value, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || n.Tag != "!!int" && n.Tag != "!!float" || value != math.Trunc(value) || math.Abs(value) > math.MaxInt32 {
		return Int{}
	}
	return Int{Value: int(value), Set: true}
}

func stringOf(n *yaml.Node) String {
	if !isText(n) {
		return String{}
	}
	return String{Value: n.Value, Pos: posOf(n)}
}

func stringsOf(n *yaml.Node) Strings {
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	list := make(Strings, 0, len(n.Content))
	for _, item := range n.Content {
		if s := stringOf(item); s.Pos.Line != 0 {
			list = append(list, s)
		}
	}
	return list
}

func mapOf(n *yaml.Node) Map {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	m := make(Map, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		m = append(m, Pair{Key: stringOf(n.Content[i]), Value: stringOf(n.Content[i+1])})
	}
	slices.SortFunc(m, func(a, b Pair) int { return cmp.Compare(a.Key.Value, b.Key.Value) })
	return m
}

func configOf(n *yaml.Node) Config {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	c := make(Config, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		c = append(c, ConfigEntry{
			Key:   stringOf(n.Content[i]),
			Value: slices.Clip(appendJSON(nil, n.Content[i+1])),
		})
	}
	slices.SortFunc(c, compareEntries)
	return c
}

// appendJSON writes a walked value as compact JSON with sorted keys.
func appendJSON(b []byte, n *yaml.Node) []byte {
	switch n.Kind {
	case yaml.MappingNode:
		return appendJSONMapping(b, n)
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, item := range n.Content {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	default:
		if isText(n) {
			return appendJSONString(b, n.Value)
		}
		return append(b, n.Value...) // a boolean or a number, written as in JSON
	}
}

func appendJSONMapping(b []byte, n *yaml.Node) []byte {
	order := make([]int, len(n.Content)/2)
	for i := range order {
		order[i] = 2 * i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(n.Content[i].Value, n.Content[j].Value) })
	b = append(b, '{')
	for i, at := range order {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, n.Content[at].Value), ':')
		b = appendJSON(b, n.Content[at+1])
	}
	return append(b, '}')
}

func appendJSONString(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // a string always has a JSON form
		panic("manifest: no JSON for a string: " + err.Error())
	}
	return append(b, text...)
}
