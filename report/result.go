// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"slices"
)

// Result writes one kind of result. Its formats are one list, which the command
// line reads as well: a format is added or removed in one place.
type Result[T any] []form[T]

// form is one format of a result.
type form[T any] struct {
	format string
	write  func(w io.Writer, value T, options TextOptions) error
}

// Formats returns the formats of the result, the default first.
func (r Result[T]) Formats() []string {
	formats := make([]string, len(r))
	for i, f := range r {
		formats[i] = f.format
	}
	return formats
}

// Write writes a value in one of the formats. Errors: ErrFormat, those of w.
func (r Result[T]) Write(w io.Writer, format string, value T, options TextOptions) error {
	i := slices.IndexFunc(r, func(f form[T]) bool { return f.format == format })
	if i < 0 {
		return fmt.Errorf("%w %q", ErrFormat, format)
	}
	return r[i].write(w, value, options)
}

// pageOf writes a value on a page.
type pageOf[T any] func(p *page, value T, options TextOptions) error

// plainly is a pageOf that no option but colour changes.
func plainly[T any](text func(*page, T)) pageOf[T] {
	return func(p *page, value T, _ TextOptions) error {
		text(p, value)
		return nil
	}
}

// asText writes a value as text.
func asText[T any](text pageOf[T]) form[T] {
	return form[T]{formatText, func(w io.Writer, value T, options TextOptions) error {
		p := &page{colour: options.Colour}
		if err := text(p, value, options); err != nil {
			return err
		}
		return print(w, p)
	}}
}

// asJSON writes what whole makes of a value: the value with [] in place of a list
// that is nil.
func asJSON[T any](whole func(T) any) form[T] {
	return form[T]{formatJSON, func(w io.Writer, value T, _ TextOptions) error { return JSON(w, whole(value)) }}
}

// itself is for asJSON of a value without lists that are nil.
func itself[T any](value T) any { return value }

// annotated writes a value as text with annotations, for each CI system that reads
// them.
func annotated[T any](text pageOf[T], notes func(T) []annotation) Result[T] {
	var forms Result[T]
	for _, d := range dialects() {
		forms = append(forms, form[T]{d.format, func(w io.Writer, value T, options TextOptions) error {
			p := &page{colour: options.Colour}
			if err := text(p, value, options); err != nil {
				return err
			}
			p.annotate(d, notes(value))
			return print(w, p)
		}})
	}
	return forms
}
