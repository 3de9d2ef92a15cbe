package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestWhoMovedOnAlongThePathIsCounted(t *testing.T) {
	at := time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)
	days := func(n int) time.Time { return at.AddDate(0, 0, -n) }
	r := newPathRow("x")
	for _, p := range []aparte.Person{
		{FirstSeen: days(100)}, // a prospect then and now
		{FirstSeen: days(10)},  // who was nobody then
		{FirstSeen: days(100), Orders: aparte.Orders{Count: 1, FirstAt: days(5), LastAt: days(5)}, Stages: []aparte.Stage{{Name: aparte.New, Since: days(5)}}},
		{FirstSeen: days(300), Orders: aparte.Orders{Count: 2, FirstAt: days(290), LastAt: days(20)}, Stages: []aparte.Stage{{Name: aparte.New, Since: days(290)}, {Name: aparte.Active, Since: days(20)}}},
	} {
		r.add(&p, at)
	}
	if diff := cmp.Diff([]int{2, 1, 1, 0, 0, 0, 0}, r.Now); diff != "" || r.People != 4 {
		t.Errorf("%d people: %s", r.People, diff)
	}
	if then, moved := r.Then(0); then != 2 || moved != 1 || r.Moved[0][1] != 1 {
		t.Errorf("of prospects %d were, %d moved: %v", then, moved, r.Moved)
	}
	if then, moved := r.Then(1); then != 1 || moved != 1 || r.Moved[1][2] != 1 {
		t.Errorf("of the new %d were, %d moved: %v", then, moved, r.Moved)
	}
}

// Of every day before the last a course keeps the last point, of the last day the last of every hour.
func TestACourseOfValueKeepsOnePointADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		var course, all []ValuePoint
		for i := range rapid.IntRange(1, 60).Draw(t, "points") {
			at = at.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "minutes")) * time.Minute)
			p := ValuePoint{At: at, People: i}
			course, all = withPoint(course, p), append(all, p)
		}
		last := func(format string) map[string]ValuePoint {
			of := map[string]ValuePoint{}
			for _, p := range all {
				of[p.At.Format(format)] = p
			}
			return of
		}
		days, hours := last(time.DateOnly), last("2006-01-02 15")
		var want []ValuePoint
		for _, p := range all {
			today := p.At.Format(time.DateOnly) == at.Format(time.DateOnly)
			if today && cmp.Equal(hours[p.At.Format("2006-01-02 15")], p) || !today && cmp.Equal(days[p.At.Format(time.DateOnly)], p) {
				want = append(want, p)
			}
		}
		if diff := cmp.Diff(want, course); diff != "" {
			t.Fatal(diff)
		}
	})
	var long []ValuePoint
	for i := range valuePoints + 10 {
		long = withPoint(long, ValuePoint{At: time.Date(2030, 1, 1+i, 0, 0, 0, 0, time.UTC)})
	}
	if len(long) != valuePoints {
		t.Errorf("%d points are kept", len(long))
	}
}

func TestAContentThatIsNeverFreeIsShut(t *testing.T) {
	b := barring{}
	free := aparte.Candidate{Action: aparte.Action{Content: "open"}, Propensity: 0.5}
	silence := aparte.Candidate{Propensity: 0.5}
	no := aparte.Candidate{Action: aparte.Action{Content: "never"}, Excluded: aparte.RuleSaidNo}
	also := aparte.Candidate{Action: aparte.Action{Content: "never", Layout: "other"}, Excluded: aparte.RuleSaidNo}
	stock := aparte.Candidate{Action: aparte.Action{Content: "never"}, Excluded: aparte.OutOfStock}
	barred := aparte.Candidate{Action: aparte.Action{Content: "open"}, Excluded: aparte.RuleSaidNo}
	for i := range leastBarred {
		one := []aparte.Candidate{silence, free, no, also}
		if i%10 == 0 {
			one = []aparte.Candidate{silence, barred, stock}
		}
		b.add(&aparte.Decision{Candidates: one})
	}
	got := b.told(&aparte.Brand{Contents: []aparte.Content{{ID: "open"}, {ID: "unseen"}, {ID: "never"}}})
	if len(got) != 2 || got[0].Content != "open" || got[0].Free != leastBarred*9/10 || got[1].Looked != leastBarred {
		t.Fatalf("%+v", got)
	}
	if by, shut := got[1].Shut(); !shut || by.Reason != aparte.RuleSaidNo || by.N != leastBarred*9/10 {
		t.Errorf("%+v, %v", by, shut)
	}
	if _, shut := got[0].Shut(); shut {
		t.Error("what was said is told to be shut")
	}
	few := Barred{Looked: leastBarred - 1, By: []BarredBy{{aparte.RuleSaidNo, leastBarred - 1}}}
	if _, shut := few.Shut(); shut {
		t.Error("little is known, and it is told to be shut")
	}
}

func TestAWeekBeginsOnMonday(t *testing.T) {
	for _, day := range []string{"2026-11-23", "2026-11-25", "2026-11-29"} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if week := weekOf(at.Add(23 * time.Hour)); week.Format(time.DateOnly) != "2026-11-23" {
			t.Errorf("the week of %s begins on %s", day, week)
		}
	}
	if !slices.Contains(PathStages[:], aparte.WonBack) {
		t.Error("a stage is missing")
	}
}
