package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/load"
)

// bareBrand is a brand with one item, and nothing to say.
func bareBrand() *aparte.Brand {
	return &aparte.Brand{
		Name: "Maison", Home: "https://shop.example/", Currency: "EUR", Locale: "en", Zone: "Europe/Paris",
		Items: []aparte.Item{{
			ID: "cup", Name: aparte.Words{"en": "Cup", "fr": "Tasse"}, Price: aparte.Money{Amount: 900, Currency: "EUR"}, Stock: 3, Popularity: 7,
		}},
	}
}

func putBrand(c child, b *aparte.Brand) {
	c.t.Helper()
	body, err := json.Marshal(b)
	if err != nil {
		c.t.Fatal(err)
	}
	c.must(http.StatusOK, "PUT", "/v1/admin/brand", testSecretKey, body)
}

// stocked runs an import of a catalogue to its end.
func stocked(t *testing.T, c child, args ...string) load.Stocked {
	t.Helper()
	args = append([]string{"import", "catalogue", "--url", c.base, "--secret-key", testSecretKey, "--json", "--aside", filepath.Join(t.TempDir(), "aside")}, args...)
	return decoded[load.Stocked](t, []byte(ran(t, args...).out))
}

const merchantFeed = `<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Maison</title>
<item><g:id>tea</g:id><g:title>Tea</g:title><g:link>https://shop.example/tea</g:link><g:price>12.50 EUR</g:price><g:sale_price>10.00 EUR</g:sale_price>
  <g:cost_of_goods_sold>5 EUR</g:cost_of_goods_sold><g:availability>in_stock</g:availability><g:brand>House</g:brand><g:product_type>Drinks</g:product_type></item>
<item><g:id>cup</g:id><g:title>Cup of clay</g:title><g:price>9 EUR</g:price><g:availability>out of stock</g:availability></item>
<item><g:id>jug</g:id><g:title>Jug</g:title><g:price>9 USD</g:price></item>
<item><g:id>tea</g:id><g:title>Tea again</g:title></item>
<item><g:title>Nothing</g:title></item>
<item><g:id>pot</g:id><g:title>Pot</g:title><g:price>9,50 EUR</g:price></item>
<item><g:id>map</g:id><g:title>Map</g:title><g:price>1 EUR</g:price><g:link>javascript:alert(1)</g:link></item>
</channel></rss>`

func TestAProductFeedBecomesTheCatalogue(t *testing.T) {
	c := serve(t, data(t))
	putBrand(c, bareBrand())
	path := file(t, "feed.xml", merchantFeed)
	got := stocked(t, c, path)
	var why []string
	for _, r := range got.Reasons {
		why = append(why, fmt.Sprintf("%s: %s", r.Field, strings.ReplaceAll(r.Reason, filepath.Dir(path)+"/", "")))
	}
	wantWhy := []string{
		"price: in USD; the brand counts in EUR", "id: an item of this id stands before (feed.xml:3)", "id: empty",
		"price: not an amount such as 12.50 EUR", "link: ",
	}
	if len(why) == 5 && strings.HasPrefix(why[4], "link: ") {
		why[4] = "link: " // in the words of the brand's check
	}
	if diff := cmp.Diff(wantWhy, why); diff != "" {
		t.Error(diff)
	}
	if want := (load.Stocked{Rows: 7, New: 1, Changed: 1, Aside: 5, Items: 2, Reasons: got.Reasons}); !cmp.Equal(want, got) {
		t.Error(cmp.Diff(want, got))
	}
	euros := func(n int64) aparte.Money { return aparte.Money{Amount: n, Currency: "EUR"} }
	wantItems := []aparte.Item{
		{ID: "cup", Name: aparte.Words{"en": "Cup of clay", "fr": "Tasse"}, Price: euros(900), Popularity: 7},
		{ID: "tea", Name: aparte.Words{"en": "Tea"}, Category: "Drinks", Brand: "House", Price: euros(1000), WasPrice: euros(1250), Margin: 0.5, Stock: 100, Link: "https://shop.example/tea"},
	}
	brand := read[aparte.Brand](c, testSecretKey, "/v1/admin/brand")
	if diff := cmp.Diff(wantItems, brand.Items); diff != "" {
		t.Error(diff)
	}
	again := stocked(t, c, path)
	if again.Unchanged != 2 && again.New+again.Changed != 0 {
		t.Errorf("imported again: %+v", again)
	}
	replaced := stocked(t, c, "--replace", file(t, "plain.tsv", "id\tname\tprice\tstock\nmug\tMug\t4.20\t9\n"))
	if replaced.New != 1 || replaced.Removed != 2 || replaced.Items != 1 {
		t.Errorf("replaced: %+v", replaced)
	}
}

// Reviews are counted whole: a file cannot leave the unfavourable out, and what was written stays as long as the counts agree with it.
func TestReviewsAreImportedWithAllOfTheirStars(t *testing.T) {
	c := serve(t, data(t))
	b := bareBrand()
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	written := []aparte.Review{{Stars: 5, At: at, Text: "Lovely."}, {Stars: 1, At: at, Text: "Broke."}}
	b.Items[0].Reviews = &aparte.Reviews{Stars: []int64{1, 0, 0, 0, 1}, Latest: written}
	putBrand(c, b)
	got := stocked(t, c, file(t, "reviews.csv", `id,name,price,stars1,stars2,stars3,stars4,stars5
cup,Cup,9,2,1,0,5,40
mug,Mug,4,0,0,1,0,3
jug,Jug,5,,,,4,9
pot,Pot,6,1,2,3,4,-5
pan,Pan,7,,,,,
lid,Lid,8,0,0,0,0,0
`))
	var why []string
	for _, r := range got.Reasons {
		why = append(why, r.Field+": "+r.Reason)
	}
	if len(why) != 2 || !strings.HasPrefix(why[0], "stars3: empty") || !strings.HasPrefix(why[1], "stars5: not a whole number") {
		t.Errorf("set aside: %q", why)
	}
	reviews := map[aparte.ItemID]*aparte.Reviews{}
	for _, item := range read[aparte.Brand](c, testSecretKey, "/v1/admin/brand").Items {
		reviews[item.ID] = item.Reviews
	}
	want := map[aparte.ItemID]*aparte.Reviews{"cup": {Stars: []int64{2, 1, 0, 5, 40}, Latest: written}, "mug": {Stars: []int64{0, 0, 1, 0, 3}}, "pan": nil, "lid": nil}
	if diff := cmp.Diff(want, reviews); diff != "" {
		t.Error(diff)
	}
}

func TestACatalogueNeedsABrand(t *testing.T) {
	s := command(t, "", "import", "catalogue", file(t, "c.csv", "id,name\na,A\n"), "--data", data(t))
	if s.exit != 1 || !strings.Contains(s.notes, "no brand is published yet") {
		t.Errorf("exit status %d: %s", s.exit, s.notes)
	}
}

// The figure is that of ../shared/data/complete-journey/SOURCE.md.
func TestTheProductsOfCompleteJourneyAreImported(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	path := shared(t, "complete-journey/products.csv.gz")
	c := serve(t, data(t))
	b := bareBrand()
	b.Currency, b.Items = "USD", nil
	putBrand(c, b)
	got := stocked(t, c, "--map", mapNamed("complete-journey-products.json"), path)
	if got.Rows != 92331 || got.New != 92331 || got.Items != 92331 {
		t.Errorf("%+v", got)
	}
}
