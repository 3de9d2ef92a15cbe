package api

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/score"
	"github.com/aparte-dev/aparte/measure"
)

// scored is a fit in which who visits often reaches the first objective.
func scored(t *testing.T, objective aparte.ObjectiveID) *engine.Fit {
	rng := rand.New(rand.NewPCG(1, 1))
	var rows []score.Row
	for i := range 1200 {
		p := aparte.Person{ID: aparte.PersonID{byte(i), byte(i >> 8)}, FirstSeen: noon, LastSeen: noon, Session: aparte.Session{Count: int64(rng.IntN(20))}}
		rows = append(rows, score.Row{Person: p.ID, Sight: score.See(&p, noon, 0, time.Hour), Came: rng.Int64N(30) < p.Session.Count})
	}
	f := score.Fit(rows)
	if f.Model == nil {
		t.Fatalf("lack %q", f.Lack)
	}
	return &engine.Fit{Version: 5, At: noon, Scores: []engine.Scoring{{
		Objective: objective, Horizon: aparte.DefaultHorizon, At: noon, People: f.People, Reached: f.Reached, Rows: f.Rows, Model: f.Model,
		Proof: &engine.Proof{People: 300, Reached: 90, AUC: measure.Estimate{Value: 0.8}, Reliability: []measure.Calibration{
			{People: 150, Predicted: 0.5, Observed: 0.52}, {People: 150, Predicted: 0.1, Observed: 0.12},
		}},
		Chances: make([]int, 20),
	}, {Objective: "rare", Lack: score.TooFew, Reached: 3}}}
}

func TestScoresAreToldWithTheirReasonsAndTheirProof(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	objective := f.plan.Brand().Objectives[0].ID
	if got := decoded[scoresDocument](t, call(h, "GET", "/v1/admin/scores", "sk", "")); got.Fit != 0 || len(got.Scores) != 0 {
		t.Errorf("before there is a fit: %+v", got)
	}
	f.fit = scored(t, objective)
	told := decoded[scoresDocument](t, call(h, "GET", "/v1/admin/scores", "sk", ""))
	if told.Fit != 5 || len(told.Scores) != 2 || told.Scores[0].Proof == nil || told.Scores[0].Proof.Traits != nil || told.Scores[0].Weighs[0].What != "visits" {
		t.Fatalf("%+v", told)
	}
	if told.Scores[1].Lack != score.TooFew || told.Scores[1].Proof != nil {
		t.Errorf("of what too few reached is told %+v", told.Scores[1])
	}
	person := decoded[personDocument](t, call(h, "GET", "/v1/admin/people/u%2F1", "sk", ""))
	if len(person.Scores) != 1 || person.Scores[0].Objective != objective || !person.Scores[0].Learned || person.Scores[0].Like.Came != 0.12 || len(person.Scores[0].Reasons) == 0 {
		t.Errorf("%+v", person.Scores)
	}
	if r := person.Scores[0].Reasons[0]; r.What != "visits" || r.Adds >= 0 || r.Words["fr"] != "visites en tout" {
		t.Errorf("somebody without visits, for the reason %+v", r)
	}
	export := ""
	for _, part := range []string{"0", "1"} {
		export += call(h, "GET", "/v1/admin/export/people?part="+part, "sk", "").Body.String()
	}
	if !strings.Contains(export, `"scores":{"`+string(objective)) {
		t.Errorf("the export leaves out scores:\n%s", export)
	}
	if code := call(h, "GET", "/v1/admin/scores", "wk", "").Code; code != 403 {
		t.Errorf("with a publishable key: %d", code)
	}
}
