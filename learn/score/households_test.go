package score

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/profile"
)

// A grocer's households over 2017, 801 of them with their age, income and so on: SOURCE.md beside the data.
const journey = "../../../shared/data/complete-journey"

// table reads a file of the data as maps by column.
func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(journey, name))
	if err != nil {
		t.Skipf("%v: the test needs the shared data beside the repository", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		all = append(all, m)
	}
	return all
}

type basket struct {
	id string
	at time.Time
}

// households are the baskets of those of whom it is known who they are, in time.
func households(t *testing.T) (baskets map[string][]basket, traits map[string]map[string]string) {
	traits, baskets = map[string]map[string]string{}, map[string][]basket{}
	for _, row := range table(t, "demographics.csv.gz") {
		id := row["household_id"]
		delete(row, "household_id")
		traits[id] = row
	}
	seen := map[string]bool{}
	for _, row := range table(t, "transactions_sample.csv.gz") {
		id := row["household_id"]
		if traits[id] == nil || seen[row["basket_id"]] {
			continue
		}
		seen[row["basket_id"]] = true
		at, err := time.Parse(time.RFC3339, row["transaction_timestamp"])
		if err != nil {
			t.Fatal(err)
		}
		baskets[id] = append(baskets[id], basket{row["basket_id"], at})
	}
	for _, all := range baskets {
		slices.SortFunc(all, func(a, b basket) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	}
	return baskets, traits
}

// householdRows looks at each household every so many days of the second half of the year: will a basket come within as many?
func householdRows(t *testing.T, horizon time.Duration) (rows []Row) {
	baskets, traits := households(t)
	ids := make([]string, 0, len(traits))
	for id := range traits {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	end := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, id := range ids {
		var p aparte.Person
		copy(p.ID[:], "household "+id)
		told, _ := json.Marshal(traits[id])
		first := end.AddDate(-1, 0, 0)
		known := aparte.Event{Type: aparte.Identify, UserID: id, Timestamp: first, Traits: told}
		p = profile.Apply(p, &known, nil, nil, "USD")
		next, all := end.AddDate(0, -6, 0), baskets[id]
		for i := 0; !next.Add(horizon).After(end); next = next.Add(horizon) {
			for ; i < len(all) && all[i].at.Before(next); i++ {
				e := aparte.Event{Type: aparte.Track, Name: "Order Completed", UserID: id, Timestamp: all[i].at, Properties: fmt.Appendf(nil, `{"order_id": "%s"}`, all[i].id)}
				p = profile.Apply(p, &e, nil, nil, "USD")
			}
			rows = append(rows, Row{p.ID, See(&p, next, 0, horizon), i < len(all) && all[i].at.Before(next.Add(horizon))})
		}
	}
	return rows
}

// Of households it is known who they are and what they bought. What they do foretells whether they come; who they are says
// little, and adds nothing that can be seen.
func TestWhatHouseholdsDoSaysMoreThanWhoTheyAre(t *testing.T) {
	for _, days := range []int{7, 14} {
		f := Fit(householdRows(t, time.Duration(days)*day))
		if f.Model == nil {
			t.Fatalf("lack %q", f.Lack)
		}
		by := func(score func(Judged) float64) []measure.Judged {
			var all []measure.Judged
			for _, j := range f.Judged {
				all = append(all, measure.Judged{Score: score(j), Came: j.Came})
			}
			return all
		}
		both, behaviour, traits := by(func(j Judged) float64 { return j.Chance }), by(func(j Judged) float64 { return j.Behaviour }), by(func(j Judged) float64 { return j.Traits })
		auc := func(all []measure.Judged) measure.Estimate { return measure.DiscriminationWithin(all, 0.95) }
		gain := measure.DiscriminationGained(both, traits, 0.95)
		off := 0
		for _, c := range measure.Discriminate(both).Reliability(10, 0.95) {
			if c.Predicted < c.Low || c.Predicted > c.High {
				off++
			}
		}
		t.Logf("within %d days: %d households, %d landmarks, %d judged; AUC %.3f, behaviour %.3f, who they are %.3f; more by %.3f (%.3f to %.3f); %d of 10 classes off",
			days, f.People, f.Rows, len(f.Judged), auc(both).Value, auc(behaviour).Value, auc(traits).Value, gain.Value, gain.Low, gain.High, off)
		if gain.Low <= 0 || off > 2 {
			t.Errorf("within %d days: gain %+v, %d of 10 classes are outside their interval", days, gain, off)
		}
	}
}
