package profile

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/aparte-dev/aparte"
)

// SearchesTrait is the trait in which a person's searches stand, as they declared them: a JSON array of searches.
const SearchesTrait = "searches"

// MaxSearches bounds a person's searches; the trait itself is bounded like any other.
const MaxSearches = 8

// Search is what somebody wants to be told of. An item matches that is in stock and is all that the search says.
type Search struct {
	Item       aparte.ItemID     `json:"item"`
	Category   string            `json:"category"`
	Brand      string            `json:"brand"`
	Words      string            `json:"words"`    // all of them are in its name, in one language
	PriceMin   float64           `json:"priceMin"` // in major units of the brand's currency
	PriceMax   float64           `json:"priceMax"` // 0: any
	Attributes map[string]string `json:"attributes"`
}

// Searches are those that somebody declared. One that cannot be read, or says nothing, is none.
func Searches(p *aparte.Person) (all []Search) {
	for i := range p.Traits {
		t := &p.Traits[i]
		if t.Name != SearchesTrait || t.Value.Kind != aparte.JSON || t.Provenance >= aparte.Inferred {
			continue
		}
		var told []json.RawMessage
		if json.Unmarshal([]byte(t.Value.Str), &told) != nil {
			return nil
		}
		for _, one := range told[:min(len(told), MaxSearches)] {
			var s Search
			if json.Unmarshal(one, &s) == nil && s.says() {
				all = append(all, s)
			}
		}
	}
	return all
}

// says reports whether the search leaves anything out.
func (s *Search) says() bool {
	return s.Item != "" || s.Category != "" || s.Brand != "" || s.Words != "" || s.PriceMax > 0 || len(s.Attributes) > 0
}

// Matches reports whether an item is what the search is for.
func (s *Search) Matches(item *aparte.Item) bool {
	price := float64(item.Price.Amount) / math.Pow10(aparte.MinorDigits(item.Price.Currency))
	switch {
	case item.Stock <= 0,
		s.Item != "" && s.Item != item.ID,
		s.Category != "" && s.Category != item.Category,
		s.Brand != "" && s.Brand != item.Brand,
		s.PriceMin > 0 && price < s.PriceMin,
		s.PriceMax > 0 && price > s.PriceMax:
		return false
	}
	for name, value := range s.Attributes {
		if item.Attributes[name] != value {
			return false
		}
	}
	return s.Words == "" || named(item.Name, strings.Fields(strings.ToLower(s.Words)))
}

// named reports whether a name has all of some words in one of its languages.
func named(name aparte.Words, words []string) bool {
	for _, text := range name {
		text = strings.ToLower(text)
		all := true
		for _, w := range words {
			all = all && strings.Contains(text, w)
		}
		if all {
			return true
		}
	}
	return false
}
