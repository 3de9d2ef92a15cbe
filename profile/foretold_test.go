package profile

import (
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// foretold is one customer: what was said of them, and what became of them.
type foretold struct {
	said float64
	came bool
}

// Of a real shop's customers, what their first six months foretell of the next 90 days comes true: in each eighth, by
// what was said, as many order as were said to, to eleven in a hundred.
func TestWhatIsForetoldComesTrue(t *testing.T) {
	rows := csv.NewReader(open(t, "online-retail/lines_2010-12_2011-08.csv.gz"))
	split := time.Date(2011, 6, 1, 0, 0, 0, 0, time.UTC)
	const within = 90 * day
	people, after := map[string]aparte.Person{}, map[string]bool{}
	var last string
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		customer, order := row[6], row[0]
		if customer == "" || strings.HasPrefix(order, "C") || order == last || row[0] == "InvoiceNo" {
			continue
		}
		last = order
		at, err := time.Parse(time.DateTime, row[4])
		if err != nil {
			t.Fatal(err)
		}
		if at.Before(split) {
			people[customer] = Apply(people[customer], track(at, orderCompleted, `{}`), nil, nil, "GBP")
		} else if at.Before(split.Add(within)) {
			after[customer] = true
		}
	}
	var all []foretold
	for customer, p := range people {
		all = append(all, foretold{p.Buys(nil, "", split, within), after[customer]})
	}
	slices.SortFunc(all, func(a, b foretold) int { return map[bool]int{true: -1, false: 1}[a.said < b.said] })
	const groups = 8
	for i := range groups {
		part := all[i*len(all)/groups : (i+1)*len(all)/groups]
		said, came := 0.0, 0.0
		for _, f := range part {
			said += f.said / float64(len(part))
			if f.came {
				came += 1 / float64(len(part))
			}
		}
		t.Logf("%d customers: said %.3f, came %.3f", len(part), said, came)
		if math.Abs(said-came) > 0.11 {
			t.Errorf("of %d customers %.3f were said to order, %.3f did", len(part), said, came)
		}
	}
}
