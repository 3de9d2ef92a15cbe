package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/place"
)

// fenceTimer is when time alone changes where somebody is: they have stayed, or are taken to have left.
const fenceTimer = "fences"

// locate compares where an event says its device was with the brand's places: each that the person comes to or leaves is an event of
// theirs, as in muster. What the event said goes no further than this. p is the turn's own copy, with the event applied.
func (t *turn) locate(now *live, p *aparte.Person, event *aparte.Event) error {
	fix, told := place.Read(event)
	atlas := t.owner.engine.places.atlas.Load()
	if !told || atlas.Len() == 0 && len(p.Fences) == 0 || !p.Locatable() {
		return nil
	}
	if fix.At.After(t.now) {
		fix.At = t.now
	}
	if t.now.Sub(fix.At) > place.MaxAge {
		t.count("location/late", 1)
		return nil
	}
	seen, moves := atlas.Step(p.Fences, fix)
	if err := t.move(now, p, moves); err != nil {
		return err
	}
	t.located(p, seen)
	t.planFences(p)
	return nil
}

// located notes of which of their fences somebody was heard of when.
func (t *turn) located(p *aparte.Person, seen []aparte.Fence) {
	p.Fences = slices.Clone(p.Fences)
	for i := range p.Fences {
		for _, f := range seen {
			if f.Place == p.Fences[i].Place {
				p.Fences[i].Seen = f.Seen.UTC().Truncate(time.Microsecond)
			}
		}
	}
}

// lapseFences does what time alone changes about where somebody is.
func (t *turn) lapseFences(p *aparte.Person) error {
	if err := t.move(t.owner.engine.brand.Load(), p, t.owner.engine.places.atlas.Load().Lapse(p.Fences, t.now)); err != nil {
		return err
	}
	t.planFences(p)
	return nil
}

// planFences sets the timer by which time alone changes where somebody is. One that is set for earlier stays: it finds nothing to do
// and is set again, which is less than setting it anew each time that they are heard of.
func (t *turn) planFences(p *aparte.Person) {
	next := t.owner.engine.places.atlas.Load().Next(p.Fences)
	i, found := findTimer(p, fenceTimer)
	switch {
	case next.IsZero():
		t.clearTimer(p, fenceTimer)
	case !found || next.Before(p.Timers[i].Due):
		t.setTimer(p, fenceTimer, next)
	}
}

// move makes the events of somebody's coming to places, staying and leaving.
func (t *turn) move(now *live, p *aparte.Person, moves []place.Move) error {
	for _, m := range moves {
		told := map[string]any{"place": m.Place}
		if site, known := t.owner.engine.places.atlas.Load().Site(m.Place); known {
			told["open"] = site.Open(t.now)
			if site.Kind != "" {
				told["kind"] = site.Kind
			}
		}
		if m.Unheard {
			told["unheard"] = true
		}
		properties, err := json.Marshal(told)
		if err != nil {
			return fmt.Errorf("place %s: %w", m.Place, err)
		}
		t.tellOwn(now, p, m.Event, "aparte-fence:"+p.ID.String()+":"+strconv.FormatUint(p.Seq+1, 10), properties)
		t.count("fence/"+m.Event, 1)
		if m.Event == aparte.EventFenceEntered {
			t.countAt(placeKey(camePrefix, m.Place), t.now.Truncate(day), 1)
		}
	}
	return nil
}

// tellOwn makes an event of Aparté's own happen to somebody now. p is the turn's own copy.
func (t *turn) tellOwn(now *live, p *aparte.Person, name, message string, properties json.RawMessage) {
	at := t.now.UTC()
	event := aparte.Event{
		Type: aparte.Track, Name: name, Properties: properties, Source: aparte.OwnSource, MessageID: aparte.MessageID(message),
		Timestamp: at, OriginalTimestamp: at, ReceivedAt: at,
	}
	*p = *t.happen(now, p, &event, named{}, messageKey(event.MessageID))
}

// stay is the place of the brand where somebody is, for a moment that finds them there.
func (t *turn) stay(now *live, p *aparte.Person) aparte.Stay {
	if len(p.Fences) == 0 || now == nil || !p.Locatable() {
		return aparte.Stay{}
	}
	return t.owner.engine.places.atlas.Load().Stay(p.Fences, t.now.UTC(), now.plan.Brand().Currency)
}

// near is the shop nearest to somebody who agreed to be met where they are, and is at no place.
func (t *turn) near(p *aparte.Person, at *place.Fix) aparte.Near {
	if at == nil || len(p.Fences) > 0 || !p.Locatable() || !at.At.IsZero() && t.now.Sub(at.At) > place.MaxAge {
		return aparte.Near{}
	}
	return t.owner.engine.places.atlas.Load().Near(*at, t.now.UTC())
}
