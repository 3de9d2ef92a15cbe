package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
)

// pacer says when mails may leave. What was sent today is read from the counters at a start; of the last minute a restart
// forgets. Of several engines each lets its portion leave. It is safe for concurrent use.
type pacer struct {
	portion   func(n int, span int64) int
	mu        sync.Mutex
	day, hour bound
	providers map[string]*bound // by their first domain; those of the brand in force
}

// bound is so many in each of equal spans of time. What finds no room lines up for the spans to come, so that they are asked for
// once each and not all at every span's beginning.
type bound struct {
	span    time.Duration
	now     int64 // the span that used is of, in spans since 1970
	used    int
	line    int64 // the last span that somebody lined up for
	linedUp int   // for it
}

// room reports whether there is room at a time, or when to ask again.
func (b *bound) room(at time.Time, most func(time.Time) int) (bool, time.Time) {
	now := at.UnixMicro() / b.span.Microseconds()
	if now != b.now {
		b.now, b.used = now, 0
	}
	if b.used < most(at) {
		return true, at
	}
	if b.line <= now {
		b.line, b.linedUp = now+1, 0
	}
	start := func() time.Time { return time.UnixMicro(b.line * b.span.Microseconds()).UTC() }
	for range linedUpAhead {
		if b.linedUp < most(start()) {
			break
		}
		b.line, b.linedUp = b.line+1, 0
	}
	place := b.linedUp
	b.linedUp++
	return false, start().Add(b.span / time.Duration(max(1, most(start()))) * time.Duration(place))
}

// linedUpAhead is how many spans are looked at for one with room.
const linedUpAhead = 256

// restore reads how many left today and in this hour.
func (p *pacer) restore(ctx context.Context, e *Engine) error {
	p.portion, p.day.span, p.hour.span = e.portion, day, time.Hour
	return p.reckon(ctx, e)
}

// reckon takes it that of what left today and in this hour at least this engine's share left by it: it may have taken parts since from where
// they left.
func (p *pacer) reckon(ctx context.Context, e *Engine) error {
	now := e.now().UTC()
	rows, err := e.store.Counters(ctx, "sent/"+string(aparte.Email), now.Truncate(day), now.Add(time.Hour))
	if err != nil {
		return fmt.Errorf("read how many mails left today: %w", err)
	}
	today, thisHour := 0, 0
	for _, row := range rows {
		today += int(row.N)
		if row.Hour.Equal(now.Truncate(time.Hour)) {
			thisHour += int(row.N)
		}
	}
	share := e.quota()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.day.atLeast(now, int(share*float64(today)))
	p.hour.atLeast(now, int(share*float64(thisHour)))
	return nil
}

// atLeast counts what is used in the span of a time as so much, or as what it is where that is more.
func (b *bound) atLeast(at time.Time, used int) {
	if now := at.UnixMicro() / b.span.Microseconds(); now != b.now {
		b.now, b.used = now, 0
	}
	b.used = max(b.used, used)
}

// ask takes room for a mail to an address, or says when to ask again.
func (p *pacer) ask(at time.Time, pace *aparte.Pace, address string) (ok bool, again time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	constant := func(n int) func(time.Time) int { return func(time.Time) int { return n } }
	var taken []*bound
	take := func(b *bound, most func(time.Time) int) bool {
		mine := func(at time.Time) int { return p.portion(most(at), at.UnixMicro()/b.span.Microseconds()) }
		if ok, again = b.room(at, mine); ok {
			taken = append(taken, b)
		}
		return ok
	}
	if _, bounded := pace.On(at); bounded && !take(&p.day, func(at time.Time) int { n, _ := pace.On(at); return n }) {
		return false, again
	}
	if pace.Hourly > 0 && !take(&p.hour, constant(pace.Hourly)) {
		return false, again
	}
	_, domain, _ := strings.Cut(address, "@")
	for i := range pace.Providers {
		if provider := &pace.Providers[i]; slices.Contains(provider.Domains, strings.ToLower(domain)) && !take(p.of(provider), constant(provider.Minute)) {
			return false, again
		}
	}
	for _, b := range taken {
		b.used++
	}
	return true, at
}

func (p *pacer) of(provider *aparte.ProviderPace) *bound {
	name := provider.Domains[0]
	if p.providers[name] == nil {
		if len(p.providers) >= aparte.MaxProviders { // of brands before
			p.providers = nil
		}
		if p.providers == nil {
			p.providers = map[string]*bound{}
		}
		p.providers[name] = &bound{span: time.Minute}
	}
	return p.providers[name]
}
