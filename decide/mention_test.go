package decide_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

func TestAConditionTellsWhichNamesItStates(t *testing.T) {
	b := &aparte.Brand{Currency: "EUR", Locale: "en", Items: []aparte.Item{
		{ID: "1", Category: "Lanterns", Brand: "Hay", Attributes: map[string]string{"colour": "red"}},
		{ID: "2", Category: "Tea", Attributes: map[string]string{"colour": "blue", "scent": "mint"}},
	}}
	p, err := decide.Compile(b, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Mentions(`traits.country == "FR" && has(traits.pet) && "age" in traits && inferred["x"] == 1 && item.category in ["Lanterns", "Teh"] && "Hey" == item.brand
		&& affinity.attribute["colour=rad"] > 0.1 && due.category["Tea"] > 0.5 && traits.country != "DE"`)
	if err != nil {
		t.Fatal(err)
	}
	want := []decide.Mention{{"trait", "country"}, {"trait", "pet"}, {"trait", "age"}, {"trait", "x"}, {"category", "Lanterns"}, {"category", "Teh"}, {"brand", "Hey"},
		{"attribute", "colour=rad"}, {"category", "Tea"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"colour=blue", "colour=red", "scent=mint"}, p.CatalogueNames(decide.OfAttribute)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Lanterns", "Tea"}, p.CatalogueNames(decide.OfCategory)); diff != "" {
		t.Error(diff)
	}
	if _, err := p.Mentions("person."); err == nil {
		t.Error("what cannot be read states names")
	}
}
