package compose

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

func TestAPageIsItsElementsItsHTMLAndItsLink(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := scene(t, brand, "hero")
	page, err := composer.Page(s)
	if err != nil {
		t.Fatal(err)
	}
	elements, err1 := composer.Elements(s)
	html, err2 := composer.HTML(s)
	link, err3 := composer.Link(s)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Page{elements, string(html), link}, page); diff != "" {
		t.Errorf("Page differs from its parts (-parts +page):\n%s", diff)
	}
	want := map[string]string{
		"headline": "Zoé, il vous va à ravir", "cta": "Je le veux", "visual": "https://a.example/x/token.png",
		"body":    "« Rouge Grenat » : un fini velours, tenue 12 h. Il en reste 7\u00a0exemplaires !",
		"subject": "Rouge Grenat à 24,90\u00a0€, pour vous", "preheader": "Jusqu’au jeudi 24 décembre 2026.",
	}
	if diff := cmp.Diff(want, elements); diff != "" {
		t.Errorf("elements (-want +got):\n%s", diff)
	}
	checkText(t, "hero.html", string(html))
}

func TestALayoutWithoutHTMLShowsItsPicture(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	html, err := composer.HTML(scene(t, brand, "card"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<a href="https://a.example/c/token">`, `width="300" height="250"`, `alt="Zoé, il vous va à ravir"`} {
		if !strings.Contains(string(html), want) {
			t.Errorf("%s lacks %s", html, want)
		}
	}
}

func TestChosenVariantsAreSaid(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := scene(t, brand, "hero")
	for _, test := range []struct {
		variants []uint8
		want     string
	}{{nil, "Zoé, il vous va à ravir"}, {[]uint8{1}, "L’éclat d’un Rouge Grenat, dès ce soir ?"}, {[]uint8{200}, "Zoé, il vous va à ravir"}} {
		s.Action.Variants = test.variants
		if e, err := composer.Elements(s); err != nil || e["headline"] != test.want {
			t.Errorf("%v says %q, %v", test.variants, e["headline"], err)
		}
	}
}

func TestAnIncompleteSceneIsAnErrorAndWritesNothing(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	huge := brand.Layouts[0]
	huge.Banner = &aparte.Banner{Width: 100000, Height: 100000}
	for name, s := range map[string]*Scene{
		"nothing":    {},
		"no content": {Brand: brand},
		"no layout":  {Brand: brand, Content: &brand.Contents[0], Item: &brand.Items[0]},
		"no banner":  {Brand: brand, Content: &brand.Contents[0], Item: &brand.Items[0], Layout: &brand.Layouts[3]},
		"too large":  {Brand: brand, Content: &brand.Contents[0], Item: &brand.Items[0], Layout: &huge},
		"no item":    {Brand: brand, Content: &brand.Contents[0], Layout: &brand.Layouts[0]},
	} {
		var out bytes.Buffer
		if err := composer.PNG(&out, s); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v after %d bytes", name, err, out.Len())
		}
		if _, err := composer.Fallback(s); err != nil {
			t.Errorf("%s: there is no fallback: %v", name, err)
		}
	}
}

func TestAComposerServesManyAtOnce(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	var want bytes.Buffer
	if err := composer.PNG(&want, scene(t, brand, "hero")); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 3 {
				var out bytes.Buffer
				s := scene(t, brand, []string{"hero", "card", "strip"}[i%3])
				if err := composer.PNG(&out, s); err != nil {
					t.Error(err)
				}
				if i%3 == 0 && !bytes.Equal(out.Bytes(), want.Bytes()) {
					t.Error("the same scene makes another picture")
				}
				if _, err := composer.Page(s); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestErrorsHoldNothingAboutThePerson(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := scene(t, brand, "hero")
	s.Person = person("secret", "Geheimnis", "site", "javascript:Geheimnis")
	for _, source := range []string{
		`{{ person.secret | default: "" | money }}`, `{{ person.secret | default: "" | date }}`, `{{ person.secret | default: "" | plural: "a", "b" }}`,
		`{{ person.secret | default: "" | round }}`, `{{ person.secret | default: "" | divided_by: 0 }}`, `{{ person.site | default: "" | url }}`,
		`{{ person.secret | default: "" | slice: "x" }}`, `{% if item.stock > 1 %}{{ person.secret | default: "" | money }}{% endif %}`,
	} {
		if _, err := said(t, composer, wordsTemplate, source, s); err == nil || strings.Contains(err.Error(), "Geheimnis") {
			t.Errorf("%s: %v", source, err)
		}
	}
}
