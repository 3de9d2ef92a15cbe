package engine_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// known are audiences beside what their conditions mean, said once more.
var known = []struct {
	aparte.Audience
	holds func(p *aparte.Person, now time.Time) bool
}{
	{buyers, func(p *aparte.Person, _ time.Time) bool { return p.Orders.Count > 0 }},
	{away, func(p *aparte.Person, now time.Time) bool {
		return p.Orders.Count > 0 && now.Sub(p.Orders.LastAt) > 30*24*time.Hour
	}},
	{french, func(p *aparte.Person, _ time.Time) bool {
		t, ok := p.Trait("country")
		return ok && t.Value.Str == "FR"
	}},
	{aparte.Audience{ID: "curious", When: "counters.product_views_7d > 1.5"}, func(p *aparte.Person, now time.Time) bool {
		return p.Counter("product_views_7d", now) > 1.5
	}},
	{aparte.Audience{ID: "buyers-abroad", When: `person.orders > 0 && !(has(traits.country) && traits.country == "FR")`}, func(p *aparte.Person, _ time.Time) bool {
		t, ok := p.Trait("country")
		return p.Orders.Count > 0 && !(ok && t.Value.Str == "FR")
	}},
}

// ledgerOf is what the oracle has of one person: the audiences they are in, and what their history must tell.
type ledgerOf struct {
	in   map[int]bool // by place in known
	told []string
}

// settle asks every condition about somebody, one by one.
func (l *ledgerOf) settle(p *aparte.Person, now time.Time, brand map[int]bool) {
	var out, in []int
	for i, a := range known {
		is := brand[i] && a.holds(p, now)
		switch {
		case l.in[i] && !is:
			out = append(out, i)
		case !l.in[i] && is:
			in = append(in, i)
		}
		if is {
			l.in[i] = true
		} else {
			delete(l.in, i)
		}
	}
	byKey := func(a, b int) int { return cmp.Compare(known[a].ID.Key(), known[b].ID.Key()) }
	slices.SortFunc(out, byKey)
	slices.SortFunc(in, byKey)
	for _, i := range out {
		l.told = append(l.told, "-"+string(known[i].ID))
	}
	for _, i := range in {
		l.told = append(l.told, "+"+string(known[i].ID))
	}
}

// random is a run of events, merges, passing time, versions of the brand and restarts, and the oracle of it.
type random struct {
	*stepped
	draw   *rand.Rand
	ledger map[aparte.PersonID]*ledgerOf
	brand  map[int]bool
	asked  map[int]bool // by the last call
	called time.Time
	orders int
}

// Memberships, the history of entering and leaving, and the counts are those of somebody who asks every condition about
// somebody after each of their events, and about everybody in each call.
func TestAudiencesAreThoseOfAskingEverybodyEverything(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := &random{
				stepped: openStepped(t), draw: rand.New(rand.NewPCG(seed, 1)), ledger: map[aparte.PersonID]*ledgerOf{},
				brand: map[int]bool{}, asked: map[int]bool{},
			}
			r.anotherBrand()
			for range 60 {
				switch r.draw.IntN(12) {
				case 0:
					r.anotherBrand()
				case 1, 2:
					r.wait(time.Duration(r.draw.IntN(20*24)) * time.Hour)
				case 3:
					r.wait(time.Duration(r.draw.IntN(59)) * time.Minute)
				case 4:
					r.reopen()
				case 5:
					r.meet()
				case 6:
					r.part()
				default:
					r.happen()
				}
				r.check(r.compare())
			}
		})
	}
}

func (r *random) anotherBrand() {
	r.brand = map[int]bool{}
	var audiences []aparte.Audience
	for _, i := range r.draw.Perm(len(known)) {
		if r.draw.IntN(3) > 0 {
			r.brand[i] = true
			audiences = append(audiences, known[i].Audience)
		}
	}
	slices.SortFunc(audiences, func(a, b aparte.Audience) int { return cmp.Compare(a.ID, b.ID) })
	r.publish(withAudiences(audiences...))
}

func (r *random) user() string   { return fmt.Sprint("u", r.draw.IntN(4)) }
func (r *random) device() string { return fmt.Sprint("d", r.draw.IntN(3)) }

// people are everybody there is.
func (r *random) people() []aparte.Person {
	all, err := r.People(r.t.Context(), aparte.PersonID{}, 1000)
	r.stepped.check(err)
	return all
}

func (r *random) wait(d time.Duration) {
	r.set(r.now.Load().Add(d))
	now := *r.now.Load()
	if !maps.Equal(r.brand, r.asked) || len(r.brand) > 0 && now.Sub(r.called) >= time.Hour {
		for _, p := range r.people() {
			r.of(p.ID).settle(&p, now, r.brand)
		}
		r.called, r.asked = now, maps.Clone(r.brand)
	}
	r.stepped.check(r.Step(r.t.Context()))
}

func (r *random) of(id aparte.PersonID) *ledgerOf {
	if r.ledger[id] == nil {
		r.ledger[id] = &ledgerOf{in: map[int]bool{}}
	}
	return r.ledger[id]
}

// happen has somebody do something.
func (r *random) happen() {
	user, device := "", ""
	if user = r.user(); r.draw.IntN(3) == 0 {
		user, device = "", r.device()
	}
	var e aparte.Event
	switch r.draw.IntN(3) {
	case 0:
		r.orders++
		e = order(user, "lamp", fmt.Sprint("o", r.orders), 25)
		e.AnonymousID = device
	case 1:
		e = event("Product Viewed", user, device, map[string]any{"product_id": "lamp"})
	default:
		e = identify(user, device, map[string]any{"country": []string{"FR", "BE"}[r.draw.IntN(2)]})
	}
	r.accept(e)
	r.settle(user, device)
}

// settle asks about whom an identifier names.
func (r *random) settle(user, device string) {
	id := aparte.Identifier{Kind: aparte.KindUserID, Value: user}
	if user == "" {
		id = aparte.Identifier{Kind: aparte.KindAnonymousID, Value: device}
	}
	who, err := r.Find(r.t.Context(), id)
	r.stepped.check(err)
	p, err := r.Person(r.t.Context(), who)
	r.stepped.check(err)
	r.of(p.ID).settle(&p, *r.now.Load(), r.brand)
}

// meet has a user and a device turn out to be one person, perhaps. What the event says changes no condition, so that it
// settles the user by themselves first.
func (r *random) meet() {
	user, device := r.user(), r.device()
	before := r.people()
	for _, p := range before {
		if has(&p, aparte.KindUserID, user) || !anyHas(before, aparte.KindUserID, user) && has(&p, aparte.KindAnonymousID, device) {
			r.of(p.ID).settle(&p, *r.now.Load(), r.brand)
		}
	}
	r.accept(identify(user, device, nil))
	after := r.people()
	for _, p := range after {
		for _, gone := range before {
			if slices.Contains(p.Absorbed, gone.ID) && gone.ID != p.ID && !slices.ContainsFunc(after, func(x aparte.Person) bool { return x.ID == gone.ID }) {
				maps.Copy(r.of(p.ID).in, r.of(gone.ID).in)
				delete(r.ledger, gone.ID)
			}
		}
		if has(&p, aparte.KindUserID, user) {
			r.of(p.ID).settle(&p, *r.now.Load(), r.brand)
		}
	}
}

func has(p *aparte.Person, kind aparte.IdentifierKind, value string) bool {
	return slices.Contains(p.Identifiers, aparte.Identifier{Kind: kind, Value: value})
}

func anyHas(all []aparte.Person, kind aparte.IdentifierKind, value string) bool {
	return slices.ContainsFunc(all, func(p aparte.Person) bool { return has(&p, kind, value) })
}

// part has somebody erased.
func (r *random) part() {
	all := r.people()
	if len(all) == 0 {
		return
	}
	gone := all[r.draw.IntN(len(all))].ID
	r.stepped.check(r.Erase(r.t.Context(), gone))
	delete(r.ledger, gone)
}

func (r *random) compare() error {
	counts := map[aparte.AudienceID]int64{}
	for i := range r.brand {
		counts[known[i].ID] = 0
	}
	for _, p := range r.people() {
		l := r.of(p.ID)
		var want []aparte.AudienceKey
		for i := range l.in {
			want = append(want, known[i].ID.Key())
			if r.brand[i] {
				counts[known[i].ID]++
			}
		}
		slices.Sort(want)
		if d := gocmp.Diff(want, p.Audiences); d != "" {
			return fmt.Errorf("%s is in others (-want +got):\n%s", p.ID, d)
		}
		if d := gocmp.Diff(l.told, r.told(p.ID)); d != "" {
			return fmt.Errorf("the history of %s tells otherwise (-want +got):\n%s", p.ID, d)
		}
	}
	if d := gocmp.Diff(counts, r.members()); d != "" {
		return errors.New("counted otherwise (-want +got):\n" + d)
	}
	return nil
}

// told is what the entries of one record tell of audiences, oldest first.
func (r *random) told(id aparte.PersonID) (told []string) {
	entries, err := r.store.History(r.t.Context(), store.PartOf(id[:8], r.store.Parts()), id, 0, 1000)
	r.stepped.check(err)
	for _, e := range slices.Backward(entries) {
		if e.Kind != store.EventEntry {
			continue
		}
		for _, a := range known {
			for sign, name := range map[string]string{"+": aparte.EventEntered, "-": aparte.EventExited} {
				if bytes.Contains(e.Body, []byte(name)) && bytes.Contains(e.Body, fmt.Appendf(nil, `{"audience":%q}`, a.ID)) {
					told = append(told, sign+string(a.ID))
				}
			}
		}
	}
	return told
}
