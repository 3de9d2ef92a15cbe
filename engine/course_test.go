package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// However long it goes on, everything is counted once, in the order in which it happened, and the steps are never
// more than there is room for.
func TestACourseForgetsNothingHoweverLongItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_700_000_000, 0)
		began := now
		p := newPulse(func() time.Time { return now })
		type said struct {
			after   time.Duration
			content aparte.ContentID
		}
		var all []said
		for range rapid.IntRange(1, 60).Draw(t, "decisions") {
			c := rapid.SampledFrom([]aparte.ContentID{"a", "b", "c"}).Draw(t, "content")
			all = append(all, said{now.Sub(began), c})
			p.chosen(now, c)
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "seconds")) * time.Second)
		}
		told := p.course.told(now)
		if told.Steps > courseSteps || told.Steps > 1 && now.Sub(began) < time.Duration(told.Steps-1)*told.Step {
			t.Fatalf("%d steps of %v after %v", told.Steps, told.Step, now.Sub(began))
		}
		counted := map[aparte.ContentID][]int64{}
		for _, c := range told.Contents {
			counted[c.Content] = c.Chosen
		}
		for _, s := range all {
			counted[s.content][s.after/told.Step]--
		}
		for content, left := range counted {
			for step, n := range left {
				if n != 0 {
					t.Errorf("%s, step %d: %d counted too many", content, step, n)
				}
			}
		}
	})
}

// What is clicked late counts for when it was said, and the beginning stays what it was.
func TestTheBeginningOfACourseIsKept(t *testing.T) {
	began := time.Unix(1_700_000_000, 0)
	now := began
	p := newPulse(func() time.Time { return now })
	for i := range firstSaid + 500 {
		now = began.Add(time.Duration(i) * time.Second)
		content := aparte.ContentID("poor")
		if i%4 == 0 || i >= firstSaid {
			content = "good"
		}
		p.chosen(now, content)
		p.exposed(now, content)
	}
	now = began.Add(1000 * time.Hour)
	p.clicked(began, "good")
	p.clicked(began.Add(firstSaid*time.Second), "good")
	told := p.course.told(now)
	if !told.Over || len(told.Contents) != 2 {
		t.Fatalf("%+v", told)
	}
	good, poor := told.Contents[0], told.Contents[1]
	if want := (Beginning{Chosen: firstSaid / 4, Exposed: firstSaid / 4, Clicked: 1}); good.First != want {
		t.Errorf("the good one began with %+v, want %+v", good.First, want)
	}
	if want := (Beginning{Chosen: firstSaid * 3 / 4, Exposed: firstSaid * 3 / 4}); poor.First != want {
		t.Errorf("the poor one began with %+v, want %+v", poor.First, want)
	}
	if good.Chosen[0] != firstSaid/4+500 || good.Clicked[0] != 2 {
		t.Errorf("the good one was said %d times and clicked %d times", good.Chosen[0], good.Clicked[0])
	}
}
