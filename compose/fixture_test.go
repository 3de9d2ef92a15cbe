package compose

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// ondine is the brand of the tests: a small house of cosmetics.
func ondine(t testing.TB) *aparte.Brand {
	t.Helper()
	data, err := os.ReadFile("testdata/brand.json")
	if err != nil {
		t.Fatal(err)
	}
	brand := new(aparte.Brand)
	if err := json.Unmarshal(data, brand); err != nil {
		t.Fatal(err)
	}
	return brand
}

func newComposer(t testing.TB) *Composer {
	t.Helper()
	c, err := New(os.DirFS("testdata/assets"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// person has declared the traits given as name, value, name, value...
func person(traits ...string) *aparte.Person {
	p := &aparte.Person{}
	for i := 0; i+1 < len(traits); i += 2 {
		p.Traits = append(p.Traits, aparte.Trait{Name: traits[i], Value: aparte.TextValue(traits[i+1])})
	}
	slices.SortFunc(p.Traits, func(a, b aparte.Trait) int { return strings.Compare(a.Name, b.Name) })
	return p
}

// scene is the brand's first content about its first item in the layout named, said to Zoé.
func scene(t testing.TB, brand *aparte.Brand, layout string) *Scene {
	t.Helper()
	i := slices.IndexFunc(brand.Layouts, func(l aparte.Layout) bool { return string(l.ID) == layout })
	if i < 0 {
		t.Fatalf("no layout %q", layout)
	}
	return &Scene{
		Brand: brand, Content: &brand.Contents[0], Layout: &brand.Layouts[i], Item: &brand.Items[0],
		Person: person("firstName", "Zoé"), Locale: "fr", Link: "https://a.example/c/token",
		ImageURL: "https://a.example/x/token.png", Now: time.Date(2026, 12, 24, 17, 5, 0, 0, time.UTC),
	}
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
