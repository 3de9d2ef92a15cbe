package main

import (
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// A furnished house holds together when its process is killed; damaged, the command says where, and ends with status 1.
func TestAStoreIsVerifiedAndItsFaultsAreTold(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := run(t, t.TempDir(), "demo", "--addr=127.0.0.1:0", "--data="+data)
	if busy := command(t, "", "verify", "--data="+data); busy.exit != 1 || !strings.Contains(busy.notes, "stop the server") {
		t.Errorf("of a store in use: %d, %s", busy.exit, busy.notes)
	}
	c.order("reader", "first-order")
	c.kill()
	told := command(t, "", "verify", "--data="+data, "--json").object(t)
	if told["people"].(float64) < 400 || told["events"].(float64) < 1000 || told["all"] != true || len(told["faults"].([]any)) != 0 {
		t.Errorf("it tells %v", told)
	}
	if fr := command(t, "", "verify", "--data="+data, "--lang=fr"); fr.exit != 0 || !strings.Contains(fr.out, "Tout concorde.") {
		t.Errorf("in French: %d, %s%s", fr.exit, fr.out, fr.notes)
	}
	st, err := pebble.Open(data, pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id := aparte.PersonID{0, 0, 0, 0, 0, 0, 0, 5, 1}
	epoch, err := st.Acquire(t.Context(), 5, "damage", time.Time{}, time.Hour)
	if err == nil {
		err = st.Commit(t.Context(), &store.Batch{Part: 5, Epoch: epoch, Timers: []store.Timer{{Person: id, Name: "nothing", Due: time.Unix(1, 0)}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	bad := command(t, "", "verify", "--data="+data)
	if want := "part 5 " + id.String() + " timer nothing: " + words["en"].faults[engine.FaultTimerAlone]; bad.exit != 1 || !strings.Contains(bad.out, want) {
		t.Errorf("damaged: %d, %s%s, want %q", bad.exit, bad.out, bad.notes, want)
	}
}

func TestEachFaultHasWordsInBothLanguages(t *testing.T) {
	en, fr := words["en"].faults, words["fr"].faults
	if len(en) < 20 || len(en) != len(fr) {
		t.Errorf("%d and %d", len(en), len(fr))
	}
	for kind, says := range en {
		if says == "" || fr[kind] == "" || fr[kind] == says {
			t.Errorf("%s: %q, %q", kind, says, fr[kind])
		}
	}
}
