// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/test/contracttest"
	"github.com/appofapps/roster/provider/token"
	"github.com/appofapps/roster/rotate"
)

// TestOrphans leaves a key of an earlier rotation over at its provider, which nobody has
// on record: it is shown, and one sweep ends it and nothing else.
func TestOrphans(t *testing.T) {
	need(t)
	for name, lose := range map[string]func(c *cloud, marker string){
		"entra": func(c *cloud, marker string) {
			a := c.graph.Applications[0]
			a.Passwords = append(a.Passwords, contracttest.Password{KeyID: "77777777-1111-1111-1111-111111111111", DisplayName: marker, Secret: "left-over-at-entra", End: time.Now().Add(time.Hour)})
		},
		"token": func(c *cloud, marker string) {
			source := token.Source{Store: c.docs, Now: time.Now}
			if _, err := source.Create(context.Background(), c.targets[0], rotate.Request{Marker: marker, Value: redact.New("left-over-token"), Expires: time.Now().Add(time.Hour)}); err != nil {
				c.Fatal(err)
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, name)
			c.settle(1)
			target, w := c.targets[0], worker{cloud: c, name: "sweeper"}
			source, err := w.config().Source(target)
			if err != nil {
				t.Fatal(err)
			}
			before, err := source.List(context.Background(), target)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range before {
				if strings.HasPrefix(k.Marker, "roster/") {
					lose(c, k.Marker)
				}
			}
			status, err := rotate.ReadStatus(context.Background(), "acme", c.targets, c.docs, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			status.Inspect(context.Background(), c.targets, w.config())
			if st := status.Credentials[0]; !st.Checked || len(st.Orphans) != 1 || st.Foreign != len(before)-1 {
				t.Errorf("%s: %+v", name, st)
			}
			ended, err := rotate.Sweep(context.Background(), target, w.config())
			if err != nil || len(ended) != 1 || ended[0] != status.Credentials[0].Orphans[0] {
				t.Errorf("%s: ended %v, %v", name, ended, err)
			}
			after, err := source.List(context.Background(), target)
			if err != nil || len(after) != len(before) {
				t.Errorf("%s: %d keys before, %d after: %v", name, len(before), len(after), err)
			}
			if again, err := rotate.Sweep(context.Background(), target, w.config()); err != nil || len(again) != 0 {
				t.Errorf("%s, again: %v, %v", name, again, err)
			}
			c.final()
			c.sound()
		})
	}
}

// TestHiddenValues cuts a rotation right after Okta took a secret, where its list would
// not show values: the secret cannot be known again, so that nothing is ended, no third
// one is asked for, and a person is told which one to look at. Without a cut the values
// are not missed.
func TestHiddenValues(t *testing.T) {
	need(t)
	for _, cut := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := renewed(t, "okta")
			c.okta.Hidden = true
			c.met = func(_, what string) {
				if cut && strings.HasPrefix(what, "POST ") && strings.HasSuffix(what, "/credentials/secrets") {
					c.plan[c.calls+1], cut = fault{name: "kill after", kill: true, served: true}, false
				}
			}
			wasCut := cut
			for range 8 {
				result, alive := c.process("run-"+time.Now().String(), rotate.Scheduled, c.targets...)
				time.Sleep(min(c.pause(result, alive), 25*time.Hour))
			}
			credential, _ := c.records(c.targets[0])
			if wasCut != strings.Contains(credential.Held, "no room for a third secret: delete the unused one in Okta (ocs00000000000000002") || c.okta.Count(oktaApp) > 2 {
				t.Errorf("cut: %v, held: %q, %d secrets", wasCut, credential.Held, c.okta.Count(oktaApp))
			}
			if !wasCut {
				c.final()
			}
			c.sound()
		})
	}
}
