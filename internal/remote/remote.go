// SPDX-License-Identifier: Apache-2.0

// Package remote makes what another machine said fit for an error of ours.
package remote

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// Line makes one line of a text, of at most so many bytes.
func Line(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	if text = strings.Join(strings.Fields(text), " "); len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// Bare takes the address off an error of net/http or net/url: it can carry a token.
func Bare(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
