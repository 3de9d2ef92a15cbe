package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A scenario file is tested by the server that has the store, and by the command itself when nobody has it.
func TestAScenarioIsTestedByTheServerAndFromItsStore(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0", "--data="+data)
	for i := range 5 {
		c.order(fmt.Sprint("visitor-", i), fmt.Sprint("order-", i))
	}
	const days = "--days=366" // all that is recorded: the ends of the two periods are some seconds apart, and events can lie between
	at := file(t, "again.yaml", "- id: again\n  after: Order Completed\n  delay: 0s\n  channel: email\n")
	server := []string{"--url=" + c.base, "--secret-key=" + demoSecretKey}
	test := func(args ...string) ended { return command(t, "", append([]string{"scenario", "test"}, args...)...) }
	found := func(e ended) map[string]any {
		o := e.object(t)
		delete(o, "since") // a server ends now, a store when somebody was last heard of
		delete(o, "until")
		delete(o, "days")
		return o
	}
	byServer := found(test(append(server, at, "--json", days)...))
	if busy := test(at, "--data="+data); busy.exit != 1 || !strings.Contains(busy.notes, "--url") {
		t.Errorf("the store in use: exit status %d, %q", busy.exit, busy.notes)
	}
	for _, bad := range []struct {
		says string
		args []string
	}{
		{"401", []string{at, "--url=" + c.base, "--secret-key=wrong"}},
		{"/play", append(server, "--play=nothing")},
		{"/scenarios/", append(server, file(t, "bad.json", `[{"id": "again", "after": "Order Completed", "channel": "pigeon"}]`))},
		{"bad.json:1:", append(server, file(t, "bad.json", `[{"id": "again", "after": "Order Completed", "delay": "soon"}]`))},
		{"--id is one of: a, b", append(server, file(t, "two.json", `[{"id": "a", "after": "page"}, {"id": "b", "after": "page"}]`))},
	} {
		if e := test(bad.args...); e.exit != 1 || !strings.Contains(e.notes, bad.says) {
			t.Errorf("%v: exit status %d, %q, want %q", bad.args, e.exit, e.notes, bad.says)
		}
	}
	c.interrupt()
	fromStore := found(test(at, "--data="+data, "--json", days))
	if diff := cmp.Diff(byServer, fromStore); diff != "" || byServer["moments"].(float64) < 5 {
		t.Errorf("the door and the command differ, or found too little: %v, %s", byServer["moments"], diff)
	}
	text := test(at, "--data="+data, days)
	for _, want := range []string{" moments from ", "by day", "for example", "after Order Completed"} {
		if text.exit != 0 || !strings.Contains(text.out, want) {
			t.Errorf("%q is not told (%d %s):\n%s", want, text.exit, text.notes, text.out)
		}
	}
}

func TestThePlaybookIsPrinted(t *testing.T) {
	t.Parallel()
	if e := command(t, "", "scenario", "playbook", "--lang=fr"); e.exit != 0 || !strings.Contains(e.out, "Un panier a été rempli, puis laissé") {
		t.Errorf("the list: exit status %d, %s\n%s", e.exit, e.notes, e.out)
	}
	if p := command(t, "", "scenario", "playbook", "basket").object(t); p["id"] != "basket" || len(p["layouts"].([]any)) != 1 {
		t.Errorf("a play: %v", p)
	}
	if e := command(t, "", "scenario", "playbook", "nothing"); e.exit != 1 || !strings.Contains(e.notes, "welcome, capture") {
		t.Errorf("a play that is not there: exit status %d, %s", e.exit, e.notes)
	}
}
