package engine_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// verified are the faults of a store, and what was looked at.
func verified(t testing.TB, s store.Store, list store.Inspector) *engine.Verified {
	t.Helper()
	parts := 0
	v, err := engine.Verify(context.Background(), s, list, nil, func(done, total int) { parts = done })
	if err != nil {
		t.Fatal(err)
	}
	if parts != s.Parts() {
		t.Errorf("told of %d parts of %d", parts, s.Parts())
	}
	return v
}

// walked is a house in which some people have lived: events, merges, baskets, decisions that were seen and taught, timers that wait.
func walked(t *testing.T) *stepped {
	h := openStepped(t, newDoor(aparte.Email))
	for i := range 12 {
		user, device := fmt.Sprint("u", i), fmt.Sprint("d", i)
		h.tell(event("Product Viewed", "", device, map[string]any{"product_id": "lamp"}))
		h.tell(identify(user, "", map[string]any{"email": user + "@example.com"}))
		if i%2 == 0 {
			h.tell(identify(user, device, nil))
		}
		d := h.ask(user).Decision
		h.tell(event(aparte.EventExposed, user, "", map[string]any{"decision": d.ID.String()}))
		h.tell(order(user, "lamp", fmt.Sprint("o", i), 25))
	}
	h.pass(20 * time.Minute)
	for i := range 12 {
		h.tell(event("Product Added", fmt.Sprint("u", i), "", map[string]any{"product_id": "mug", "quantity": 1}))
	}
	return h
}

func TestAHouseInWhichPeopleLivedVerifies(t *testing.T) {
	h := walked(t)
	h.check(h.Close())
	v := verified(t, h.store, h.store.(store.Inspector))
	if v.Count() != 0 {
		t.Errorf("faults: %+v", v.Faults)
	}
	if v.Parts != 3 || v.People != 18 || v.Merged != 6 || v.Events < 60 || v.Decisions < 12 || v.Entries < v.Events+v.Decisions+6 || v.Identifiers != 36 || v.Timers < 12 || v.Feed < 12 || v.Counters < 5 || v.Documents < 4 || !v.All {
		t.Errorf("looked at %+v", v)
	}
	if less := verified(t, h.store, nil); less.All || less.Count() != 0 || less.Entries != v.Entries {
		t.Errorf("without lists: %+v", less)
	}
}

// Whatever people live, whoever they turn out to be or not to be, whoever is erased: the store holds together.
func TestHousesOfRandomLivesVerify(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := openStepped(t, newDoor(aparte.Email))
			live(h, rand.New(rand.NewPCG(seed, 95)), 150)
			h.check(h.Close())
			for _, f := range verified(t, h.store, h.store.(store.Inspector)).Faults {
				t.Errorf("%+v", f)
			}
		})
	}
}

// of is whom an identifier names.
func (h *stepped) of(kind aparte.IdentifierKind, value string) aparte.Person {
	h.t.Helper()
	id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: kind, Value: value})
	h.check(err)
	p, err := h.Person(h.t.Context(), id)
	h.check(err)
	return p
}

// live lets people do so many things of all kinds.
func live(h *stepped, draw *rand.Rand, steps int) {
	h.t.Helper()
	user, device := func() string { return fmt.Sprint("u", draw.IntN(6)) }, func() string { return fmt.Sprint("d", draw.IntN(6)) }
	everybody := func() []aparte.Person {
		all, err := h.People(h.t.Context(), aparte.PersonID{}, 1000)
		h.check(err)
		return all
	}
	var said []aparte.Decision
	for n := range steps {
		switch draw.IntN(16) {
		case 0, 1:
			h.tell(event("Product Viewed", "", device(), map[string]any{"product_id": "lamp", "category": "lanterns"}))
		case 2:
			h.tell(event("Product Added", user(), "", map[string]any{"product_id": "lamp", "quantity": 1}))
		case 3:
			h.tell(order(user(), "mug", fmt.Sprint("o", n), 9))
		case 4, 5:
			h.tell(identify(user(), device(), nil))
		case 6:
			h.tell(identify(user(), "", map[string]any{"email": fmt.Sprintf("e%d@example.com", draw.IntN(5)), "city": fmt.Sprint("c", n)}))
		case 7:
			u := user()
			h.tell(identify(u, "", map[string]any{"email": u + "@example.com", "consents": []map[string]any{
				{"purpose": "marketing", "channel": "email", "granted": draw.IntN(3) > 0, "source": "test"}}}))
		case 8:
			e := event("", user(), "", nil)
			e.Type, e.PreviousID = aparte.Alias, device()
			h.tell(e)
		case 9, 10:
			said = append(said, h.ask(user()).Decision)
		case 11:
			if len(said) > 0 {
				d := said[draw.IntN(len(said))]
				name := []string{aparte.EventExposed, aparte.EventClicked}[draw.IntN(2)]
				if p, err := h.Person(h.t.Context(), d.ID.Person); err == nil && len(p.Identifiers) > 0 {
					e := event(name, "", "", map[string]any{"decision": d.ID.String()})
					if u, ok := p.Identifier(aparte.KindUserID); ok {
						e.UserID = u.Value
						h.tell(e)
					}
				}
			}
		case 12:
			h.pass(time.Duration(draw.IntN(120)) * time.Minute)
			h.delivered()
		case 13:
			all := everybody()
			for _, p := range all {
				if len(p.Absorbed) > 0 && draw.IntN(2) == 0 {
					if err := h.Unmerge(h.t.Context(), p.ID, p.Absorbed[draw.IntN(len(p.Absorbed))]); err == nil {
						break
					}
				}
			}
		case 14:
			if all := everybody(); len(all) > 1 && draw.IntN(3) == 0 {
				h.check(h.Merge(h.t.Context(), all[0].ID, all[len(all)-1].ID))
			}
		case 15:
			if all := everybody(); len(all) > 0 && draw.IntN(3) == 0 {
				h.check(h.Erase(h.t.Context(), all[draw.IntN(len(all))].ID))
			} else {
				h.reopen()
			}
		}
	}
}

// damaged is a store in which somebody writes what no engine would, or which hides what is there.
type damaged struct {
	store.Store
	store.Inspector
	t *testing.T

	hide    func(*store.Entry) bool
	hideRow func(*store.FeedRow) bool
	unseen  bool
	differ  []string
	alone   []store.Key
	dropped uint64 // version of the brand that is not there
}

func (d *damaged) History(ctx context.Context, part store.Part, who aparte.PersonID, before uint64, limit int) ([]store.Entry, error) {
	all, err := d.Store.History(ctx, part, who, before, limit)
	return slices.DeleteFunc(all, func(e store.Entry) bool { return d.hide != nil && d.hide(&e) }), err
}

func (d *damaged) Feed(ctx context.Context, part store.Part, after uint64, limit int) ([]store.FeedRow, error) {
	all, err := d.Store.Feed(ctx, part, after, limit)
	return slices.DeleteFunc(all, func(r store.FeedRow) bool { return d.hideRow != nil && d.hideRow(&r) }), err
}

func (d *damaged) Seen(ctx context.Context, part store.Part, keys []store.Key) ([]bool, error) {
	seen, err := d.Store.Seen(ctx, part, keys)
	if d.unseen && len(seen) > 0 {
		d.unseen, seen[0] = false, false
	}
	return seen, err
}

func (d *damaged) Check(ctx context.Context, part store.Part) ([]string, error) {
	if part == 0 {
		return d.differ, nil
	}
	return nil, nil
}

func (d *damaged) EventKeys(ctx context.Context, part store.Part, after store.Key, limit int) ([]store.Key, error) {
	all, err := d.Inspector.EventKeys(ctx, part, after, limit)
	if after == (store.Key{}) {
		all = append(all, d.alone...)
		slices.SortFunc(all, func(a, b store.Key) int { return slices.Compare(a[:], b[:]) })
	}
	return all, err
}

func (d *damaged) Document(ctx context.Context, name string, version uint64) (store.Document, error) {
	if name == engine.BrandDocument && version == d.dropped && version > 0 {
		return store.Document{}, store.ErrNotFound
	}
	return d.Store.Document(ctx, name, version)
}

// write commits what no engine would to the part of somebody.
func (d *damaged) write(id aparte.PersonID, batch store.Batch) {
	d.t.Helper()
	ctx := context.Background()
	batch.Part = store.PartOf(id[:8], d.Parts())
	epoch, err := d.Acquire(ctx, batch.Part, "damage", time.Time{}, time.Hour)
	if err == nil {
		batch.Epoch = epoch
		err = d.Commit(ctx, &batch)
	}
	if err == nil {
		err = d.Release(ctx, batch.Part, epoch)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// entry is the newest entry of a kind of somebody.
func (d *damaged) entry(id aparte.PersonID, kind store.EntryKind) store.Entry {
	d.t.Helper()
	all, err := d.Store.History(context.Background(), store.PartOf(id[:8], d.Parts()), id, 0, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range all {
		if e.Kind == kind {
			return e
		}
	}
	d.t.Fatalf("%s has no entry of kind %d", id, kind)
	return store.Entry{}
}

// rewrite gives the newest entry of a kind another body.
func (d *damaged) rewrite(id aparte.PersonID, kind store.EntryKind, body func([]byte) []byte) {
	e := d.entry(id, kind)
	d.write(id, store.Batch{Rewritten: []store.Entry{{Person: id, Seq: e.Seq, Body: body(e.Body)}}})
}

// redecide changes the newest decision of somebody.
func (d *damaged) redecide(id aparte.PersonID, change func(*aparte.Decision)) {
	d.rewrite(id, store.DecisionEntry, func(body []byte) []byte {
		one, err := decide.Unmarshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		change(&one)
		return decide.Marshal(nil, &one)
	})
}

// state is somebody's record.
func (d *damaged) state(id aparte.PersonID) aparte.Person {
	d.t.Helper()
	rows, err := d.States(context.Background(), store.PartOf(id[:8], d.Parts()), []aparte.PersonID{id})
	if err != nil {
		d.t.Fatal(err)
	}
	p, err := profile.Decode(rows[0].State)
	if err != nil {
		d.t.Fatal(err)
	}
	p.ID, p.Seq = id, rows[0].Last
	return p
}

// survivor is somebody who absorbed a record.
func (d *damaged) survivor() aparte.PersonID {
	d.t.Helper()
	for part := range d.Parts() {
		rows, err := d.People(context.Background(), store.Part(part), aparte.PersonID{}, 1000)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, row := range rows {
			if p := d.state(row.ID); len(p.Absorbed) > 0 {
				return p.ID
			}
		}
	}
	d.t.Fatal("nobody absorbed anybody")
	return aparte.PersonID{}
}

// rename has the userId of somebody name another: the first identifier of a list.
func (d *damaged) rename(of *aparte.Person, to aparte.PersonID) {
	d.t.Helper()
	for part := range d.Parts() {
		rows, err := d.Identifiers(context.Background(), store.Part(part), store.Key{}, 1000)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, row := range rows {
			if row.Person == of.ID {
				row.Person = to
				d.write(aparte.PersonID(row.Key), store.Batch{Identifiers: []store.IdentifierRow{row}})
				return
			}
		}
	}
	d.t.Fatalf("nothing names %s", of.ID)
}

// model is the model as it was saved.
func (d *damaged) model() []byte {
	d.t.Helper()
	doc, err := d.Store.Document(context.Background(), "learner/model", 0)
	if err != nil {
		d.t.Fatal(err)
	}
	return doc.Body
}

func (d *damaged) put(name, body string) {
	d.t.Helper()
	if _, err := d.PutDocument(context.Background(), name, []byte(body)); err != nil {
		d.t.Fatal(err)
	}
}

func timersOf(p *aparte.Person) (all []store.Timer) {
	for _, timer := range p.Timers {
		all = append(all, store.Timer{Person: p.ID, Name: timer.Name, Due: timer.Due, Gen: timer.Gen})
	}
	return all
}

// again is a store in which the event key of an entry stands in the one after it, too.
type again struct {
	store.Store
	entry store.Entry
}

func (a again) History(ctx context.Context, part store.Part, who aparte.PersonID, before uint64, limit int) ([]store.Entry, error) {
	all, err := a.Store.History(ctx, part, who, before, limit)
	for i := range all {
		if all[i].Kind == store.EventEntry && part == store.PartOf(a.entry.Person[:8], a.Parts()) {
			all[i].Key, all[i].Body = a.entry.Key, a.entry.Body
		}
	}
	return all, err
}

// Each kind of damage is done by itself to a house in which people lived, and found for what it is.
func TestEachDamageOfAStoreIsFound(t *testing.T) {
	t.Parallel()
	nobody := func(id aparte.PersonID) aparte.PersonID { id[15] ^= 1; return id } // in the same part
	garbage := func([]byte) []byte { return []byte{0xff, 0xff} }
	for kind, damages := range map[engine.FaultKind]map[string]func(d *damaged, ann, device aparte.Person){
		engine.FaultState: {"a state of other bytes": func(d *damaged, ann, _ aparte.Person) {
			d.write(ann.ID, store.Batch{People: []store.PersonRow{{ID: ann.ID, State: []byte{0xff}}}, Fired: timersOf(&ann)})
		}},
		engine.FaultNumbers: {
			"an entry in the middle": func(d *damaged, ann, _ aparte.Person) {
				d.hide = func(e *store.Entry) bool { return e.Person == ann.ID && e.Seq == 2 }
			},
			"the first entry": func(d *damaged, ann, _ aparte.Person) {
				d.hide = func(e *store.Entry) bool { return e.Person == ann.ID && e.Seq == 1 }
			},
			"all of them": func(d *damaged, ann, _ aparte.Person) {
				d.hide = func(e *store.Entry) bool { return e.Person == ann.ID }
			},
		},
		engine.FaultLast: {"the last entry": func(d *damaged, ann, _ aparte.Person) {
			d.hide = func(e *store.Entry) bool { return e.Person == ann.ID && e.Seq == ann.Seq }
		}},
		engine.FaultEntry: {
			"an event": func(d *damaged, ann, _ aparte.Person) { d.rewrite(ann.ID, store.EventEntry, garbage) },
			"an event in the place of another": func(d *damaged, ann, device aparte.Person) {
				other := d.entry(device.ID, store.EventEntry).Body
				d.rewrite(ann.ID, store.EventEntry, func([]byte) []byte { return other })
			},
			"a decision": func(d *damaged, ann, _ aparte.Person) { d.rewrite(ann.ID, store.DecisionEntry, garbage) },
			"a decision of somebody else": func(d *damaged, ann, _ aparte.Person) {
				d.redecide(ann.ID, func(one *aparte.Decision) { one.ID.Seq++ })
			},
			"a merge": func(d *damaged, ann, _ aparte.Person) { d.rewrite(d.survivor(), store.MergeEntry, garbage) },
			"a kind that nobody knows": func(d *damaged, ann, _ aparte.Person) {
				d.write(ann.ID, store.Batch{Entries: []store.Entry{{Person: ann.ID, Seq: ann.Seq + 1, Kind: 99}}})
			},
		},
		engine.FaultKeyMissing: {"an event key": func(d *damaged, _, _ aparte.Person) { d.unseen = true }},
		engine.FaultKeyTwice: {"an event that stands twice": func(d *damaged, ann, _ aparte.Person) {
			first := d.entry(ann.ID, store.EventEntry)
			d.Store = again{d.Store, first}
		}},
		engine.FaultKeyAlone: {"an event key of nothing": func(d *damaged, _, _ aparte.Person) { d.alone = []store.Key{{7}} }},
		engine.FaultHistoryAlone: {"entries of nobody": func(d *damaged, ann, _ aparte.Person) {
			id := nobody(ann.ID)
			d.write(id, store.Batch{Entries: []store.Entry{{Person: id, Seq: 1, Kind: store.MovedEntry, Body: make([]byte, 8)}}})
		}},
		engine.FaultNameMissing: {"an identifier": func(d *damaged, ann, _ aparte.Person) { d.rename(&ann, aparte.PersonID{}) }},
		engine.FaultNameOther: {
			"an identifier of another":          func(d *damaged, ann, device aparte.Person) { d.rename(&ann, device.ID) },
			"an identifier of who is not there": func(d *damaged, ann, _ aparte.Person) { d.rename(&ann, nobody(ann.ID)) },
		},
		engine.FaultNameAlone: {"an identifier of nobody": func(d *damaged, ann, _ aparte.Person) {
			d.write(ann.ID, store.Batch{Identifiers: []store.IdentifierRow{{Key: store.Key(ann.ID), Person: nobody(ann.ID)}}})
		}},
		engine.FaultMerged: {"a survivor": func(d *damaged, ann, _ aparte.Person) {
			id := d.survivor()
			d.write(id, store.Batch{Erased: []aparte.PersonID{id}})
		}},
		engine.FaultAbsorbed: {"a record that was absorbed": func(d *damaged, ann, _ aparte.Person) {
			id := d.survivor()
			gone := d.state(id).Absorbed[0]
			d.write(gone, store.Batch{Erased: []aparte.PersonID{gone}})
		}},
		engine.FaultTimerMissing: {
			"a timer": func(d *damaged, ann, _ aparte.Person) { d.write(ann.ID, store.Batch{Fired: timersOf(&ann)[:1]}) },
			"a timer at another time": func(d *damaged, ann, _ aparte.Person) {
				one := timersOf(&ann)[0]
				one.Due = one.Due.Add(time.Hour)
				d.write(ann.ID, store.Batch{Timers: []store.Timer{one}})
			},
		},
		engine.FaultTimerAlone: {"a timer of no state": func(d *damaged, ann, _ aparte.Person) {
			d.write(ann.ID, store.Batch{Timers: []store.Timer{{Person: ann.ID, Name: "nothing", Due: time.Unix(1, 0)}}})
		}},
		engine.FaultLetter: {
			"a letter": func(d *damaged, ann, _ aparte.Person) {
				d.write(ann.ID, store.Batch{Letters: []store.Letter{{Number: 9000, Body: []byte{0xff}}}})
			},
			"a letter to a part that is not": func(d *damaged, ann, _ aparte.Person) {
				d.write(ann.ID, store.Batch{Letters: []store.Letter{{Number: 9000, To: 77, Body: []byte(`{"kind":"link"}`)}}})
			},
			"a letter that asks for what nobody does": func(d *damaged, ann, _ aparte.Person) {
				d.write(ann.ID, store.Batch{Letters: []store.Letter{{Number: 9000, Body: []byte(`{"kind":"dance"}`)}}})
			},
		},
		engine.FaultFeed: {
			"a row": func(d *damaged, _, _ aparte.Person) {
				d.hideRow = func(r *store.FeedRow) bool { return r.Position == 1 }
			},
			"a row of no meaning": func(d *damaged, ann, _ aparte.Person) { d.write(ann.ID, store.Batch{Feed: [][]byte{{0xff}}}) },
		},
		engine.FaultCounter: {"a counter of no hour": func(d *damaged, ann, _ aparte.Person) {
			d.write(ann.ID, store.Batch{Counters: []store.Counter{{Key: "x", Hour: time.Unix(90, 0), N: 1}}})
		}},
		engine.FaultDocument: {
			"the brand":                       func(d *damaged, _, _ aparte.Person) { d.put(engine.BrandDocument, "{") },
			"the model":                       func(d *damaged, _, _ aparte.Person) { d.put("learner/model", string(d.model()[:40])) },
			"the journal":                     func(d *damaged, _, _ aparte.Person) { d.put("learner/journal", "{"); d.put("learner/journal", "{}") },
			"who is who":                      func(d *damaged, _, _ aparte.Person) { d.put("identity", "[") },
			"a brand under which was decided": func(d *damaged, _, _ aparte.Person) { d.dropped = 1 },
		},
		engine.FaultPropensity: {
			"none": func(d *damaged, ann, _ aparte.Person) {
				d.redecide(ann.ID, func(one *aparte.Decision) { one.Propensity = 0 })
			},
			"more than sure": func(d *damaged, ann, _ aparte.Person) {
				d.redecide(ann.ID, func(one *aparte.Decision) { one.Propensity = 1.5 })
			},
			"no number": func(d *damaged, ann, _ aparte.Person) {
				d.redecide(ann.ID, func(one *aparte.Decision) { one.Propensity = math.NaN() })
			},
			"another than its candidate's": func(d *damaged, ann, _ aparte.Person) {
				d.redecide(ann.ID, func(one *aparte.Decision) { one.Propensity /= 2 })
			},
			"not adding up": func(d *damaged, ann, _ aparte.Person) {
				d.redecide(ann.ID, func(one *aparte.Decision) {
					for i := range one.Candidates {
						one.Candidates[i].Propensity /= 2
					}
					one.Propensity = one.Candidates[one.Chosen].Propensity
				})
			},
		},
		engine.FaultStore: {"a row that is kept twice": func(d *damaged, _, _ aparte.Person) { d.differ = []string{"two differ"} }},
	} {
		for what, damage := range damages {
			t.Run(string(kind)+"/"+what, func(t *testing.T) {
				h := walked(t)
				ann, device := h.of(aparte.KindUserID, "u1"), h.of(aparte.KindAnonymousID, "d1")
				h.check(h.Close())
				d := &damaged{Store: h.store, Inspector: h.store.(store.Inspector), t: t}
				damage(d, ann, device)
				v := verified(t, d, d)
				if !slices.ContainsFunc(v.Faults, func(f engine.Fault) bool { return f.Kind == kind }) {
					t.Errorf("it is not found: %+v", v.Faults)
				}
			})
		}
	}
}
