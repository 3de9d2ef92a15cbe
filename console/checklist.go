package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// point is one of the checklist that leads from an empty house to the first outcome.
type point struct {
	Name string
	Done bool
	To   string // where to see to it
}

// points are those of the checklist, in order.
var points = []point{
	{Name: "tag", To: "/console/keys"}, {Name: "person", To: "/console/begin"}, {Name: "objective", To: "/console/objectives"}, {Name: "contents", To: "/console/contents"},
	{Name: "scenario", To: "/console/scenarios"}, {Name: "decision", To: "/console/live"}, {Name: "outcome", To: "/console/results"},
}

// wholeList is the name under which the checklist is put away as a whole.
const wholeList = "all"

// checklist is what is still to do, nil where all is done or it was put away. What is once known to be done is not asked for again.
func (s *console) checklist(r *http.Request) []point {
	away := s.Entrance.Porter.Away()
	if slices.Contains(away, wholeList) {
		return nil
	}
	var b *aparte.Brand
	if plan := s.Engine.Plan(); plan != nil {
		b = plan.Brand()
	}
	list, left := slices.Clone(points), 0
	for i := range list {
		p := &list[i]
		if p.Done = slices.Contains(away, p.Name); p.Done {
			continue
		}
		if p.Done = s.happened(r, b, p.Name); !p.Done {
			left++
			continue
		}
		s.keepDone(r, p.Name)
	}
	if left == 0 {
		s.keepDone(r, wholeList)
		return nil
	}
	return list
}

func (s *console) keepDone(r *http.Request, name string) {
	if err := s.Entrance.Porter.PutAway(r.Context(), name); err != nil {
		s.Logger.ErrorContext(r.Context(), "console checklist", "error", err)
	}
}

// happened reports whether a point of the checklist is done, as far as the last two days tell.
func (s *console) happened(r *http.Request, b *aparte.Brand, name string) bool {
	switch name {
	case "tag":
		return s.counted(r, "events/")
	case "person":
		people, err := s.Engine.People(r.Context(), aparte.PersonID{}, 1)
		return err == nil && len(people) > 0
	case "objective":
		return b != nil && len(b.Objectives) > 0
	case "contents":
		return b != nil && len(b.Contents) >= 2
	case "scenario":
		return b != nil && len(b.Scenarios) > 0
	case "decision":
		return s.counted(r, "chosen/") || s.counted(r, "silent/")
	case "outcome":
		return s.counted(r, "clicked/") || s.counted(r, "value/")
	}
	return false
}

// counted reports whether anything was counted under a prefix in the last two days, the house's own events aside.
func (s *console) counted(r *http.Request, prefix string) bool {
	now := s.Now().UTC()
	rows, err := s.Engine.Counters(r.Context(), prefix, now.Add(-48*time.Hour).Truncate(time.Hour), now.Add(time.Hour))
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console checklist", "error", err)
		return false
	}
	return slices.ContainsFunc(rows, func(c store.Counter) bool {
		return c.N > 0 && strings.TrimPrefix(c.Key, prefix) != aparte.OwnSource
	})
}

// putAway puts the checklist away.
func (s *console) putAway(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("point") != wholeList {
		s.nowhere(w, r)
		return
	}
	s.keepDone(r, wholeList)
	http.Redirect(w, r, "/console/", http.StatusSeeOther)
}

// firstPages are those on which the checklist stands.
var firstPages = []string{"today", "live"}
