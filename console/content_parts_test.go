package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// element is one of a content, as it is in force.
func (s *stage) element(id aparte.ContentID, name string) (aparte.Element, int) {
	c := contentOf(s.t, s, id)
	i := slices.IndexFunc(c.Elements, func(e aparte.Element) bool { return e.Name == name })
	if i < 0 {
		return aparte.Element{}, i
	}
	return c.Elements[i], i
}

func TestAVariantIsAlteredAndRemovedByLanguageAndTheChangeTellsBy(t *testing.T) {
	s := open(t)
	was, at := s.element("gift-wrap", "headline")
	do := func(what string, form url.Values) string {
		t.Helper()
		form.Set("version", s.version())
		form.Set("element", fmt.Sprint(at))
		_, page := s.send("/console/contents/gift-wrap/be/"+what, form)
		return page
	}
	page := do("alter", url.Values{"variant": {"0"}, "words-en": {"Wrapped with love"}, "words-fr": {"Emballé avec amour"}, "tongue": {"de"}, "said": {"Mit Liebe verpackt"}, "traits": {"warm, question"}})
	now, _ := s.element("gift-wrap", "headline")
	if v := now.Variants[0]; v.Words["fr"] != "Emballé avec amour" || v.Words["de"] != "Mit Liebe verpackt" || !slices.Equal(v.Traits, []string{"warm", "question"}) || v.ID != was.Variants[0].ID {
		t.Fatalf("altered, it is %+v\n%s", v, page)
	}
	if _, page, _ := s.get("/console/contents/gift-wrap?locale=de", "en"); !strings.Contains(page, `name="words-de"`) || !strings.Contains(page, "locale=de") {
		t.Error("a language that a variant has is neither in its form nor previewed")
	}
	if page := do("alter", url.Values{"variant": {"0"}, "words-en": {""}, "words-fr": {" "}}); !strings.Contains(page, "one language at least") {
		t.Error("a variant of no words was taken, or nothing is said of it")
	}
	if page := do("alter", url.Values{"variant": {"0"}, "words-en": {"Dear {{ person.fistName | defalt: 'you' }}"}}); !strings.Contains(page, "did you mean &#34;default&#34;?") || !strings.Contains(page, "fistName | defalt") || !strings.Contains(page, `<details class="variant" open>`) {
		t.Errorf("what is wrong with it is not told at its form, or what was written is lost")
	}
	if got, _ := s.element("gift-wrap", "headline"); got.Variants[0].Words["en"] != "Wrapped with love" {
		t.Error("a refusal changed it")
	}
	s.post("/console/contents/gift-wrap/variants", url.Values{"element": {"headline"}, "version": {s.version()}, "english": {"Another"}})
	if len(at2(s)) != len(now.Variants)+1 {
		t.Fatal("no variant was added")
	}
	do("without", url.Values{"variant": {"0"}})
	if left := at2(s); len(left) != len(now.Variants) || left[0].ID == was.Variants[0].ID {
		t.Errorf("removed, there are %+v", left)
	}
	for range len(at2(s)) - 1 {
		do("without", url.Values{"variant": {"0"}})
	}
	if page := do("without", url.Values{"variant": {"0"}}); len(at2(s)) != 1 || !strings.Contains(page, "has none") {
		t.Error("the last variant of an element went without it")
	}
	if page := do("drop", url.Values{}); !strings.Contains(page, "which is not written yet: Headline") || len(at2(s)) != 1 {
		t.Error("an element that the layouts show was removed")
	}
	if status, _ := s.send("/console/contents/gift-wrap/be/alter", url.Values{"version": {s.version()}, "element": {"99"}, "variant": {"0"}}); status != http.StatusNotFound {
		t.Errorf("an element that is not there: %d", status)
	}
	stale := url.Values{"version": {"1"}, "element": {fmt.Sprint(at)}, "variant": {"0"}, "words-en": {"Mine"}}
	if _, page := s.send("/console/contents/gift-wrap/be/alter", stale); !strings.Contains(page, "Somebody published another version meanwhile") || !strings.Contains(page, ">Mine</textarea>") {
		t.Error("it was saved over what others published, or what was written is lost")
	}
	all, err := s.engine.Editions(t.Context(), 1)
	if err != nil || all[0].By == "" || len(all[0].Changes) != 1 || all[0].Changes[0].ID != "gift-wrap" {
		t.Errorf("who changed what: %+v, %v", all, err)
	}
}

func at2(s *stage) []aparte.Variant {
	e, _ := s.element("gift-wrap", "headline")
	return e.Variants
}

func TestAContentIsRenamedCopiedAndGivenAnotherPicture(t *testing.T) {
	s := open(t)
	c := contentOf(t, s, "gift-wrap")
	form := url.Values{"version": {s.version()}, "english": {"Gifts wrapped"}, "french": {"Paquets cadeaux"}, "link": {"https://shop.example/wrap"}, "channel": {"web"}}
	s.send("/console/contents/gift-wrap/be/describe", form)
	if got := contentOf(t, s, "gift-wrap"); got.Name["fr"] != "Paquets cadeaux" || got.Link != form.Get("link") || !slices.Equal(got.Channels, []aparte.Channel{"web"}) {
		t.Fatalf("described anew it is %+v", got)
	}
	form.Set("version", s.version())
	form.Set("link", "{{ item.lnk }}")
	if _, page := s.send("/console/contents/gift-wrap/be/describe", form); !strings.Contains(page, "did you mean") || !strings.Contains(page, `id="wrong-link"`) {
		t.Error("what is wrong with the link is not told at it")
	}
	for range 2 {
		s.send("/console/contents/gift-wrap/be/copy", url.Values{"version": {s.version()}})
	}
	twin := contentOf(t, s, "gift-wrap-3")
	if twin.State != aparte.Proposed || twin.Name["fr"] != "Paquets cadeaux (copie)" || len(engine.Changes(&aparte.Brand{Contents: []aparte.Content{{ID: "x", Elements: c.Elements}}}, &aparte.Brand{Contents: []aparte.Content{{ID: "x", Elements: twin.Elements}}})) > 0 {
		t.Errorf("the copy is %+v", twin)
	}
	visual, at := s.element("welcome-offer", "visual")
	if at < 0 {
		t.Fatal("there is nothing to look at")
	}
	_, page, _ := s.get("/console/contents/welcome-offer", "en")
	name, _, _ := strings.Cut(after(page, `<select name="asset"><option value="">`), "</select>")
	name, _, _ = strings.Cut(after(name, `<option value="`), `"`)
	if name == "" {
		t.Fatal("no picture is offered")
	}
	s.send("/console/contents/welcome-offer/be/picture", url.Values{"version": {s.version()}, "element": {fmt.Sprint(at)}, "asset": {name}})
	if now, _ := s.element("welcome-offer", "visual"); len(now.Variants) != len(visual.Variants)+1 || now.Variants[len(visual.Variants)].Asset != name {
		t.Errorf("it shows %+v", now)
	}
}

func after(s, mark string) string {
	_, rest, _ := strings.Cut(s, mark)
	return rest
}
