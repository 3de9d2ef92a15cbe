package decide

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestIntrusionGrowsWithRepetitionAndShrinksWithRelevance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Float64Range(0.01, 1000).Draw(t, "price")
		repetition := rapid.Float64Range(0, 50).Draw(t, "repetition")
		relevance := rapid.Float64Range(0, mostRelated).Draw(t, "relevance")
		goodwill := rapid.Float64Range(leastEasing, 1).Draw(t, "goodwill")
		more := rapid.Float64Range(0.01, 1).Draw(t, "more")
		base := intrusion(price, repetition, relevance, goodwill)
		if !(base >= 0) || math.IsInf(base, 0) {
			t.Fatalf("intrusion is %v", base)
		}
		if again := intrusion(price, repetition+more, relevance, goodwill); again <= base {
			t.Fatalf("said more often: %v, before %v", again, base)
		}
		if r := min(relevance+more, mostRelated); r > relevance && intrusion(price, repetition, r, goodwill) >= base {
			t.Fatalf("more relevant, and no less intrusive than %v", base)
		}
		if g := min(goodwill+more, 1); g > goodwill && intrusion(price, repetition, relevance, g) >= base {
			t.Fatalf("with more goodwill, and no less intrusive than %v", base)
		}
	})
	if got := intrusion(7, 0, 0, 1); got != 7 {
		t.Errorf("one irrelevant message at full goodwill costs %v, want its price", got)
	}
	for _, odd := range []float64{math.Inf(1), -1, 2} {
		if got := intrusion(7, 0, odd, odd); !(got > 0) || math.IsInf(got, 0) {
			t.Errorf("intrusion with %v is %v", odd, got)
		}
	}
}

func TestRelevanceGrowsWithEachSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(0, 1)
		v := view{
			need: share.Draw(t, "need"), taste: share.Draw(t, "taste"), liked: share.Draw(t, "liked"),
			viewed: rapid.Bool().Draw(t, "viewed"), inCart: rapid.Bool().Draw(t, "basket"),
		}
		base := v.relevance()
		if base < 0 || base > mostRelated {
			t.Fatalf("relevance is %v", base)
		}
		for name, more := range map[string]func(*view){
			"need":   func(v *view) { v.need = 1 },
			"taste":  func(v *view) { v.taste = 1 },
			"liked":  func(v *view) { v.liked = 1 },
			"viewed": func(v *view) { v.viewed = true },
			"basket": func(v *view) { v.inCart = true },
		} {
			w := v
			more(&w)
			if w.relevance() < base {
				t.Fatalf("with more %s relevance falls from %v to %v", name, base, w.relevance())
			}
		}
	})
}

// costOf is what the first candidate of a content costs.
func costOf(t *testing.T, q *Question, id aparte.ContentID) float64 {
	t.Helper()
	d := plan(t, shop()).Decide(q, nil)
	for _, c := range d.Candidates {
		if c.Action.Content == id && c.Excluded == "" {
			return c.Cost
		}
	}
	t.Fatalf("content %s is not eligible: %+v", id, d.Candidates)
	return 0
}

func TestWhatAContentCosts(t *testing.T) {
	on := func(mail bool, change func(*aparte.Person)) *Question {
		p := marie()
		p.Said, p.Goodwill = nil, aparte.Goodwill{}
		if change != nil {
			change(p)
		}
		if mail {
			return byMail(p)
		}
		return onWeb(p)
	}
	web, mail := costOf(t, on(false, nil), "ten-off"), costOf(t, on(true, nil), "ten-off")
	if want := 5 * (1 - webShare); math.Abs(mail-web-want) > 1e-4 {
		t.Errorf("by mail %v, on the web %v: want %v between them", mail, web, want)
	}
	// 2 for saying it, a tenth of a usual item's 4700 with the chance that it is bought, and the intrusion
	if want := 2 + 0.1*4700*purchaseChance + 5; math.Abs(mail-want) > 1e-4 {
		t.Errorf("by mail it costs %v, want %v", mail, want)
	}
	said := costOf(t, on(true, func(p *aparte.Person) {
		p.Said = []aparte.Said{{Content: "ten-off", Channel: aparte.Web, Slot: "hero", At: noon.Add(-RepetitionHalfLife), Seen: 2}}
	}), "ten-off")
	if want := mail + 5*1; math.Abs(said-want) > 1e-4 { // seen twice a half-life ago: once
		t.Errorf("said before it costs %v, want %v", said, want)
	}
	tired := costOf(t, on(true, func(p *aparte.Person) { p.Goodwill = aparte.Goodwill{Value: 0.5, At: noon} }), "ten-off")
	if want := mail + 5; math.Abs(tired-want) > 1e-4 {
		t.Errorf("at half the goodwill it costs %v, want %v", tired, want)
	}
	look := func(said ...aparte.Said) float64 {
		return costOf(t, on(false, func(p *aparte.Person) { p.Said = said }), "last-look")
	}
	item := aparte.Said{Content: "other", Item: "i06", Channel: aparte.Web, At: noon}
	if once, twice := look(item), look(item, item); !(look() < once) || math.Abs(twice-once-(once-look())) > 1e-4 {
		t.Errorf("an item spoken of never, once and twice costs %v, %v and %v", look(), once, twice)
	}
	if care := costOf(t, on(true, nil), "care"); care >= 1 {
		t.Errorf("service costs %v", care)
	}
}
