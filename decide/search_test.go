package decide

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

// shelf is a brand with one content that speaks of anything in it.
func shelf(items []aparte.Item) *aparte.Brand {
	return &aparte.Brand{
		Name: "Shelf", Currency: "GBP", Locale: "en", Items: items,
		Contents: []aparte.Content{{
			ID: "found", Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web}, Items: aparte.Recommended,
			Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "a"}}}}},
		}},
	}
}

func thing(id, name, category string, popularity float64) aparte.Item {
	return aparte.Item{ID: aparte.ItemID(id), Name: aparte.Words{"en": name}, Category: category, Price: money(1000), Stock: 5, Popularity: popularity}
}

// TestWhatIsSearchedForIsWhatMatters has a catalogue in which a thousand things sell better than the one that is searched for.
func TestWhatIsSearchedForIsWhatMatters(t *testing.T) {
	var items []aparte.Item
	for i := range 1000 {
		items = append(items, thing(fmt.Sprint("candle-", i), "Candle of beeswax", "Candles", 100))
	}
	crimson := thing("crimson", "Rouge à lèvres velours", "Make-up", 1)
	crimson.Attributes = map[string]string{"shade": "crimson"}
	items = append(items, crimson, thing("nude", "Rouge à lèvres mat", "Make-up", 2))
	p := plan(t, shelf(items))
	ask := func(search string, edition uint64) (top aparte.ItemID, items []aparte.ItemID, need float64) {
		q := onWeb(nil)
		q.Moment.Context.Search, q.Edition = search, edition
		d := p.open(q)
		defer p.close(d)
		for _, v := range d.source(aparte.Recommended) {
			items = append(items, d.plan.catalogue.items[d.views[v].item].ID)
		}
		v := d.views[d.see(d.plan.catalogue.index["crimson"])]
		return items[0], items, v.need
	}
	for search, want := range map[string]aparte.ItemID{
		"rouges a levres crimson": "crimson", "ROUGE À LÈVRES": "nude", "crimson, lasting": "crimson", "beeswax": "candle-0",
	} {
		if got, _, _ := ask(search, 0); got != want {
			t.Errorf("%q finds %s first, want %s", search, got, want)
		}
	}
	_, _, whole := ask("rouge crimson", 0)
	_, _, half := ask("crimson zeppelin", 0)
	_, _, none := ask("zeppelin", 0)
	if math.Abs(whole-1) > 1e-12 || half <= 0 || half >= 0.6 || none != 0 {
		t.Errorf("all of what is searched for is a need of %v, half of it of %v, none of %v", whole, half, none)
	}
	if _, then, need := ask("crimson", 2); slices.Contains(then, "crimson") || need != 0 {
		t.Error("in the terms of before it mattered what was searched for")
	}
}

// TestTheBestMatchesAreFound compares with a look at every item.
func TestTheBestMatchesAreFound(t *testing.T) {
	words := []string{"red", "blue", "wool", "silk", "scarf", "hats", "émail"}
	rapid.Check(t, func(t *rapid.T) {
		var items []aparte.Item
		for i := range rapid.IntRange(1, 40).Draw(t, "items") {
			name := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 4).Draw(t, "name"), " ")
			items = append(items, thing(fmt.Sprint(i), name, "", float64(rapid.IntRange(0, 3).Draw(t, "popularity"))))
		}
		p, err := Compile(shelf(items), 1)
		if err != nil {
			t.Fatal(err)
		}
		search := rapid.SliceOfN(rapid.SampledFrom(append(words, "unheard", "hat", "email")), 1, 5).Draw(t, "search")
		have := func(w string) (n int) {
			for _, it := range items {
				n += oneIf(slices.Contains(wordsOf(it.Name["en"]), w))
			}
			return n
		}
		asked := wordsOf(strings.Join(search, " "))
		slices.Sort(asked)
		match := func(it *aparte.Item) float64 {
			told, whole := 0.0, 0.0
			for i, w := range asked {
				n := have(w)
				if i > 0 && asked[i-1] == w && n > 0 {
					continue
				}
				idf := math.Log(1 + float64(len(items))/float64(max(1, n)))
				whole += idf
				if slices.Contains(wordsOf(it.Name["en"]), w) {
					told += idf
				}
			}
			return told / whole
		}
		q := onWeb(nil)
		q.Moment.Context.Search = strings.Join(search, " ")
		d := p.open(q)
		defer p.close(d)
		d.places = maxRecommended
		d.pickFound()
		last := 1.0
		for _, v := range d.recommended {
			m := match(&items[d.views[v].item])
			if got := d.query.match(d.views[v].item); math.Abs(got-m) > 1e-9 || m > last+1e-9 || m == 0 {
				t.Fatalf("item %d matches by %v, found with %v after %v", d.views[v].item, m, got, last)
			}
			last = m
		}
		better := 0
		for i := range items {
			better += oneIf(match(&items[i]) > last+1e-9)
		}
		if len(d.recommended) < fromSearch {
			last = 0
			better = 0
			for i := range items {
				better += oneIf(match(&items[i]) > 0)
			}
		}
		if better > len(d.recommended) {
			t.Fatalf("%d items match better than the last of %d that were found", better, len(d.recommended))
		}
	})
}
