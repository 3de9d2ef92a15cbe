package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/quality"
)

// dataView is the page that tells how good what comes in is.
type dataView struct {
	Sources    []sourceRow
	Violations []violationRow
	Schemas    []quality.Schema
	Events     []eventRow
	Kept       []keptRow
	Since      time.Time
}

// sourceRow is what came from one source in the last week.
type sourceRow struct {
	quality.Source
	quality.Tally
	Came    int64
	Refused int64
	Silent  bool // for a day
}

type violationRow struct {
	quality.Violation
	Record string // of the quarantine; empty: none
}

// eventRow is one kind of event in the tracking plan.
type eventRow struct {
	quality.Planned
	Query string // its page's
	Line  spark  // by day
}

type keptRow struct {
	quality.Kept
	Name string
}

// dataDays is how many days the figures of sources cover.
const dataDays = 7

func (s *console) data(w http.ResponseWriter, r *http.Request) {
	now := s.Now().UTC()
	since := now.Truncate(24*time.Hour).AddDate(0, 0, 1-dataDays)
	report := s.Quality.Report()
	v := dataView{Schemas: s.Quality.Schemas(), Since: since}
	for _, x := range report.Sources {
		row := sourceRow{Source: x, Tally: x.Over(dayNumber(since)), Silent: x.Stale(now)}
		row.Came = row.Received()
		row.Refused = row.Came - row.Accepted
		v.Sources = append(v.Sources, row)
	}
	for _, x := range report.Violations {
		row := violationRow{Violation: x}
		if x.Example != 0 {
			row.Record = x.Example.String()
		}
		v.Violations = append(v.Violations, row)
	}
	for _, p := range s.Quality.Plan() {
		v.Events = append(v.Events, eventRow{p, eventQuery(&p), sparkOf(daily(p.Days, now))})
	}
	for _, k := range s.Quality.Kept() {
		if k.Records > 0 || k.Dropped > 0 {
			v.Kept = append(v.Kept, keptRow{k, k.Reason.String()})
		}
	}
	s.show(w, "data", "frame.html", s.view(r, "data", v))
}

func eventQuery(p *quality.Planned) string {
	return url.Values{"source": {p.Source}, "type": {string(p.Call)}, "name": {p.Name}}.Encode()
}

func dayNumber(at time.Time) int64 { return at.Unix() / (24 * 60 * 60) }

// charted is how many days a line of counts shows.
const charted = 14

// daily are counts of the last days, today's last, with a zero where there is none.
func daily(days []quality.DayCount, now time.Time) []float64 {
	line, first := make([]float64, charted), dayNumber(now)-charted+1
	for _, d := range days {
		if i := d.Day - first; i >= 0 && i < charted {
			line[i] = float64(d.N)
		}
	}
	return line
}

// plannedView is the page of one kind of event.
type plannedView struct {
	quality.Planned
	Rows       []propertyRow
	Violations []violationRow
	Schema     *quality.Schema
}

type propertyRow struct {
	quality.Property
	Share float64
	Kinds []kindShare
}

// kindShare is how many of a property's values are of a type.
type kindShare struct {
	Type  string
	Share float64
}

func (s *console) dataEvent(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	for _, p := range s.Quality.Plan() {
		if p.Source != asked.Get("source") || string(p.Call) != asked.Get("type") || p.Name != asked.Get("name") {
			continue
		}
		v := plannedView{Planned: p}
		for _, x := range p.Properties {
			row := propertyRow{Property: x, Share: x.Share(p.Looked)}
			for t, n := range x.Types {
				if n > 0 {
					row.Kinds = append(row.Kinds, kindShare{quality.TypeNames[t], ratio(n, x.Seen)})
				}
			}
			v.Rows = append(v.Rows, row)
		}
		for _, x := range s.Quality.Report().Violations {
			if x.Source == p.Source && x.Call == p.Call && x.Event == p.Name {
				v.Violations = append(v.Violations, violationRow{Violation: x})
			}
		}
		page := s.view(r, "data", v)
		page.Title = quality.Shown(string(p.Call), p.Name)
		s.show(w, "dataevent", "frame.html", page)
		return
	}
	s.problem(w, r, http.StatusNotFound, "problem.nowhere")
}

// spark is a line of counts, as the template "spark" draws it: 100 wide, 24 high.
type spark struct{ Line, Area string }

func sparkOf(counts []float64) spark {
	most := slices.Max(counts)
	if most == 0 {
		return spark{}
	}
	var line strings.Builder
	for i, n := range counts {
		fmt.Fprintf(&line, "%.1f,%.1f ", 100*float64(i)/float64(len(counts)-1), 23-22*n/most)
	}
	points := strings.TrimSpace(line.String())
	return spark{points, "0,24 " + points + " 100,24"}
}
