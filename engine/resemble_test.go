package engine_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// cooks lets people look at mugs or at lamps, more or less often. Who mostly looks at mugs, and often, is likely to be a member. It
// returns how likely each was to be one.
func cooks(h *house, people int) map[aparte.PersonID]float64 {
	lots, chances := rand.New(rand.NewPCG(5, 6)), make([]float64, people)
	var events []aparte.Event
	for i := range people {
		user, mugs, views := fmt.Sprint("cook-", i), 0, 1+lots.IntN(8)
		taste := lots.Float64()
		for range views {
			item, category := "lamp", "lanterns"
			if lots.Float64() < taste {
				item, category = "mug", "kitchen"
				mugs++
			}
			events = append(events, event("Product Viewed", user, "", map[string]any{"product_id": item, "category": category}))
		}
		chances[i] = 0.05
		if 2*mugs > views && views > 3 {
			chances[i] = 0.6
		}
		traits := map[string]any{"email": user + "@shop.example", "shoe": 36 + lots.IntN(9), "points": 1 + lots.IntN(50)}
		if lots.Float64() < chances[i] {
			traits["member"] = true
		}
		if i%20 == 0 {
			traits["consents"] = []map[string]any{{"purpose": "profiling", "granted": false, "source": "test"}}
		} else if i%2 == 1 {
			traits["consents"] = []map[string]any{{"purpose": "marketing", "channel": "ads", "granted": true, "source": "test"}}
		}
		events = append(events, identify(user, "", traits))
	}
	for some := range slices.Chunk(events, 1000) {
		h.accept(some...)
	}
	h.reopen()
	truth := map[aparte.PersonID]float64{}
	for i, chance := range chances {
		truth[h.who(aparte.KindUserID, fmt.Sprint("cook-", i)).ID] = chance
	}
	return truth
}

const members = `"member" in traits`

func TestWhoResemblesTheSeedsIsFoundAsFarAsTheTruthAllows(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	h := open(t)
	const people = 3000
	truth := cooks(h, people)
	var told []int
	r, err := h.Resemble(t.Context(), engine.Likeness{Seed: members, Size: 0.1}, func(done, total int) { told = append(told, 100*done/total) })
	if err != nil {
		t.Fatal(err)
	}
	if r.Objecting != people/20 || r.Seeds+r.Others+r.Objecting != people || r.Failed != 0 || r.JudgedSeeds < r.Seeds/6 {
		t.Errorf("%d seeds, %d others, %d object, %d failed, %d judged", r.Seeds, r.Others, r.Objecting, r.Failed, r.JudgedSeeds)
	}
	var ideal []measure.Judged
	objects := map[aparte.PersonID]bool{}
	all, err := h.People(t.Context(), aparte.PersonID{}, people)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if objects[p.ID] = p.Refuses(aparte.Profiling, ""); objects[p.ID] {
			continue
		}
		member := slices.ContainsFunc(p.Traits, func(t aparte.Trait) bool { return t.Name == "member" })
		ideal = append(ideal, measure.Judged{Score: truth[p.ID], Came: member})
	}
	best := measure.Discriminate(ideal).AUC()
	t.Logf("AUC %.3f, of the truth %.3f, %d trees; first tenth: %+v; %v", r.AUC, best, r.Trees, r.Sizes[3], r.InCommon)
	if r.AUC < best-0.08 || r.AUC > best+0.08 {
		t.Errorf("AUC %.3f, of the truth %.3f", r.AUC, best)
	}
	likely := 0
	for i, one := range r.Listed {
		if objects[one.ID] || one.Seed || i > 0 && one.Score > r.Listed[i-1].Score || one.Emails != nil {
			t.Fatalf("%d: %+v is listed", i, one)
		}
		if truth[one.ID] > 0.5 {
			likely++
		}
	}
	if len(r.Listed) != r.Sizes[3].People || likely < len(r.Listed)*8/10 {
		t.Errorf("%d are listed of %d, %d of them truly alike", len(r.Listed), r.Sizes[3].People, likely)
	}
	if last := r.Sizes[len(r.Sizes)-1]; last.Found < 0.4 || last.Lift < 2 || last.Interval.Low > last.Found || last.Interval.High < last.Found || last.Score > r.Sizes[0].Score {
		t.Errorf("a fifth: %+v", last)
	}
	first := r.InCommon[0]
	if !strings.HasPrefix(first.Words, "affinity.category") && !strings.HasPrefix(first.Words, "counters.product_views") || first.Meaning["fr"] == "" {
		t.Errorf("what they have in common is first %+v", first)
	}
	if reasons := r.Listed[0].Reasons; len(reasons) == 0 || reasons[0].Adds <= 0 {
		t.Errorf("the first is listed for %v", reasons)
	}
	if told[len(told)-1] != 100 || !slices.IsSorted(told) {
		t.Errorf("it was told to be at %v", told)
	}
	for _, name := range append(r.Columns, r.InCommon[0].Column) {
		if strings.HasPrefix(name, "traits") {
			t.Errorf("%s was learned from, though the condition reads traits", name)
		}
	}
	if !slices.Contains(r.LeftOut, "traits.shoe") || slices.Contains(r.LeftOut, "traits.email") {
		t.Errorf("left out: %v", r.LeftOut)
	}

	archive := engine.NewArchive(engine.Config{Store: h.store})
	if err := archive.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := archive.Resemble(t.Context(), engine.Likeness{Seed: members, Size: 0.1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Listed) != len(r.Listed) || again.Seeds != r.Seeds || again.Objecting != r.Objecting {
		t.Errorf("the archive tells of %d people and %d seeds", len(again.Listed), again.Seeds)
	}
}

func TestTheSameStoreAtTheSameTimeGivesTheSameLookAlikes(t *testing.T) {
	h := openStepped(t)
	lots := rand.New(rand.NewPCG(7, 8))
	var events []aparte.Event
	for i := range 600 {
		user := fmt.Sprint("u", i)
		events = append(events, identify(user, "", map[string]any{"shoe": 36 + lots.IntN(9), "points": lots.IntN(4)}))
		for range lots.IntN(3) {
			events = append(events, event("Product Viewed", user, "", map[string]any{"product_id": "lamp"}))
		}
	}
	for i := range events {
		events[i].Timestamp, events[i].ReceivedAt, events[i].OriginalTimestamp = *h.now.Load(), *h.now.Load(), *h.now.Load()
	}
	h.check(h.Accept(t.Context(), events))
	h.pass(0)
	asked := engine.Likeness{Seed: `person.orders == 0 && "shoe" in traits && traits.shoe > 41.0`, Value: "1.0 + traits.points", Size: 0.2}
	first, err := h.Resemble(t.Context(), asked, nil)
	h.check(err)
	archive := engine.NewArchive(engine.Config{Store: h.store, Now: func() time.Time { return *h.now.Load() }})
	h.check(archive.Restore(t.Context()))
	again, err := archive.Resemble(t.Context(), asked, nil)
	h.check(err)
	if diff := cmp.Diff(first, again, cmpopts.IgnoreUnexported(engine.Alike{})); diff != "" {
		t.Errorf("the archive differs from the engine:\n%s", diff)
	}
}

func TestSeedsAreListedWithTheirWeightsAndTheHashesOfTheirAddressesWhereAskedFor(t *testing.T) {
	h := open(t)
	cooks(h, 900)
	r, err := h.Resemble(t.Context(), engine.Likeness{Seed: members, Value: "traits.points", Seeds: true, Identifiers: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Listed) != r.Seeds {
		t.Errorf("%d of %d seeds are listed", len(r.Listed), r.Seeds)
	}
	for _, one := range r.Listed {
		p, err := h.Person(t.Context(), one.ID)
		if err != nil {
			t.Fatal(err)
		}
		address, _ := p.Identifier(aparte.KindEmail)
		if want := sha256.Sum256([]byte(address.Value)); !one.Seed || one.Weight < 1 || one.Weight > 50 || slices.Contains(one.Emails, want) != p.Advertised() {
			t.Fatalf("%+v is listed", one)
		}
	}
}

func TestWhatCannotBeAnsweredAboutLookAlikesIsRefused(t *testing.T) {
	h := open(t)
	cooks(h, 100)
	var (
		few   *engine.TooAlike
		where *engine.BadCondition
		value *engine.BadAmount
	)
	if _, err := h.Resemble(t.Context(), engine.Likeness{Seed: `person.orders > 0`}, nil); !errors.As(err, &few) || few.Seeds != 0 || few.Others != 95 {
		t.Errorf("without seeds: %v", err)
	}
	for _, seed := range []string{"person.orders", "moment.hour > 3", ""} {
		if _, err := h.Resemble(t.Context(), engine.Likeness{Seed: seed}, nil); !errors.As(err, &where) {
			t.Errorf("%q: %v", seed, err)
		}
	}
	for _, of := range []string{"person.known", "item.price", "person.ltv +"} {
		if _, err := h.Resemble(t.Context(), engine.Likeness{Seed: members, Value: of}, nil); !errors.As(err, &value) {
			t.Errorf("%q: %v", of, err)
		}
	}
	for _, size := range []float64{-0.1, 0.3} {
		if _, err := h.Resemble(t.Context(), engine.Likeness{Seed: members, Size: size}, nil); err == nil {
			t.Errorf("a size of %g was taken", size)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := h.Resemble(gone, engine.Likeness{Seed: members}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone is told %v", err)
	}
}

func TestOneLooksForLookAlikesAtATime(t *testing.T) {
	h := open(t)
	cooks(h, 100)
	busy := error(nil)
	_, _ = h.Resemble(t.Context(), engine.Likeness{Seed: members}, func(int, int) {
		_, busy = h.Resemble(t.Context(), engine.Likeness{Seed: members}, nil)
	})
	if !errors.Is(busy, engine.ErrBusy) {
		t.Errorf("a second at a time: %v", busy)
	}
}

// What ranking people costs, from their records on.
func BenchmarkResemble(b *testing.B) {
	h := open(b)
	const people, batch = 100_000, 5_000
	lots := rand.New(rand.NewPCG(9, 10))
	for from := 0; from < people; from += batch {
		var events []aparte.Event
		for i := range batch {
			user := fmt.Sprint("u", from+i)
			events = append(events, identify(user, "", map[string]any{"shoe": 36 + lots.IntN(9), "town": fmt.Sprint("town-", lots.IntN(30))}),
				event("Product Viewed", user, "", map[string]any{"product_id": []string{"lamp", "mug"}[lots.IntN(2)], "category": fmt.Sprint("category-", lots.IntN(10))}))
			if lots.IntN(20) == 0 {
				events = append(events, order(user, "lamp", fmt.Sprint("o", from+i), 10+lots.Float64()*90))
			}
		}
		h.accept(events...)
	}
	h.reopen()
	for b.Loop() {
		if _, err := h.Resemble(b.Context(), engine.Likeness{Seed: "person.orders > 0", Size: 0.05}, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*people), "µs/person")
}
