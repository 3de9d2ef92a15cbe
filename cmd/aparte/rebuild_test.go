package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// A furnished house is rebuilt as it is; a state that is lost is there again, the original untouched, and a server goes on with it.
func TestAStoreIsRebuiltFromItsLog(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	c := run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0", "--data="+data)
	c.order("reader", "first-order")
	who := read[struct {
		ID string `json:"id"`
	}](c, demoSecretKey, "/v1/admin/people/userId:reader")
	c.interrupt()
	same := command(t, "", "rebuild", "--data="+data, "--into="+filepath.Join(t.TempDir(), "same"), "--json").object(t)
	if same["people"].(float64) < 400 || same["changed"] != 0.0 || same["model"] != false || same["kept"] != 0.0 {
		t.Errorf("of a whole store: %v", same)
	}
	id, err := aparte.ParsePersonID(who.ID)
	if err != nil {
		t.Fatal(err)
	}
	st, err := pebble.Open(data, pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	part := store.PartOf(id[:8], st.Parts())
	epoch, err := st.Acquire(t.Context(), part, "damage", time.Time{}, time.Hour)
	if err == nil {
		err = st.Commit(t.Context(), &store.Batch{Part: part, Epoch: epoch, People: []store.PersonRow{{ID: id, State: []byte{0xff}}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if bad := command(t, "", "verify", "--data="+data); bad.exit != 1 {
		t.Fatalf("damaged it verifies: %s", bad.out)
	}
	into := filepath.Join(t.TempDir(), "into")
	e := command(t, "", "rebuild", "--data="+data, "--into="+into, "--lang=fr")
	if e.exit != 0 || !strings.Contains(e.out, "États illisibles auparavant : 1.") {
		t.Fatalf("%d, %s%s", e.exit, e.out, e.notes)
	}
	if ok := command(t, "", "verify", "--data="+into); ok.exit != 0 {
		t.Errorf("rebuilt: %s%s", ok.out, ok.notes)
	}
	if bad := command(t, "", "verify", "--data="+data); bad.exit != 1 {
		t.Errorf("the original was changed: %s", bad.out)
	}
	if over := command(t, "", "rebuild", "--data="+data, "--into="+into); over.exit != 1 || !strings.Contains(over.notes, "is not empty") {
		t.Errorf("over a store: %d, %s", over.exit, over.notes)
	}
}
