package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// TestMembershipIsThatOfTheTime: read backwards from where somebody is now, it is what one sees who stands by.
func TestMembershipIsThatOfTheTime(t *testing.T) {
	b := &aparte.Brand{Audiences: []aparte.Audience{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
	began := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var moves []movement
		in := map[aparte.AudienceID]bool{}
		var seen [][]aparte.AudienceID // at each hour, after what happened in it
		for hour := range 12 {
			for _, id := range []aparte.AudienceID{"a", "b", "c"} {
				if rapid.IntRange(0, 3).Draw(t, "moves") == 0 {
					in[id] = !in[id]
					moves = append(moves, movement{began.Add(time.Duration(hour) * time.Hour), id.Key(), in[id]})
				}
			}
			var now []aparte.AudienceID
			for _, id := range []aparte.AudienceID{"a", "b", "c"} {
				if in[id] {
					now = append(now, id)
				}
			}
			seen = append(seen, now)
		}
		var keys []aparte.AudienceKey
		for id, is := range in {
			if is {
				keys = append(keys, id.Key())
			}
		}
		slices.Sort(keys)
		slices.Reverse(moves)
		for hour, want := range seen {
			got := memberships(b, keys, moves, began.Add(time.Duration(hour)*time.Hour+time.Minute))
			if !slices.Equal(got, want) {
				t.Fatalf("in hour %d: %v, want %v", hour, got, want)
			}
		}
	})
}

// TestWhatIsAttributedGoesToTheAudiencesOfThatTime: first, last and each alike, within 30 days before, to those who were in then.
func TestWhatIsAttributedGoesToTheAudiencesOfThatTime(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	b := &aparte.Brand{
		Audiences:  []aparte.Audience{{ID: "new"}, {ID: "regular"}, {ID: "never"}},
		Objectives: []aparte.Objective{{ID: "order"}, {ID: "visit"}},
	}
	c := audienceCredits{b.Objectives, map[aparte.AudienceID]*AudienceCredit{}}
	c.paid([]aparte.AudienceID{"new"}, 20)
	c.paid([]aparte.AudienceID{"new", "regular"}, 5)
	seen := []reach{{day(40), []aparte.AudienceID{"regular"}}, {day(1), []aparte.AudienceID{"new"}}, {day(20), []aparte.AudienceID{"new", "regular"}}, {day(45), nil}}
	c.share(seen, []valued{
		{objective: &b.Objectives[0], at: day(21), value: 100}, // new, then new and regular
		{objective: &b.Objectives[0], at: day(46), value: 60},  // new and regular, regular, and one in no audience
		{objective: &b.Objectives[0], at: day(0), value: 7},    // before anything was seen
	})
	credit := func(n, value float64) attribution.Credit { return attribution.Credit{Conversions: n, Value: value} }
	want := []AudienceCredit{
		{Audience: "new", Cost: 25, By: []Attributed{{First: credit(2, 160), Last: credit(1, 100), Linear: credit(1+1./3, 120)}, {}}},
		{Audience: "regular", Cost: 5, By: []Attributed{{First: credit(1, 60), Last: credit(1, 100), Linear: credit(0.5+2./3, 90)}, {}}},
	}
	if diff := cmp.Diff(want, c.told(b), cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })); diff != "" {
		t.Error(diff)
	}
}
