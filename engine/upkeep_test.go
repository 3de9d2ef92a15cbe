package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// A brand has ten and a hundred times the people and the things it began with. Nobody states anything for what is new: each version brings
// items and nothing else. Yet what is new is spoken of, to those whom it is for, to as many as before.
func TestABrandGrowsAHundredfoldAndWhatIsLookedAfterStays(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	h := openStepped(t)
	const few, shelf = 20, 15 // people, and items of a category
	grown := func(times int) *aparte.Brand {
		b := brand()
		b.Contents = append(b.Contents, aparte.Content{
			ID: "picks", Name: aparte.Words{"en": "Picks"}, Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web}, Slots: []string{"shelf"},
			Layouts: []aparte.LayoutID{"web"}, Items: aparte.Recommended, Elements: b.Contents[0].Elements, Toward: []aparte.ObjectiveID{"order"},
		})
		b.Audiences = []aparte.Audience{{ID: "buyers", Name: aparte.Words{"en": "Buyers"}, When: "person.orders > 0"}}
		for i := range few * times {
			b.Items = append(b.Items, aparte.Item{
				ID: thing(i), Name: aparte.Words{"en": fmt.Sprint("Thing ", i)}, Image: b.Items[0].Image, Category: fmt.Sprint("shelf-", i/shelf),
				Price: aparte.Money{Amount: int64(300 + 10*(i%90)), Currency: "EUR"}, Stock: 5, Popularity: float64(i * 7 % 30),
			})
		}
		return b
	}
	people, last := 0, 0 // who came so far; how many things were spoken of
	var before *aparte.Brand
	for _, times := range []int{1, 10, 100} {
		b := grown(times)
		if before != nil {
			for _, c := range engine.Changes(before, b) {
				if c.Kind != "items" || c.Did != engine.Added {
					t.Fatalf("%d times: something is stated besides: %+v", times, c)
				}
			}
		}
		before = b
		h.publish(b)
		came, said, theirs := few*times-people, 0, 0
		spoken := map[aparte.ItemID]bool{}
		of := func(i int) int { return (people + i) / shelf } // whose shelf each has eyes for
		var views []aparte.Event
		for i := range 3 * came {
			e := event("Product Viewed", fmt.Sprint("user-", people+i/3), "", map[string]any{"product_id": thing(of(i/3)*shelf + i%shelf), "category": fmt.Sprint("shelf-", of(i/3))})
			e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
			views = append(views, e)
		}
		h.check(h.Accept(t.Context(), views))
		for i := range came {
			user := fmt.Sprint("user-", people+i)
			answers, err := h.Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"shelf"}})
			h.check(err)
			if d := &answers[0].Decision; !d.Action.Silent() {
				said++
				spoken[d.Action.Item] = true
				if at := slices.IndexFunc(b.Items, func(x aparte.Item) bool { return x.ID == d.Action.Item }); b.Items[at].Category == fmt.Sprint("shelf-", of(i)) {
					theirs++
				}
			}
		}
		people += came
		h.pass(25 * time.Hour)
		course := h.ValueCourse()
		point := course[len(course)-1]
		t.Logf("%d people, %d items: %d objects; of %d who came %d were told of %d things, %d of their shelf", point.People, point.Items, point.Objects, came, said, len(spoken), theirs)
		if want := (aparte.Upkeep{Objectives: 2, Rules: 2, Contents: 6, Scenarios: 1, Audiences: 1}); !cmp.Equal(b.Upkeep(), want) || point.Objects != want.Objects() || point.People != people || point.Items != 2+few*times {
			t.Errorf("%d times: %+v, and %+v is kept", times, b.Upkeep(), point)
		}
		if said < came/3 || theirs < said/2 {
			t.Errorf("%d times: of %d people who came %d were told of something, %d of what is on their shelf", times, came, said, theirs)
		}
		if len(spoken) < last {
			t.Errorf("%d times: %d things are spoken of, %d were before", times, len(spoken), last)
		}
		last = len(spoken)
	}
	if last < 20*few {
		t.Errorf("of a hundred times the things %d are spoken of", last)
	}
}

func thing(i int) aparte.ItemID { return aparte.ItemID(fmt.Sprint("thing-", i)) }
