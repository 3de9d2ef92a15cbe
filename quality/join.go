package quality

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Bounds of texts that come from another keeper, in bytes: no keeper writes longer ones.
const (
	maxSource = 512
	maxText   = 512 // of a violation
)

// join adds what another keeper saw. Nothing is believed that is later than until.
func (b *book) join(s *Seen, until time.Time) {
	b.plan.others = sum(b.plan.others, s.Others)
	b.beyond = sum(b.beyond, s.Beyond)
	for i := range s.Plan {
		b.plan.join(&s.Plan[i], until)
	}
	for i := range s.Sources[:min(len(s.Sources), maxSources)] {
		b.joinSource(&s.Sources[i], until)
	}
	for i := range s.Violations {
		b.joinViolation(&s.Violations[i], until)
	}
}

func (b *book) joinSource(o *Source, until time.Time) {
	days := between(o.Days, (*Day).on, until)
	if len(days) == 0 {
		return
	}
	s := b.source(cut(o.Name, maxSource), time.Time{})
	s.First, s.Last = span(s.First, s.Last, o.First, o.Last, until)
	s.Days = joined(s.Days, days, tallyDays, (*Day).on, func(d, o *Day) { d.add(&o.Tally) })
}

func (b *book) joinViolation(o *Violation, until time.Time) {
	if o.Count < 1 {
		return
	}
	v := b.violation(Violation{
		Source: cut(o.Source, maxSource), Call: aparte.EventType(cut(string(o.Call), maxName)), Event: cut(o.Event, maxName),
		Pointer: cut(o.Pointer, maxText), Expected: cut(o.Expected, maxText),
	})
	if v == nil {
		b.beyond = sum(b.beyond, o.Count)
		return
	}
	if v.Count == 0 || !o.Last.Before(v.Last) {
		v.Got, v.Mode = cut(o.Got, maxText), Mode(cut(string(o.Mode), maxName))
	}
	v.Count = sum(v.Count, o.Count)
	v.First, v.Last = span(v.First, v.Last, o.First, o.Last, until)
}

func (p *plan) join(o *Planned, until time.Time) {
	if o.Count < 1 {
		return
	}
	one := p.at(planKey{cut(o.Source, maxSource), aparte.EventType(cut(string(o.Call), maxName)), cut(o.Name, maxName)})
	if one == nil {
		p.others = sum(p.others, o.Count)
		return
	}
	one.Count, one.Looked = sum(one.Count, o.Count), sum(one.Looked, o.Looked)
	one.First, one.Last = span(one.First, one.Last, o.First, o.Last, until)
	one.Days = joined(one.Days, between(o.Days, (*DayCount).on, until), planDays, (*DayCount).on, func(d, o *DayCount) { d.N = sum(d.N, o.N) })
	one.Cut = one.Cut || o.Cut || len(o.Properties) > maxOfEvent
	for i := range o.Properties[:min(len(o.Properties), maxOfEvent)] {
		p.joinProperty(&one.Planned, &o.Properties[i], until)
	}
}

func (p *plan) joinProperty(of *Planned, o *Property, until time.Time) {
	if o.Seen < 1 {
		return
	}
	one := p.property(of, cut(o.Name, maxLevels*maxName))
	if one == nil {
		return
	}
	one.Seen = sum(one.Seen, o.Seen)
	for i, n := range o.Types {
		one.Types[i] = sum(one.Types[i], n)
	}
	one.First, one.Last = span(one.First, one.Last, o.First, o.Last, until)
	for _, shape := range o.Shapes[:min(len(o.Shapes), maxShapes)] {
		one.looksLike(cut(shape, maxName))
	}
}

// sum is what two counts come to: at most what can be counted. One below nothing is nothing.
func sum(n, more int64) int64 {
	switch {
	case more <= 0:
		return n
	case n > math.MaxInt64-more:
		return math.MaxInt64
	}
	return n + more
}

// span is from the first to the last of what is between first and last and what is between from and to. Zero times say nothing, nor do those before
// 1970; one after until is until.
func span(first, last, from, to, until time.Time) (time.Time, time.Time) {
	for _, at := range []time.Time{from, to} {
		if at.Unix() < 0 {
			continue
		}
		if at.After(until) {
			at = until
		}
		if at = at.UTC(); first.IsZero() || at.Before(first) {
			first = at
		}
		last = later(last, at)
	}
	return first, last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (d *Day) on() *int64      { return &d.Day }
func (d *DayCount) on() *int64 { return &d.Day }

// between are the days from 1970 until a time.
func between[D any](days []D, on func(*D) *int64, until time.Time) []D {
	last := dayOf(until)
	return slices.DeleteFunc(slices.Clone(days), func(d D) bool { return *on(&d) < 0 || *on(&d) > last })
}

// joined are days, in order, with others added to them, as far back as keep days are kept.
func joined[D any](days, others []D, keep int64, on func(*D) *int64, add func(d, o *D)) []D {
	newest := int64(math.MinInt64)
	for _, some := range [][]D{days, others} {
		for i := range some {
			newest = max(newest, *on(&some[i]))
		}
	}
	for i := range others {
		day := *on(&others[i])
		if day <= newest-keep {
			continue
		}
		at, found := slices.BinarySearchFunc(days, day, func(d D, day int64) int { return cmp.Compare(*on(&d), day) })
		if !found {
			var empty D
			*on(&empty) = day
			days = slices.Insert(days, at, empty)
		}
		add(&days[at], &others[i])
	}
	return slices.DeleteFunc(days, func(d D) bool { return *on(&d) <= newest-keep })
}
