package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn/score"
	"github.com/aparte-dev/aparte/store"
)

// Bounds of what scores are learned from.
const (
	scorePeople  = 4_000     // whose histories are read
	scoreEntries = 1_000_000 // of all of them
	scoreRows    = 120_000   // landmarks kept
)

// landmarks reads histories, and looks at people as they were on the way.
type landmarks struct {
	engine *Engine
	asked  []Scoring
	at     time.Time
	of     []marked // by objective
	past   past
	people int // to be read
	budget int // entries
}

// marked is what was seen for an objective.
type marked struct {
	rows []score.Row
	now  []score.Sight // people who were read, as they are
}

// landmarksEach is how many are taken of a person for an objective at most: three in time, and one in the middle of
// something they did.
const landmarksEach = 4

func newLandmarks(e *Engine, asked []Scoring, at time.Time) *landmarks {
	return &landmarks{
		engine: e, asked: asked, at: at, of: make([]marked, len(asked)), budget: scoreEntries,
		past:   past{engine: e, tell: func(int) {}, shelves: map[uint64]*shelf{}},
		people: min(scorePeople, scoreRows/(landmarksEach*max(1, len(asked)))),
	}
}

// errEnough ends the reading of a part.
var errEnough = errors.New("enough people")

func (w *landmarks) read(ctx context.Context) error {
	each := max(1, w.people/w.engine.parts)
	for part := range w.engine.parts {
		n := 0
		err := w.engine.EachPerson(ctx, part, func(p *aparte.Person) error {
			if n == each {
				return errEnough
			}
			if objects(p) || p.Seq > mostRead || int(p.Seq) > w.budget {
				return nil
			}
			n++
			w.budget -= int(p.Seq)
			return w.person(ctx, p)
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	return nil
}

// person looks at somebody now and, where they have been known for long enough, as they were.
func (w *landmarks) person(ctx context.Context, p *aparte.Person) error {
	walks := make([]walk, len(w.asked))
	old := false
	for i := range w.asked {
		s := &w.asked[i]
		walks[i] = newWalk(s, p, w.at)
		w.of[i].now = append(w.of[i].now, s.see(p, w.at))
		old = old || p.FirstSeen.Before(walks[i].until)
	}
	if !old {
		return nil
	}
	var last time.Time // of the entries so far, the latest time
	end, err := w.past.walk(ctx, p.ID, p.Seq+1, func(then *aparte.Person, entry *store.Entry) error {
		if entry.Kind != store.EventEntry {
			return nil
		}
		event, err := decodeEvent(entry.Body)
		if err != nil {
			return err
		}
		at := happened(&event)
		for i := range walks {
			walks[i].pass(then, last, at, event.Type == aparte.Track && event.Name == w.asked[i].Event)
		}
		if at.After(last) {
			last = at
		}
		return nil
	})
	var lost *gone
	if errors.As(err, &lost) {
		return nil // what is not in the log any more teaches nothing
	}
	if err != nil {
		return err
	}
	for i := range walks {
		walks[i].pass(end, last, w.at, false)
		w.of[i].rows = append(w.of[i].rows, walks[i].rows(p.ID)...)
	}
	return nil
}

// happened is when an event counts.
func happened(e *aparte.Event) time.Time {
	if e.Timestamp.IsZero() || !e.ReceivedAt.IsZero() && e.Timestamp.After(e.ReceivedAt) {
		return e.ReceivedAt
	}
	return e.Timestamp
}

func (s *Scoring) see(p *aparte.Person, at time.Time) score.Sight {
	return score.See(p, at, s.maturity(p, at), s.Horizon.Std())
}

// walk is a person's way through time for one objective.
type walk struct {
	scoring *Scoring
	until   time.Time   // what follows a later landmark is not known yet
	times   []time.Time // of landmarks that are still ahead, the first first
	marks   []mark
	visits  uint64 // things the person did until then
	visit   mark   // in the middle of one of these, each as likely
	seed    uint64
	reached []time.Time
}

// mark is somebody at a landmark.
type mark struct {
	at    time.Time
	sight score.Sight
}

// newWalk sets landmarks one horizon apart, so that no outcome counts for two of them, at another phase for each person,
// so that all hours and seasons are among them.
func newWalk(s *Scoring, p *aparte.Person, now time.Time) walk {
	w := walk{scoring: s, until: now.Add(-s.Horizon.Std()), seed: phaseOf(p.ID)}
	phase := time.Duration(float64(s.Horizon) * (float64(w.seed%1024) / 1024))
	for k := landmarksEach - 2; k >= 0; k-- {
		if at := w.until.Add(-phase - time.Duration(k)*s.Horizon.Std()); at.After(p.FirstSeen) {
			w.times = append(w.times, at)
		}
	}
	return w
}

// phaseOf is a number that a person's id tells and that has nothing to do with where they are kept.
func phaseOf(id aparte.PersonID) uint64 {
	n := uint64(0)
	for _, b := range id[4:] {
		n = (n ^ uint64(b)) * 0x9E3779B97F4A7C15
		n ^= n >> 29
	}
	return n
}

// pass looks at a person as they are after all until last, before what happens at a time.
func (w *walk) pass(p *aparte.Person, last, at time.Time, reaches bool) {
	for len(w.times) > 0 && w.times[0].Before(at) {
		if !last.IsZero() {
			w.marks = append(w.marks, mark{w.times[0], w.scoring.see(p, w.times[0])})
		}
		w.times = w.times[1:]
	}
	if !last.IsZero() && !last.After(w.until) {
		if w.visits++; (w.seed^w.visits*0xC2B2AE3D27D4EB4F)>>20%w.visits == 0 { // the n-th takes the place with a chance of 1 in n
			w.visit = mark{last, w.scoring.see(p, last)}
		}
	}
	if reaches {
		w.reached = append(w.reached, at)
	}
}

// rows are what was seen, with what followed.
func (w *walk) rows(id aparte.PersonID) []score.Row {
	if w.visits > 0 {
		w.marks = append(w.marks, w.visit)
	}
	rows := make([]score.Row, len(w.marks))
	for i := range w.marks {
		m := &w.marks[i]
		rows[i] = score.Row{Person: id, Sight: m.sight, Came: slices.ContainsFunc(w.reached, func(at time.Time) bool {
			return at.After(m.at) && !at.After(m.at.Add(w.scoring.Horizon.Std()))
		})}
	}
	return rows
}
