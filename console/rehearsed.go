package console

import (
	"context"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// rehearsedView is what a scenario would have raised, to be read.
type rehearsedView struct {
	*engine.Rehearsal
	Says    string // the scenario in words
	About   int64  // moments of everybody
	Sampled bool
	Line    spark
	Off     []offLine
	Kept    []keptLine
	Rows    []rehearsedRow
}

type offLine struct {
	What  string
	Times int64
}

type keptLine struct {
	Why   string
	Times int64
}

type rehearsedRow struct {
	engine.Rehearsed
	What string // happened before
	Why  string // nothing could have been said; empty: something could
}

// What a test from the console reads, so that nobody waits long for it.
const (
	testedDays   = 30
	testedPeople = 5_000
	testedWithin = 10 * time.Minute
)

// testScenario works out what a scenario as the draft has it would have raised, while the asker waits and no longer than that.
func (s *console) testScenario(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenariosView(w, r)
	if !ok || !s.chooseScenario(w, r, v) {
		return
	}
	s.testDrafted(w, r, v)
}

// testNew is testScenario for one that is not there yet.
func (s *console) testNew(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenariosView(w, r)
	if !ok {
		return
	}
	s.startScenario(v)
	s.testDrafted(w, r, v)
}

func (s *console) testDrafted(w http.ResponseWriter, r *http.Request, v *scenariosView) {
	changed, ok := s.drafted(r, v, r.URL.Query())
	v.ByText = false
	if ok {
		v.Test = r.URL.RequestURI()
		s.rehearse(w, r, v, withScenario(s.Engine.Plan().Brand(), changed), changed.ID)
	}
	s.showScenarios(w, r, v)
}

// testPlay works out what a play would have raised, had it been on.
func (s *console) testPlay(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenariosView(w, r)
	if !ok || !s.choosePlay(w, r, v) {
		return
	}
	if len(v.Play.Scenarios) == 0 {
		s.showScenarios(w, r, v)
		return
	}
	b := s.Engine.Plan().Brand()
	if !v.Play.On {
		other, err := v.Play.Adopt(b)
		if err != nil {
			v.Faults = refusalsOf(language(r), err)
			s.showScenarios(w, r, v)
			return
		}
		b = other
	}
	v.Test = r.URL.RequestURI()
	s.rehearse(w, r, v, b, v.Play.Scenarios[0].ID)
	s.showScenarios(w, r, v)
}

func (s *console) rehearse(w http.ResponseWriter, r *http.Request, v *scenariosView, b *aparte.Brand, id aparte.ScenarioID) {
	ctx, stop := context.WithTimeout(r.Context(), testedWithin)
	defer stop()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(testedWithin + time.Minute)) // of the machine's own clock; where there is a connection
	found, err := s.Engine.Rehearse(ctx, engine.Rehearsing{Brand: b, Scenario: id, Days: testedDays, People: testedPeople},
		func(done, total int) { s.rehearsed.Store(int64(100 * done / max(total, 1))) })
	switch {
	case errors.Is(err, engine.ErrBusy):
		v.Busy = true
	case err != nil && ctx.Err() == nil:
		v.Faults = refusalsOf(language(r), err)
	case err != nil:
		v.Faults = []string{word(language(r), "problem.read")}
	default:
		v.Rehearse = rehearsedOf(language(r), found, b)
	}
}

// rehearseProgress is how far the test under way is.
func (s *console) rehearseProgress(w http.ResponseWriter, r *http.Request) {
	s.show(w, "scenarios", "progress", s.view(r, "scenarios", s.rehearsed.Load()))
}

func rehearsedOf(lang string, f *engine.Rehearsal, b *aparte.Brand) *rehearsedView {
	v := &rehearsedView{Rehearsal: f, Says: sentence(lang, &f.Scenario, b), Sampled: f.People < f.Of, About: int64(f.Moments)}
	if v.Sampled {
		v.About = int64(math.Round(float64(f.Moments) * float64(f.Of) / float64(f.People)))
	}
	days := make([]float64, len(f.Days))
	for i := range f.Days {
		days[i] = float64(f.Days[i].Moments)
	}
	v.Line = sparkOf(days)
	for _, c := range f.CalledOff {
		v.Off = append(v.Off, offLine{did(lang, c.Event, &f.Scenario, b), int64(c.Times)})
	}
	for _, k := range f.Kept {
		v.Kept = append(v.Kept, keptLine{named(lang, "fate", string(k.Reason)), int64(k.Times)})
	}
	for _, e := range f.Examples {
		row := rehearsedRow{Rehearsed: e, What: word(lang, "scenarios.itsday")}
		if e.Event != "" {
			row.What = did(lang, e.Event, &f.Scenario, b)
		}
		if e.Silent != "" {
			row.Why = named(lang, "fate", string(e.Silent))
		}
		for i := range b.Items {
			if b.Items[i].ID == e.Item {
				row.What += ", " + wordsText(lang, b.Items[i].Name)
			}
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
