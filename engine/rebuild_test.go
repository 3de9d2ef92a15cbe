package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// everybody are the records of a store, those that lead to others included.
func (d *damaged) everybody() (all []aparte.Person) {
	d.t.Helper()
	for part := range d.Parts() {
		rows, err := d.People(d.t.Context(), store.Part(part), aparte.PersonID{}, 1000)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, row := range rows {
			all = append(all, d.state(row.ID))
		}
	}
	return all
}

func (d *damaged) rebuilt() *engine.Rebuilt {
	d.t.Helper()
	r, err := engine.Rebuild(d.t.Context(), d.Store, func(int, int) {})
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// Whatever people lived, their states are those that their histories tell, to the byte, and the model is that of the journal: a rebuilding
// changes nothing. Where every state is lost, and the model, all that histories tell is there again.
func TestARebuiltHouseHasTheSamePeople(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := openStepped(t, newDoor(aparte.Email))
			live(h, rand.New(rand.NewPCG(seed, 96)), 150)
			h.check(h.Close())
			d := &damaged{Store: h.store, Inspector: h.store.(store.Inspector), t: t}
			before, model := d.everybody(), d.model()
			if r := d.rebuilt(); r.Changed != 0 || r.Model || r.Kept != 0 || len(r.Beyond) != 0 || r.People == 0 || r.Assumed != 0 {
				t.Errorf("a rebuilding of what is whole: %+v", r)
			}
			if diff := cmp.Diff(before, d.everybody()); diff != "" {
				t.Error(diff)
			}
			for _, p := range before {
				d.write(p.ID, store.Batch{People: []store.PersonRow{{ID: p.ID, State: []byte{0xff}}}})
			}
			d.put("learner/model", string(model[:40]))
			r := d.rebuilt()
			if r.Lost != len(before) || !r.Model {
				t.Errorf("%d were lost: %+v", len(before), r)
			}
			after := map[aparte.PersonID]aparte.Person{}
			beyond := map[string]bool{}
			for _, id := range r.Beyond {
				beyond[id] = true
			}
			for _, p := range before {
				if !beyond[p.ID.String()] {
					after[p.ID] = d.state(p.ID)
				}
			}
			for _, p := range before {
				if beyond[p.ID.String()] {
					continue
				}
				if diff := cmp.Diff(p, after[p.ID], untold...); diff != "" {
					t.Errorf("%s (-lived +rebuilt):\n%s", p.ID, diff)
				}
			}
			t.Logf("%+v; %d of %d were asked something before they did anything", *r, len(r.Beyond), len(before))
			if diff := cmp.Diff(model, d.model()); diff != "" {
				t.Error("the model is another")
			}
			if len(r.Beyond) == 0 {
				for _, f := range verified(t, d.Store, d.Inspector).Faults {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// untold are the fields that no history tells.
var untold = cmp.Options{
	cmpopts.IgnoreFields(aparte.Person{}, "Open", "Trials", "Watch", "Return", "Journey", "Formerly", "Audiences", "Fences", "RecentIDs"),
	cmpopts.SortSlices(func(a, b aparte.PersonID) bool { return string(a[:]) < string(b[:]) }),
	cmpopts.EquateEmpty(), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
}
