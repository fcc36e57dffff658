// SPDX-License-Identifier: Apache-2.0

package cosmos

import "testing"

func TestSessions(t *testing.T) {
	t.Parallel()
	s := newSessions()
	if got := s.token("orders"); got != "" {
		t.Errorf("before the first answer it is %q", got)
	}
	for _, step := range []struct{ container, token, want string }{
		{"orders", "0:-1#5", "0:-1#5"},
		{"orders", "0:-1#7#1=3", "0:-1#7#1=3"},
		{"orders", "0:-1#6", "0:-1#7#1=3"}, // an answer of a region that is behind
		{"orders", "1:2,0:-1#8", "0:-1#8,1:2"},
		{"orders", "0:1#2", "0:1#2,1:2"}, // another version of the partition
		{"orders", "", "0:1#2,1:2"},
		{"orders", "odd", "0:1#2,1:2"},
		{"orders", "0:odd", "0:odd,1:2"}, // what cannot be compared is taken as newer
		{"payments", "0:9", "0:9"},
	} {
		s.note(step.container, step.token)
		if got := s.token(step.container); got != step.want {
			t.Errorf("after %q it is %q, want %q", step.token, got, step.want)
		}
	}
}
