package console

import (
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/engine"
)

func TestACourseIsDrawnOfTheTrialUnderWayAlone(t *testing.T) {
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	point := func(day int, trial uint64, known bool, more float64) engine.ValuePoint {
		return engine.ValuePoint{At: at.AddDate(0, 0, day), Trial: trial, Known: known, More: more, Low: more - 100, High: more + 300, Currency: "EUR"}
	}
	v := overTimeOf([]engine.ValuePoint{point(0, 1, true, 900), point(1, 2, false, 0), point(2, 2, true, 100), point(3, 2, true, 0), point(4, 2, true, 100)})
	if len(v.Points) != 3 || !v.Points[0].At.Equal(at.AddDate(0, 0, 4)) || v.Low != -100 || v.High != 400 {
		t.Fatalf("%+v", v)
	}
	if v.Line != "0,96 300,128 600,96" || v.Zero != 128 || len(strings.Fields(v.Band)) != 6 {
		t.Errorf("line %q, band %q, nothing at %v", v.Line, v.Band, v.Zero)
	}
	if one := overTimeOf([]engine.ValuePoint{point(0, 1, true, 900)}); one.Line != "" || len(one.Points) != 1 {
		t.Errorf("one point makes %+v", one)
	}
}

func TestTheSurestGainLeadsTheLeague(t *testing.T) {
	row := func(name string, low, value float64, doubt string, said int64) earnedRow {
		r := earnedRow{Said: said}
		r.Element, r.Each.Low, r.Each.Value = name, low, value
		if doubt != "" {
			r.Doubt = "few_people"
		}
		return r
	}
	var order []string
	for _, r := range leagueOf([]earnedRow{row("unknown", 0, 0, "x", 5), row("wide", -9, 30, "", 3), row("often", 0, 0, "x", 50), row("sure", 2, 4, "", 1)}) {
		order = append(order, r.Element)
	}
	if got := strings.Join(order, " "); got != "sure wide often unknown" {
		t.Error(got)
	}
}
