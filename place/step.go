package place

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// How what devices say is read.
const (
	// MaxAge is how old a fix may be when it is heard of: what a device kept while it was offline tells where somebody was.
	MaxAge = 10 * time.Minute
	// Unheard is after how long without a word somebody is taken to have left.
	Unheard = 12 * time.Hour
	// UsualDwell is how long somebody must be at a place to have stayed, where it does not say.
	UsualDwell = 5 * time.Minute

	fastest      = 100.0 // metres a second, 360 km/h: nobody in a fence leaves it faster
	leastMargin  = 50.0  // metres outside a fence before somebody has left it, at least
	marginFactor = 0.2   // of its reach
)

// Move is that somebody came to a place, has stayed, or left.
type Move struct {
	Event   string // aparte.EventFenceEntered, EventFenceDwelled or EventFenceExited
	Place   aparte.PlaceID
	Unheard bool // they are taken to have left as nothing was heard of them
}

// Step tells what a fix changes for somebody who is in some fences: whom they leave and whose they enter, and all fences that they
// are in then. open is not changed.
//
//   - A fix older than the last one that counted does not count.
//   - A fix that somebody could only have reached at more than 360 km/h, from a fence that they are in, is noise and does not count.
//   - They enter a fence where the fix is in it and its accuracy no worse than the fence's reach: the radius of a circle of its size.
//     Of more than there is room for, the smallest are entered. They are told of the largest first, so that the last is the
//     closest description of where they are.
//   - They leave a fence where the fix, even were it off by its accuracy, is outside by more than a fifth of the reach and more than 50 m.
//   - In between they stay where they were.
//
// Outside of all fences nothing is known that a fix could be compared with: there, noise that says to be in a fence is believed, until
// the next fix.
func (a *Atlas) Step(open []aparte.Fence, fix Fix) (now []aparte.Fence, moves []Move) {
	now = slices.Clone(open)
	if a.noise(open, fix) {
		return now, nil
	}
	now = slices.DeleteFunc(now, func(f aparte.Fence) bool {
		s, known := a.sites[f.Place]
		left := !known || s.beyond(fix.Point)-fix.Accuracy > s.margin()
		if left {
			moves = append(moves, Move{Event: aparte.EventFenceExited, Place: f.Place})
		}
		return left
	})
	for i := range now {
		if s := a.sites[now[i].Place]; s.beyond(fix.Point)-fix.Accuracy <= 0 {
			now[i].Seen = fix.At
		}
	}
	for _, s := range slices.Backward(a.entered(now, fix)) {
		now = append(now, aparte.Fence{Place: s.ID, Since: fix.At, Seen: fix.At})
		moves = append(moves, Move{Event: aparte.EventFenceEntered, Place: s.ID})
	}
	return now, moves
}

// noise reports whether a fix cannot be where somebody is who is in some fences.
func (a *Atlas) noise(open []aparte.Fence, fix Fix) bool {
	for i := range open {
		f := &open[i]
		since := fix.At.Sub(f.Seen)
		if since < 0 {
			return true
		}
		if s, known := a.sites[f.Place]; known && s.beyond(fix.Point)-fix.Accuracy > fastest*since.Seconds() {
			return true
		}
	}
	return false
}

// entered are the places that a fix is in and somebody in some fences was not, as far as there is room, the smallest first.
func (a *Atlas) entered(open []aparte.Fence, fix Fix) []*Site {
	found := a.Find(nil, fix.Point)
	found = slices.DeleteFunc(found, func(s *Site) bool {
		return fix.Accuracy > s.reach || slices.ContainsFunc(open, func(f aparte.Fence) bool { return f.Place == s.ID })
	})
	return found[:min(len(found), aparte.MaxFences-len(open))]
}

// margin is how far outside the fence somebody still counts as there.
func (s *Site) margin() float64 { return max(leastMargin, marginFactor*s.reach) }

// Lapse tells what time alone changes for somebody who is in some fences: where they have stayed, and which they are taken to have
// left. No news is that they are still there.
func (a *Atlas) Lapse(open []aparte.Fence, now time.Time) (moves []Move) {
	for i := range open {
		f := &open[i]
		s, known := a.sites[f.Place]
		switch {
		case !known || !now.Before(f.Seen.Add(Unheard)):
			moves = append(moves, Move{Event: aparte.EventFenceExited, Place: f.Place, Unheard: true})
		case !f.Dwelled && !now.Before(f.Since.Add(s.dwell())):
			moves = append(moves, Move{Event: aparte.EventFenceDwelled, Place: f.Place})
		}
	}
	return moves
}

// Next is when Lapse is to be asked next, zero where never.
func (a *Atlas) Next(open []aparte.Fence) (next time.Time) {
	for i := range open {
		f := &open[i]
		due := f.Seen.Add(Unheard)
		if s, known := a.sites[f.Place]; known && !f.Dwelled && f.Since.Add(s.dwell()).Before(due) {
			due = f.Since.Add(s.dwell())
		}
		if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next
}

func (s *Site) dwell() time.Duration {
	if s.Dwell > 0 {
		return s.Dwell.Std()
	}
	return UsualDwell
}

// Stay is the place where somebody in some fences is, as it is at an instant: the one that they came to last. Offers in another
// currency than the brand's are none.
func (a *Atlas) Stay(open []aparte.Fence, at time.Time, currency string) (stay aparte.Stay) {
	if len(open) == 0 {
		return stay
	}
	f := &open[len(open)-1]
	stay.Place, stay.Since = f.Place, f.Since
	s, known := a.sites[f.Place]
	if !known {
		return stay
	}
	stay.Kind, stay.Open = s.Kind, s.Open(at)
	for i := range s.Items {
		if on := &s.Items[i]; on.Stock > 0 {
			o := aparte.Offered{Item: on.Item, Stock: on.Stock}
			if on.Offer.Currency == currency && !at.Before(on.From) && (on.Until.IsZero() || at.Before(on.Until)) {
				o.Offer = on.Offer.Amount
			}
			stay.Items = append(stay.Items, o)
		}
	}
	return stay
}
