package decide

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

// scoring is the shop with a declared score of its objective.
func scoring() *aparte.Brand {
	b := shop()
	b.Scores = []aparte.Score{{Objective: "order", Level: 8, Points: []aparte.Award{
		{Event: "Brochure Requested", Points: 4, HalfLife: aparte.Duration(10 * day)},
		{When: `person.known`, Points: 1},
		{When: `traits.country == "FR"`, Points: 2},
	}}}
	return b
}

// requested is somebody who asked for so many brochures, one a day until noon.
func requested(brochures int, scores []aparte.Score) *aparte.Person {
	p := aparte.Person{ID: aparte.PersonID{1}}
	for i := range brochures {
		e := &aparte.Event{Type: aparte.Track, Name: "Brochure Requested", Timestamp: noon.Add(time.Duration(i+1-brochures) * day)}
		p = profile.Score(p, e, scores)
	}
	return &p
}

// What the marketer declares is the score as long as none was learned: it grows with what a person does, with who they
// are, and fades.
func TestMaturityIsWhatTheMarketerDeclaresOfIt(t *testing.T) {
	b := scoring()
	p := plan(t, b)
	known := aparte.Identifier{Kind: aparte.KindUserID, Value: "ann"}
	french := aparte.Trait{Name: "country", Value: aparte.TextValue("FR")}
	keen, familiar, local, shy := requested(1, b.Scores), requested(1, b.Scores), requested(1, b.Scores), requested(1, b.Scores)
	familiar.Identifiers = []aparte.Identifier{known}
	local.Identifiers, local.Traits = familiar.Identifiers, []aparte.Trait{french}
	shy.Consents = []aparte.Consent{{Purpose: aparte.Profiling}}
	for name, c := range map[string]struct {
		person       *aparte.Person
		at           time.Time
		score, point float64
	}{
		"a stranger":                          {&aparte.Person{}, noon, 0, 0},
		"who asked for a brochure":            {keen, noon, 0.5, 4},
		"who did ten days ago":                {keen, noon.Add(10 * day), 0.25, 2},
		"who did and has an account":          {familiar, noon, 0.625, 5},
		"who lives in France, too":            {local, noon, 0.875, 7},
		"who cannot get enough of them":       {requested(9, b.Scores), noon, 1, requested(9, b.Scores).PointsToward("order", noon)},
		"who did and objects to profiling":    {shy, noon, 0, 0},
		"who did before the clock was set on": {keen, noon.Add(-time.Hour), 0.5, 4},
	} {
		want := []Maturity{{Objective: "order", Score: c.score, Points: c.point, Declared: true}}
		if d := cmp.Diff(want, p.Maturities(c.person, nil, c.at)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Scores and points are what rules and audiences can ask for; of an objective that has none there is nothing to be
// compared.
func TestRulesSpeakOfScores(t *testing.T) {
	b := scoring()
	b.Objectives = append(b.Objectives, aparte.Objective{ID: "newsletter", Event: "Newsletter Joined", Value: "100", Window: aparte.Duration(day)})
	p := plan(t, b)
	person := requested(1, b.Scores)
	for where, want := range map[string]error{
		`score["order"] >= 0.5 && points["order"] == 4.0`:       nil,
		`score["order"] < 0.5`:                                  errNot,
		`"order" in score && !("newsletter" in score)`:          nil,
		`score["newsletter"] < 0.5`:                             ErrCondition,
		`points.exists(o, points[o] > 3.0) && size(score) == 1`: nil,
		`score.order > 0.4`:                                     nil,
	} {
		a, err := p.Audience(where)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		in, err := a.Holds(person, nil, noon)
		if err == nil && !in {
			err = errNot
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", where, err, want)
		}
	}
}

var errNot = errors.New("does not hold")

// What is wrong with a score is told where it is.
func TestAScoreThatMakesNoSenseIsRefused(t *testing.T) {
	for pointer, change := range map[string]func(*aparte.Score){
		"/scores/0/objective":         func(s *aparte.Score) { s.Objective = "love" },
		"/scores/0/level":             func(s *aparte.Score) { s.Level = 0 },
		"/scores/0/horizon":           func(s *aparte.Score) { s.Horizon = aparte.Duration(400 * day) },
		"/scores/0/points/0":          func(s *aparte.Score) { s.Points[0].When = "true" },
		"/scores/0/points/1":          func(s *aparte.Score) { s.Points[1].When = "" },
		"/scores/0/points/0/points":   func(s *aparte.Score) { s.Points[0].Points = 0 },
		"/scores/0/points/0/halfLife": func(s *aparte.Score) { s.Points[0].HalfLife = aparte.Duration(time.Millisecond) },
		"/scores/0/points/1/halfLife": func(s *aparte.Score) { s.Points[1].HalfLife = aparte.Duration(day) },
		"/scores/0/points/1/when":     func(s *aparte.Score) { s.Points[1].When = `score["order"] > 0.5` },
		"/scores/0/points/2/when":     func(s *aparte.Score) { s.Points[2].When = `moment.channel == "web"` },
		"/scores": func(s *aparte.Score) {
			for i := range aparte.MaxPoints {
				s.Points = append(s.Points, aparte.Award{Event: "Visit", Points: 1, HalfLife: aparte.Duration(time.Duration(i+1) * time.Hour)})
			}
		},
	} {
		b := scoring()
		change(&b.Scores[0])
		_, err := Compile(b, 1)
		var flaw *Flaw
		if !errors.As(err, &flaw) || flaw.Pointer != pointer {
			t.Errorf("%s: %v", pointer, err)
		}
	}
	b := scoring()
	b.Scores = append(b.Scores, b.Scores[0])
	if _, err := Compile(b, 1); err == nil {
		t.Error("an objective can be scored twice")
	}
}
