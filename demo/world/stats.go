package world

import "sync"

// Stats is what the visitors did so far.
type Stats struct {
	Visits     int
	Pages      int
	Decisions  int
	Silent     int // decisions to say nothing
	Exposures  int
	Clicks     int
	Added      int // items put into baskets
	Orders     int
	Revenue    int64 // of the orders, in minor units
	Left       int   // baskets left
	Identified int   // strangers who left an address
	Letters    int   // mails opened
	Errors     int   // requests that failed or were refused

	Windows []Window // oldest first, the last one may not be full
}

// Window sums up a number of visits that ended one after the other.
type Window struct {
	Visits, Exposures, Clicks, Orders int
}

// ClickRate is the share of exposures that were clicked, 0 where there were none.
func (w Window) ClickRate() float64 {
	if w.Exposures == 0 {
		return 0
	}
	return float64(w.Clicks) / float64(w.Exposures)
}

// maxWindows bounds what is kept of a long run: then two windows become one.
const maxWindows = 1024

// Stats is what was done so far. It is the caller's.
func (w *World) Stats() Stats {
	t := &w.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sum
	s.Windows = append([]Window(nil), t.sum.Windows...)
	return s
}

type tally struct {
	mu     sync.Mutex
	window int
	sum    Stats
}

// add adds what one visit did.
func (t *tally) add(v Stats) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.sum
	s.Visits += v.Visits
	s.Pages += v.Pages
	s.Decisions += v.Decisions
	s.Silent += v.Silent
	s.Exposures += v.Exposures
	s.Clicks += v.Clicks
	s.Added += v.Added
	s.Orders += v.Orders
	s.Revenue += v.Revenue
	s.Left += v.Left
	s.Identified += v.Identified
	s.Letters += v.Letters
	s.Errors += v.Errors
	if n := len(s.Windows); n == 0 || s.Windows[n-1].Visits >= t.window {
		t.open()
	}
	last := &s.Windows[len(s.Windows)-1]
	last.Visits += v.Visits
	last.Exposures += v.Exposures
	last.Clicks += v.Clicks
	last.Orders += v.Orders
}

// open begins a window.
func (t *tally) open() {
	ws := t.sum.Windows
	if len(ws) == maxWindows {
		for i := range maxWindows / 2 {
			a, b := ws[2*i], ws[2*i+1]
			ws[i] = Window{a.Visits + b.Visits, a.Exposures + b.Exposures, a.Clicks + b.Clicks, a.Orders + b.Orders}
		}
		ws = ws[:maxWindows/2]
		t.window *= 2
	}
	t.sum.Windows = append(ws, Window{})
}
