// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/appofapps/roster/manifest"
)

// normalise writes a declaration without the places of its parts, so that two
// which differ in layout alone are equal. Lists of texts are sets.
func normalise(v any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(v))
	return b.String()
}

func write(b *strings.Builder, v reflect.Value) {
	switch value := v.Interface().(type) {
	case manifest.Pos:
		return
	case manifest.String:
		fmt.Fprintf(b, "%q", value.Value)
		return
	case manifest.Duration:
		fmt.Fprintf(b, "%q", value.Text)
		return
	case manifest.Strings:
		texts := slices.Compact(slices.Sorted(slices.Values(value.Values())))
		fmt.Fprintf(b, "%v%q", value == nil, texts)
		return
	case []byte:
		fmt.Fprintf(b, "%q", value)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		b.WriteByte('{')
		for _, field := range v.Fields() {
			write(b, field)
			b.WriteByte(',')
		}
		b.WriteByte('}')
	case reflect.Slice:
		fmt.Fprintf(b, "%v[", v.IsNil())
		for i := range v.Len() {
			write(b, v.Index(i))
			b.WriteByte(',')
		}
		b.WriteByte(']')
	default:
		fmt.Fprintf(b, "%#v", v.Interface())
	}
}
