package persona_test

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn/persona"
	"github.com/aparte-dev/aparte/profile"
)

// The year of 2,377 households at a grocer's: SOURCE.md beside the data.
const journey = "../../../shared/data/complete-journey/"

func rows(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open(journey + name)
	if err != nil {
		t.Skipf("%v: the test needs the shared data beside the repository", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

type line struct {
	household, basket, category, brand string
	pence                              float64
	discount                           float64
	at                                 time.Time
}

// households are people as their baskets until the end of the year made them.
func households(t testing.TB) (people []aparte.Person, end time.Time) {
	t.Helper()
	products := map[string][]string{}
	for _, row := range rows(t, "products.csv.gz") {
		products[row[0]] = row
	}
	var lines []line
	for _, row := range rows(t, "transactions_sample.csv.gz") {
		at, err := time.Parse(time.RFC3339, row[10])
		if err != nil {
			t.Fatal(err)
		}
		number := func(i int) float64 {
			v, err := strconv.ParseFloat(row[i], 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		l := line{household: row[0], basket: row[2], pence: number(5), discount: number(7), at: at.UTC()}
		if p, ok := products[row[3]]; ok {
			l.category, l.brand = p[2], p[3]
		}
		lines = append(lines, l)
		if at.After(end) {
			end = at
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.basket, b.basket)) })
	index := map[string]int{}
	for i := 0; i < len(lines); {
		first := lines[i]
		var products []string
		total, discount := 0.0, 0.0
		for ; i < len(lines) && lines[i].basket == first.basket; i++ {
			l := lines[i]
			products = append(products, fmt.Sprintf(`{"product_id": "x%d", "category": %q, "brand": %q}`, i, l.category, l.brand))
			total, discount = total+l.pence, discount+l.discount
		}
		event := aparte.Event{Type: aparte.Track, Name: "Order Completed", MessageID: aparte.MessageID(first.basket), Timestamp: first.at, ReceivedAt: first.at,
			Properties: []byte(fmt.Sprintf(`{"order_id": %q, "currency": "USD", "revenue": %.2f, "discount": %.2f, "products": [%s]}`, first.basket, total, discount, strings.Join(products, ",")))}
		if _, known := index[first.household]; !known {
			index[first.household] = len(people)
			people = append(people, aparte.Person{})
		}
		p := &people[index[first.household]]
		*p = profile.Apply(*p, &event, nil, nil, "USD")
	}
	return people, end
}

// Frequent and rare buyers shade into each other there: docs/knowing.md.
func TestHouseholdsOfAGrocerAreNotOfTypes(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	people, end := households(t)
	c := persona.NewCrowd(1)
	for i := range people {
		c.Add(&people[i], end)
	}
	types := find(t, c, nil, 1)
	t.Logf("%d people, strengths %.2f: %s", types.Seen, types.Strengths, summary(types))
	if types.Seen != 2377 || len(types.Found) != 1 {
		t.Errorf("of %d people: %s", types.Seen, summary(types))
	}
}
