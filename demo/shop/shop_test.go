package shop_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/shop"
)

// visit opens a page of the furnished brand's shop in a language.
func visit(t *testing.T, path, lang string) (int, string) {
	t.Helper()
	furnished, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := shop.New(furnished, brand.Assets(), "key")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", lang)
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	return w.Code, html.UnescapeString(w.Body.String())
}

func TestTheShopSpeaksItsVisitorsLanguage(t *testing.T) {
	for _, c := range []struct {
		path, lang string
		status     int
		wanted     []string
	}{
		{"/shop/", "en-GB", 200, []string{`lang="en"`, "£2.95", ">Lights<", "<title>Linnet & Thyme</title>"}},
		{"/shop/", "fr-FR", 200, []string{`lang="fr"`, "2,95\u00a0£", ">Lumières<"}},
		{"/shop/about/Tea", "fr-FR", 200, []string{"<h1>Thé</h1>", "<title>Thé · Linnet & Thyme</title>", `aria-current="page">Thé<`}},
		{"/shop/item/22423", "en-GB", 200, []string{"£12.75", "In stock", `data-price="12.75"`}},
		{"/shop/item/21340", "fr-FR", 200, []string{"Épuisé", "disabled"}}, // none is left of it
		{"/shop/item/none", "fr-FR", 404, []string{"Nous n’avons pas cette page", `href="/shop/"`}},
		{"/shop/about/none", "en-GB", 404, []string{"We have no such page"}},
		{"/shop/none", "en-GB", 404, []string{"We have no such page"}},
	} {
		status, page := visit(t, c.path, c.lang)
		if status != c.status {
			t.Errorf("%s in %s: %d, want %d", c.path, c.lang, status, c.status)
		}
		for _, want := range c.wanted {
			if !strings.Contains(page, want) {
				t.Errorf("%s in %s does not say %q", c.path, c.lang, want)
			}
		}
	}
}
