package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/quality"
)

// qualityDocument is how good what comes in is.
type qualityDocument struct {
	Since      time.Time           `json:"since"` // of the counts of sources: the beginning of a day, UTC
	Sources    []sourceDocument    `json:"sources"`
	Violations []violationDocument `json:"violations"` // of declared schemas, most frequent first
	Unplanned  int64               `json:"unplanned"`  // events of kinds for which the tracking plan has no room
	Unlisted   int64               `json:"unlisted"`   // violations for which their list has no room
}

type sourceDocument struct {
	Source   string           `json:"source"`
	First    time.Time        `json:"first,omitzero"`
	Last     time.Time        `json:"last,omitzero"`
	Stale    bool             `json:"stale"` // nothing came for a day, or ever
	Received int64            `json:"received"`
	Accepted int64            `json:"accepted"`
	Repeated int64            `json:"repeated"`
	Late     int64            `json:"late"`
	Ahead    int64            `json:"ahead"`
	Headless int64            `json:"headless"`
	Hurried  int64            `json:"hurried"`
	Warned   int64            `json:"warned"`
	Aside    map[string]int64 `json:"aside"` // by reason, all of them
	Lost     int64            `json:"lost"`
}

type violationDocument struct {
	Source   string           `json:"source"`
	Type     aparte.EventType `json:"type"`
	Event    string           `json:"event"`
	Pointer  string           `json:"pointer"`
	Expected string           `json:"expected"`
	Got      string           `json:"got"`
	Mode     quality.Mode     `json:"mode"`
	Count    int64            `json:"count"`
	First    time.Time        `json:"first"`
	Last     time.Time        `json:"last"`
	Example  string           `json:"example,omitempty"` // what to ask the quarantine for
}

// mostDays is as far back as counts go.
const mostDays = 30

// dataQuality answers GET /v1/admin/quality?days=.
func (s *server) dataQuality(w http.ResponseWriter, r *http.Request) error {
	days := 7
	if text := r.URL.Query().Get("days"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostDays {
			return &problem{wholeRequest, "days", "must be a whole number from 1 to 30"}
		}
		days = n
	}
	now := s.now().UTC()
	since := now.Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	found := s.quality.Report()
	repeated, err := s.repeated(r.Context(), since, now)
	if err != nil {
		return err
	}
	doc := qualityDocument{Since: since, Sources: []sourceDocument{}, Unplanned: found.Others, Unlisted: found.Beyond}
	for i := range found.Sources {
		one := sourceOf(&found.Sources[i], since, now)
		one.Repeated = repeated[one.Source]
		doc.Sources = append(doc.Sources, one)
	}
	for _, k := range s.keys { // those of which nothing ever came
		silent := !slices.ContainsFunc(doc.Sources, func(d sourceDocument) bool { return d.Source == k.Source })
		if silent && k.Kind == PublicKey {
			doc.Sources = append(doc.Sources, sourceOf(&quality.Source{Name: k.Source}, since, now))
		}
	}
	doc.Violations = each(found.Violations, violationOf)
	s.json(w, http.StatusOK, doc)
	return nil
}

func sourceOf(x *quality.Source, since, now time.Time) sourceDocument {
	t := x.Over(since.Unix() / (24 * 60 * 60))
	doc := sourceDocument{
		Source: x.Name, First: x.First, Last: x.Last, Stale: x.Stale(now), Received: t.Received(), Accepted: t.Accepted,
		Late: t.Late, Ahead: t.Ahead, Headless: t.Headless, Hurried: t.Hurried, Warned: t.Warned, Lost: t.Lost, Aside: map[string]int64{},
	}
	for _, reason := range quality.Reasons {
		doc.Aside[reason.String()] = t.Aside[reason]
	}
	return doc
}

func violationOf(v quality.Violation) violationDocument {
	doc := violationDocument{v.Source, v.Call, v.Event, v.Pointer, v.Expected, v.Got, v.Mode, v.Count, v.First, v.Last, ""}
	if v.Example != 0 {
		doc.Example = v.Example.String()
	}
	return doc
}

// repeated is how many events of each source came again.
func (s *server) repeated(ctx context.Context, since, now time.Time) (map[string]int64, error) {
	const prefix = "repeated/"
	rows, err := s.engine.Counters(ctx, prefix, since, now.Add(time.Hour))
	if err != nil {
		return nil, err
	}
	all := map[string]int64{}
	for _, row := range rows {
		all[strings.TrimPrefix(row.Key, prefix)] += row.N
	}
	return all, nil
}

// plannedDocument is one kind of event in the tracking plan.
type plannedDocument struct {
	Source     string             `json:"source"`
	Type       aparte.EventType   `json:"type"`
	Event      string             `json:"event"`
	First      time.Time          `json:"first"`
	Last       time.Time          `json:"last"`
	Count      int64              `json:"count"`
	Looked     int64              `json:"looked"` // of these, how many had their properties looked at
	Days       []dayDocument      `json:"days"`
	Properties []propertyDocument `json:"properties"`
	Cut        bool               `json:"cut"` // it has more than are told apart
}

type dayDocument struct {
	Day string `json:"day"`
	N   int64  `json:"n"`
}

type propertyDocument struct {
	Name   string             `json:"name"`
	Share  float64            `json:"share"` // of the events looked at
	Types  map[string]float64 `json:"types"` // shares of the values seen
	Shapes []string           `json:"shapes"`
	First  time.Time          `json:"first"`
	Last   time.Time          `json:"last"`
}

// trackingPlan answers GET /v1/admin/tracking-plan?source=.
func (s *server) trackingPlan(w http.ResponseWriter, r *http.Request) error {
	source := r.URL.Query().Get("source")
	all := slices.DeleteFunc(s.quality.Plan(), func(p quality.Planned) bool { return source != "" && p.Source != source })
	s.json(w, http.StatusOK, map[string]any{"events": each(all, plannedOf)})
	return nil
}

func plannedOf(p quality.Planned) plannedDocument {
	return plannedDocument{
		p.Source, p.Call, p.Name, p.First, p.Last, p.Count, p.Looked,
		each(p.Days, func(d quality.DayCount) dayDocument {
			return dayDocument{time.Unix(d.Day*24*60*60, 0).UTC().Format(time.DateOnly), d.N}
		}),
		each(p.Properties, func(x quality.Property) propertyDocument {
			doc := propertyDocument{x.Name, x.Share(p.Looked), map[string]float64{}, append([]string{}, x.Shapes...), x.First, x.Last}
			for t, n := range x.Types {
				if n > 0 {
					doc.Types[quality.TypeNames[t]] = float64(n) / float64(x.Seen)
				}
			}
			return doc
		}), p.Cut,
	}
}
