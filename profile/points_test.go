package profile

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

var maturity = []aparte.Score{
	{Objective: "order", Level: 10, Points: []aparte.Award{
		{Event: "Brochure Requested", Points: 3, HalfLife: aparte.Duration(7 * day)},
		{Event: "Test Drive Booked", Points: 5, HalfLife: aparte.Duration(30 * day)},
		{Event: "Test Drive Cancelled", Points: -5, HalfLife: aparte.Duration(30 * day)},
		{Event: "Account Opened", Points: 1},
		{When: `person.known`, Points: 1},
	}},
	{Objective: "newsletter", Level: 2, Points: []aparte.Award{{Event: "Brochure Requested", Points: 0.5, HalfLife: aparte.Duration(day)}}},
}

// wholePoints is what a list of all that ever happened gives, each event by itself.
func wholePoints(objective aparte.ObjectiveID, events []*aparte.Event, now time.Time) float64 {
	sum := 0.0
	for _, e := range events {
		for _, s := range maturity {
			for _, award := range s.Points {
				switch {
				case s.Objective != objective || award.Event != e.Name:
				case award.HalfLife == 0:
					sum += award.Points
				default:
					sum += award.Points * math.Exp2(-now.Sub(e.Timestamp).Hours()/award.HalfLife.Std().Hours())
				}
			}
		}
	}
	return sum
}

func drawScoring(t *rapid.T) []*aparte.Event {
	names := []string{"Brochure Requested", "Test Drive Booked", "Test Drive Cancelled", "Account Opened", "Song Played"}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *aparte.Event {
		after := time.Duration(rapid.IntRange(0, 100*24*3600).Draw(t, "after")) * time.Second
		return track(noon.Add(after), rapid.SampledFrom(names).Draw(t, "name"), `{}`)
	}), 0, 60).Draw(t, "events")
}

func score(p aparte.Person, events ...*aparte.Event) aparte.Person {
	for _, e := range events {
		p = Score(p, e, maturity)
	}
	return p
}

// Whatever happens and in whatever order it is heard of, the few sums of a record say what the whole story would.
func TestPointsAgreeWithTheWholeStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, now := drawScoring(t), noon.Add(120*day)
		p := score(aparte.Person{}, events...)
		for _, objective := range []aparte.ObjectiveID{"order", "newsletter", "another"} {
			if d := diff(wholePoints(objective, events, now), p.PointsToward(objective, now), same); d != "" {
				t.Fatalf("points toward %s (-whole story +record):\n%s", objective, d)
			}
		}
		if n := len(p.Points); n > 4 {
			t.Fatalf("%d sums are kept of 4 kinds of points", n)
		}
	})
}

// Who proves to be one person has scored what both have.
func TestTwoWhoAreOneHaveScoredTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second, now := drawScoring(t), drawScoring(t), noon.Add(120*day)
		p := Absorb(score(aparte.Person{}, first...), score(aparte.Person{}, second...))
		if d := diff(wholePoints("order", slices.Concat(first, second), now), p.PointsToward("order", now), same); d != "" {
			t.Fatalf("(-whole story +record):\n%s", d)
		}
	})
}

// A brand that changes its half-lives every week leaves the lightest behind, and the record stays bounded.
func TestPointsStayBoundedWhateverTheBrandSays(t *testing.T) {
	var p aparte.Person
	for week := range 200 {
		scores := []aparte.Score{{Objective: "order", Level: 1, Points: []aparte.Award{
			{Event: "Visit", Points: 1 + float64(week), HalfLife: aparte.Duration(time.Duration(week+1) * time.Hour)},
		}}}
		p = Score(p, track(noon.Add(time.Duration(week)*time.Minute), "Visit", `{}`), scores)
	}
	if len(p.Points) != aparte.MaxPoints {
		t.Fatalf("%d sums are kept", len(p.Points))
	}
	for _, x := range p.Points {
		if x.HalfLife <= 180*time.Hour {
			t.Errorf("points of half-life %v are kept, heavier ones are not", x.HalfLife)
		}
	}
}

// A person who was handed out never changes.
func TestScoringLeavesThePersonBeforeAlone(t *testing.T) {
	before := score(aparte.Person{}, track(noon, "Brochure Requested", `{}`))
	was := fmt.Sprint(before.Points)
	score(before, track(noon.Add(day), "Brochure Requested", `{}`), track(noon, "Test Drive Booked", `{}`))
	if now := fmt.Sprint(before.Points); now != was {
		t.Errorf("points were %s and are %s", was, now)
	}
}
