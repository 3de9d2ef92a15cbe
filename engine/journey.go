package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// A person's journey is what they met of the brand: what of Aparté's they saw or clicked, and visits that came from
// somewhere. It is kept in their record, so that a device and the person it turns out to be have one. Where an objective is
// reached, or where nothing was met for aparte.LookBack, it ends and becomes a walk in the feed, without whose it was. The
// learner's fold adds walks up (attribution.Ledger).

// sitting is how long what is met again is one touch with what was met before.
const sitting = 30 * time.Minute

const journeyTimer = "journey"

// triedOn is where somebody was who tried something on, named as visits are: it is not Aparté's own.
const triedOn = "site" + betweenSource + "try-on"

// touch adds a touch to somebody's journey, unless they object to profiling. p is the caller's to change.
func (t *turn) touch(now *live, p *aparte.Person, touch aparte.Touch) {
	if objects(p) {
		return
	}
	touch.At = touch.At.UTC().Truncate(time.Microsecond)
	if n := len(p.Journey.Touches); n > 0 {
		last := p.Journey.Touches[n-1].At
		if touch.At.Before(last.Add(-aparte.LookBack)) {
			return // it comes too late to be on the way
		}
		if touch.At.After(last.Add(aparte.LookBack)) {
			t.endJourney(now, p)
		}
	}
	at := 0
	for i, x := range p.Journey.Touches {
		if x.Channel == touch.Channel && x.What == touch.What && x.Device == touch.Device && touch.At.Sub(x.At).Abs() <= sitting {
			return
		}
		if !touch.At.Before(x.At) {
			at = i + 1
		}
	}
	touches := slices.Insert(slices.Clip(p.Journey.Touches), at, touch)
	first := touches[len(touches)-1].At.Add(-aparte.LookBack)
	touches = slices.DeleteFunc(touches, func(x aparte.Touch) bool { return x.At.Before(first) })
	p.Journey.Touches = lastN(touches, aparte.MaxTouches)
	if _, waits := findTimer(p, journeyTimer); !waits {
		t.setTimer(p, journeyTimer, t.now.Add(aparte.LookBack))
	}
}

// deviceOf is the device on which what was decided is met: that of the person where they are on a page, and else not known.
func deviceOf(p *aparte.Person, d *aparte.Decision) string {
	if d.Channel.Outbound() {
		return ""
	}
	return p.Device
}

// objects reports whether somebody objects to profiling.
func objects(p *aparte.Person) bool {
	return p.Refuses(aparte.Profiling, aparte.Web)
}

// reached ends a person's journey toward an objective. Who reaches it again before they meet anything came by the same
// way again.
func (t *turn) reached(p *aparte.Person, id aparte.ObjectiveID, value float64, at time.Time) {
	if objects(p) || value == 0 {
		return
	}
	at = earlier(at, t.now).UTC().Truncate(time.Microsecond)
	onTheWay := func(after time.Time) []aparte.Touch {
		return slices.DeleteFunc(slices.Clone(p.Journey.Touches), func(x aparte.Touch) bool {
			return x.At.After(at) || x.At.Before(at.Add(-aparte.LookBack)) || !x.At.After(after)
		})
	}
	before := p.Journey.ReachedAt(id.Key())
	touches := onTheWay(before)
	if len(touches) == 0 && !before.IsZero() {
		touches = onTheWay(time.Time{})
	}
	if len(touches) == 0 {
		touches = []aparte.Touch{{At: at, Channel: attribution.Direct, Device: p.Device}}
	}
	t.walked(p, &attribution.Walk{Objective: string(id), Converted: true, Value: value, Device: p.Device}, touches, at)
	if !at.After(before) {
		return
	}
	var first time.Time
	if len(p.Journey.Touches) > 0 {
		first = p.Journey.Touches[0].At
	}
	reached := slices.DeleteFunc(slices.Clone(p.Journey.Reached), func(r aparte.Reached) bool {
		return r.Objective == id.Key() || r.At.Before(first)
	})
	p.Journey.Reached = lastN(append(reached, aparte.Reached{Objective: id.Key(), At: at}), aparte.MaxReached)
}

// endJourney ends a journey on which nothing was met for long. It led to the objectives that were not reached since its
// last touches no more.
func (t *turn) endJourney(now *live, p *aparte.Person) {
	j := p.Journey
	p.Journey = aparte.Journey{}
	end := j.Touches[len(j.Touches)-1].At.Add(aparte.LookBack)
	for i := range now.plan.Brand().Objectives {
		id := now.plan.Brand().Objectives[i].ID
		at := j.ReachedAt(id.Key())
		touches := slices.DeleteFunc(slices.Clone(j.Touches), func(x aparte.Touch) bool { return !x.At.After(at) })
		if len(touches) > 0 {
			t.walked(p, &attribution.Walk{Objective: string(id)}, touches, end)
		}
	}
}

// quiet ends somebody's journey where nothing was met for long, and looks again later where something was.
func (t *turn) quiet(p *aparte.Person) {
	now := t.owner.engine.brand.Load()
	n := len(p.Journey.Touches)
	if now == nil || n == 0 {
		return
	}
	if end := p.Journey.Touches[n-1].At.Add(aparte.LookBack); end.After(t.now) {
		t.setTimer(p, journeyTimer, end)
		return
	}
	t.endJourney(now, p)
}

// walked puts somebody's walk with its touches into the feed.
func (t *turn) walked(p *aparte.Person, w *attribution.Walk, touches []aparte.Touch, end time.Time) {
	w.Day, w.Persona = dayOf(end), t.persona(p, end)
	for _, x := range touches {
		touch := attribution.Touch{
			Channel: x.Channel, What: x.What, Own: own(&x), Device: x.Device, Age: int(end.Sub(x.At) / (24 * time.Hour)),
		}
		if touch.Own {
			touch.Ways = t.waysOf(p, &x)
		}
		w.Touches = append(w.Touches, touch)
	}
	t.batch.Feed = append(t.batch.Feed, w.Append(nil))
}

// waysOf are the variants in which a touch was said, as the brand has them now; none where what was said then is not remembered.
func (t *turn) waysOf(p *aparte.Person, touch *aparte.Touch) (ways []attribution.Way) {
	content, known := t.owner.engine.brand.Load().plan.Content(aparte.ContentID(touch.What))
	if !known {
		return nil
	}
	said := func(d *aparte.Decision) {
		if d.Action.Content != content.ID || string(d.Channel) != touch.Channel {
			return
		}
		for k, variant := range d.Action.Variants[:min(len(d.Action.Variants), len(content.Elements), attribution.MaxWays)] {
			if e := &content.Elements[k]; int(variant) < len(e.Variants) {
				ways = append(ways, attribution.Way{Element: e.Name, Variant: e.Variants[variant].ID})
			}
		}
	}
	const mostRead = 4 // of those of which only the decision is known
	read := 0
	for i := len(p.Said) - 1; i >= 0 && len(ways) == 0 && read < mostRead; i-- {
		s := &p.Said[i]
		if (s.Content == content.ID || s.Content == "") && !s.At.After(touch.At.Add(sitting)) {
			t.tell(s.Decision, said)
			read++
		}
	}
	return ways
}

// own reports whether a touch is something of Aparté's: a visit's source and medium have a slash between them.
func own(x *aparte.Touch) bool {
	return x.Channel != attribution.Direct && !strings.Contains(x.Channel, betweenSource)
}

// bothJourneys is that of one who was two: all that was met, and the last time that either reached something.
func bothJourneys(a, b *aparte.Journey) (both aparte.Journey) {
	both.Touches = slices.Concat(a.Touches, b.Touches)
	slices.SortStableFunc(both.Touches, func(a, b aparte.Touch) int { return a.At.Compare(b.At) })
	if n := len(both.Touches); n > 0 {
		first := both.Touches[n-1].At.Add(-aparte.LookBack)
		both.Touches = slices.DeleteFunc(both.Touches, func(x aparte.Touch) bool { return x.At.Before(first) })
	}
	both.Touches = lastN(both.Touches, aparte.MaxTouches)
	both.Reached = slices.Concat(a.Reached, b.Reached)
	slices.SortStableFunc(both.Reached, func(a, b aparte.Reached) int { return a.At.Compare(b.At) })
	for i := len(both.Reached) - 1; i >= 0; i-- {
		later := both.Reached[i+1:]
		if slices.ContainsFunc(later, func(r aparte.Reached) bool { return r.Objective == both.Reached[i].Objective }) {
			both.Reached = slices.Delete(both.Reached, i, i+1)
		}
	}
	both.Reached = lastN(both.Reached, aparte.MaxReached)
	return both
}
