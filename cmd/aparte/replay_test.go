package main

import (
	"strings"
	"testing"
)

// A decision is printed and taken again by the server that has the store, and by the command itself when nobody
// has it.
func TestADecisionIsReplayedByTheServerAndFromItsStore(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0", "--data="+data)
	b, _ := furniture(c)
	b.Holdout = 0
	publish(c, b)
	c.order("reader", "first-order")
	d, _ := spoken(c, b, "reader")

	byServer := command(t, "", "replay", d.ID, "--url="+c.base, "--secret-key="+demoSecretKey)
	if busy := command(t, "", "replay", d.ID, "--data="+data); busy.exit != 1 || !strings.Contains(busy.notes, "--url") {
		t.Errorf("the store in use: exit status %d, %q", busy.exit, busy.notes)
	}
	if no := command(t, "", "replay", d.ID, "--url="+c.base, "--secret-key=wrong"); no.exit != 1 || !strings.Contains(no.notes, "401") {
		t.Errorf("with a wrong key: exit status %d, %q", no.exit, no.notes)
	}
	c.interrupt()
	fromStore := command(t, "", "replay", d.ID, "--data="+data)
	if byServer.exit != 0 || byServer.out != fromStore.out {
		t.Errorf("the server says (%d %s)\n%s\nthe store says (%d %s)\n%s", byServer.exit, byServer.notes, byServer.out, fromStore.exit, fromStore.notes, fromStore.out)
	}
	for _, want := range []string{d.ID, d.Content + " · ", "Chosen", "Taken again from the log: the same "} {
		if !strings.Contains(byServer.out, want) {
			t.Errorf("%q is not told:\n%s", want, byServer.out)
		}
	}
	if o := command(t, "", "replay", d.ID, "--data="+data, "--json", "--lang=fr").object(t); o["same"] != true {
		t.Errorf("as JSON: %v", o)
	}
	for bad, want := range map[string]string{"d_1": "decision id", d.ID + "zzz": "not found"} {
		if e := command(t, "", "replay", bad, "--data="+data); e.exit != 1 || strings.Count(e.notes, "\n") != 1 || !strings.Contains(e.notes, want) {
			t.Errorf("%s: exit status %d, %q, want one line with %q", bad, e.exit, e.notes, want)
		}
	}
}
