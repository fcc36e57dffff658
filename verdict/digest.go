// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/appofapps/roster/internal/canon"
)

// A gainsForm is everything that a change newly allows, as the digest covers it: who
// gains what, without the lines that it is written in.
type gainsForm struct {
	Mode     string
	Complete bool
	Access   []Access
	Headroom []Headroom
	Delivery []Delivery
	Control  []Headroom
	Content  []string // what the gains are the difference of
	Judging  []string // changed declarations that judge, before and after
	Unread   []string // why base could not be read
}

// seal sets the digest of the gains, if there are any.
func (c *comparison) seal(unread []string) {
	if !c.v.New() && len(unread) == 0 {
		return
	}
	form := gainsForm{
		Mode: c.v.Mode, Complete: c.v.Complete, Judging: c.judging, Content: sorted(c.content), Unread: unread,
		Access: slices.Clone(c.v.NewAccess), Headroom: slices.Clone(c.v.NewHeadroom),
		Delivery: slices.Clone(c.v.NewDelivery), Control: slices.Clone(c.v.NewControl),
	}
	for i := range form.Access {
		form.Access[i].Causes = textsAlone(form.Access[i].Causes)
	}
	for _, list := range [][]Headroom{form.Headroom, form.Control} {
		for i := range list {
			list[i].Causes = textsAlone(list[i].Causes)
		}
	}
	for i := range form.Delivery {
		form.Delivery[i].Causes = textsAlone(form.Delivery[i].Causes)
	}
	text, err := json.Marshal(form)
	if err != nil { // texts, numbers and lists always have a JSON form
		panic("verdict: no JSON for gains: " + err.Error())
	}
	c.v.Digest = canon.Sum(text)
}

// textsAlone returns causes without their lines, so that a line that moves changes
// nothing.
func textsAlone(causes []Cause) []Cause {
	list := make([]Cause, len(causes))
	for i, cause := range causes {
		list[i] = Cause{Text: cause.Text}
	}
	return list
}

// contains adds what a gain is the difference of, so that its digest does not depend
// on the example alone.
func (c *comparison) contains(gain string, more, held []string) {
	c.content = append(c.content, fmt.Sprintf("%s: %q beyond %q", gain, sorted(more), sorted(held)))
}

func sorted(texts []string) []string { return slices.Compact(slices.Sorted(slices.Values(texts))) }
