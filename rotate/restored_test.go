// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// copied is all that a store has, as a backup of it would.
func (w *world) copied() *storetest.Memory {
	w.t.Helper()
	backup, ctx := storetest.NewMemory(), context.Background()
	var operations []store.Operation
	for _, kind := range []store.Type{rotate.TypeCredential, rotate.TypeRotation, store.TypeHead, store.TypeEvent} {
		docs, err := w.docs.List(ctx, "orders", "checkout", kind)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, doc := range docs {
			operations = append(operations, store.Operation{Document: doc})
		}
	}
	if _, err := backup.Commit(ctx, store.Commit{Container: "orders", Partition: "checkout", Operations: operations}); err != nil {
		w.t.Fatal(err)
	}
	return backup
}

// restore goes on with older records, as the schedule does.
func (w *world) restore(backup *storetest.Memory) {
	w.docs, w.now = backup, w.now.Add(time.Hour)
	for i := range 6 {
		o, _, _ := w.process(fmt.Sprint("restored-", i), rotate.Scheduled)
		w.check("time")
		if w.now = w.now.Add(time.Hour); o.Next.After(w.now) {
			w.now = o.Next
		}
	}
}

// TestRestored restores the store from before the last rotation: what is served is not
// what is on record as live. It is not taken for what a cut run left over, nor for the
// slot that nobody is served; for keys in slots, whose provider keeps no marker, a
// person has to look.
func TestRestored(t *testing.T) {
	t.Parallel()
	for _, shape := range []rotate.Origin{rotate.ProviderGenerated, soaking, rotate.DualKey, lasting} {
		w := newWorld(t, shape)
		w.limit, w.mostKeys = 0, 4
		w.settle(1)
		backup := w.copied()
		w.now = w.now.Add(40 * 24 * time.Hour)
		w.settle(2)
		served := fmt.Sprint(w.serves)
		w.restore(backup)
		c, _ := w.record()
		if held := strings.Contains(c.Held, "is not the recorded one"); held != w.slots() || held && fmt.Sprint(w.serves) != served {
			t.Errorf("%s: held: %q", shape, c.Held)
		}
		if !w.slots() && (c.Generation < 2 || fmt.Sprint(w.serves) == served) {
			t.Errorf("%s: not renewed: %+v", shape, c)
		}
		if len(w.broken) > 0 {
			t.Errorf("%s:\n%s", shape, strings.Join(w.broken, "\n"))
		}
	}
}
