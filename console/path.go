package console

import (
	"net/http"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// pathView is the way of a customer as one path: where people stand, what is decided there, and who moved on.
type pathView struct {
	Days     int64
	Steps    []stepView // of everybody
	Rows     []pathRow  // by persona
	Stages   []string
	Fit      *engine.Fit
	Reads    int64 // people whose histories tell of decisions; 0: not looked yet
	Looking  bool
	Personas bool
}

// stepView is one stage of the path.
type stepView struct {
	Stage   string
	People  int64
	Share   float64
	Width   float64 // of its bar
	Then    int64
	Moved   int64
	To      []moveView
	Decided int64 // about people in it, of those whose histories were read
	Said    int64 // of these, where something was said
}

// moveView is where people went.
type moveView struct {
	Stage string
	N     int64
	Share float64
}

// pathRow is one persona's.
type pathRow struct {
	ID     aparte.PersonaID
	Name   aparte.Words // nil: people of none
	People int64
	Cells  []stepView
}

func (s *console) path(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	v := pathView{Days: engine.PathDays, Fit: s.Engine.Fit(), Stages: engine.PathStages[:]}
	if v.Fit != nil {
		all := engine.PathRow{Now: make([]int, len(engine.PathStages)), Moved: make([][]int, len(engine.PathStages))}
		for i := range all.Moved {
			all.Moved[i] = make([]int, len(engine.PathStages))
		}
		for i := range v.Fit.Path {
			row := &v.Fit.Path[i]
			all.People += row.People
			for at := range row.Now {
				all.Now[at] += row.Now[at]
				for to, n := range row.Moved[at] {
					all.Moved[at][to] += n
				}
			}
			if row.People > 0 {
				v.Rows = append(v.Rows, pathRow{row.Persona, v.Fit.PersonaName(plan.Brand(), row.Persona), int64(row.People), stepsOf(row)})
			}
		}
		v.Steps, v.Personas = stepsOf(&all), len(v.Rows) > 1
	}
	sight, err := s.Engine.Evidence(r.Context(), s.Patience)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console path", "error", err)
	}
	v.Looking = sight.Looking
	v.decided(sight.Evidence)
	s.show(w, "path", "frame.html", s.view(r, "path", v))
}

// stepsOf are the stages of a row.
func stepsOf(row *engine.PathRow) (steps []stepView) {
	most := 1
	for _, n := range row.Now {
		most = max(most, n)
	}
	for at, stage := range engine.PathStages {
		then, moved := row.Then(at)
		step := stepView{Stage: stage, People: int64(row.Now[at]), Share: ratio(int64(row.Now[at]), int64(row.People)), Width: round1(100 * float64(row.Now[at]) / float64(most)), Then: int64(then), Moved: int64(moved)}
		for to, n := range row.Moved[at] {
			if to != at && n > 0 {
				step.To = append(step.To, moveView{engine.PathStages[to], int64(n), ratio(int64(n), int64(then))})
			}
		}
		slices.SortStableFunc(step.To, func(a, b moveView) int { return int(b.N - a.N) })
		steps = append(steps, step)
	}
	return steps
}

// decided adds what was said at each stage.
func (v *pathView) decided(found *engine.Evidence) {
	if found == nil {
		return
	}
	v.Reads = int64(found.People)
	for i := range v.Steps {
		for _, x := range found.Staged {
			if x.Stage == v.Steps[i].Stage {
				v.Steps[i].Decided, v.Steps[i].Said = int64(x.Decisions), int64(x.Said)
			}
		}
	}
}
