package scenario

import (
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

// chronicle keeps everything that was ever heard, and answers by reading all of it.
type chronicle struct {
	delay, rest time.Duration
	heard       []hearing
	fired       []firing
}

// hearing is an event as it was received, after so many firings.
type hearing struct {
	word           string
	at, received   time.Time
	firings        int
	known, ordered time.Time // the newest event and order among those heard so far, this one included
}

// firing is a moment that arose, for an event of that time.
type firing struct {
	anchor, at time.Time
	spoke      bool
}

func (c *chronicle) hear(word string, at, received time.Time) {
	h := hearing{word: word, at: at, received: received, firings: len(c.fired)}
	for _, before := range append(c.heard, h) {
		h.known = latest(h.known, before.at)
		if before.word == orderCompleted {
			h.ordered = latest(h.ordered, before.at)
		}
	}
	c.heard = append(c.heard, h)
}

// pending is when the moment is due that is to arise, zero where none is: that of the newest event of After
// that counts, and was neither answered by a moment since nor made pointless by an event of Unless that
// happened no earlier and was heard of later.
func (c *chronicle) pending() time.Time {
	var newest time.Time
	for i, h := range c.heard {
		if h.word != "after" || h.firings < len(c.fired) || !c.counts(h) {
			continue
		}
		pointless := false
		for _, later := range c.heard[i+1:] {
			if (later.word == "unless" || later.word == orderCompleted) && !later.at.Before(h.at) {
				pointless = true
			}
		}
		if !pointless {
			newest = latest(newest, h.at)
		}
	}
	if newest.IsZero() {
		return newest
	}
	return newest.Add(c.delay)
}

// counts reports whether a moment may arise from an event of After at all.
func (c *chronicle) counts(h hearing) bool {
	due := h.at.Add(c.delay)
	older := h.at.Before(h.known)
	if older && (!due.After(h.received) || !due.After(h.known) || !h.ordered.Before(h.at)) {
		return false
	}
	if due.Add(MaxOverdue).Before(h.received) {
		return false
	}
	for _, f := range c.fired[:h.firings] {
		if f.spoke && due.Before(f.at.Add(c.rest)) {
			return false
		}
	}
	return true
}

func TestAnyStoryIsReadAsTheChronicleReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(label string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Minute
		}
		c := &chronicle{delay: minutes("delay", 8), rest: minutes("rest", 20)}
		set, err := Compile([]aparte.Scenario{{
			ID: "s", After: "after", Unless: []string{"unless", orderCompleted},
			Delay: aparte.Duration(c.delay), Rest: aparte.Duration(c.rest), Channel: aparte.Email,
		}})
		if err != nil {
			t.Fatal(err)
		}
		l := &life{set: set, now: clock("08:00")}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			step(t, l, c, l.now.Add(minutes("pause", 3)))
			word := rapid.SampledFrom([]string{"after", "after", "unless", orderCompleted, "page"}).Draw(t, "word")
			at := l.now.Add(-minutes("age", 6))
			if rapid.IntRange(0, 19).Draw(t, "history") == 0 {
				at = at.Add(-48 * time.Hour)
			}
			c.hear(word, at, l.now)
			l.hear(word, at)
			compare(t, l, c)
		}
		for i := 1; i < len(c.fired); i++ {
			if c.fired[i].anchor.Before(c.fired[i-1].anchor) {
				t.Fatalf("a moment for %v came after one for %v", c.fired[i].anchor, c.fired[i-1].anchor)
			}
		}
	})
}

// step lets the clock run to until in both, a timer at a time.
func step(t *rapid.T, l *life, c *chronicle, until time.Time) {
	for due := c.pending(); !due.IsZero() && !due.After(until); due = c.pending() {
		l.mute = rapid.Bool().Draw(t, "silent")
		at := latest(due, l.now)
		l.pass(at)
		c.fired = append(c.fired, firing{due.Add(-c.delay), at, !l.mute})
	}
	l.pass(until)
	if len(l.fired) != len(c.fired) {
		t.Fatalf("%d moments, the chronicle has %d", len(l.fired), len(c.fired))
	}
	compare(t, l, c)
}

func compare(t *rapid.T, l *life, c *chronicle) {
	want, got := "nothing", "nothing"
	if due := c.pending(); !due.IsZero() {
		want = fmt.Sprint(due)
	}
	if len(l.Timers) > 0 {
		got = fmt.Sprint(l.Timers[0].Due)
	}
	if want != got {
		t.Fatalf("due: %s, the chronicle says %s", got, want)
	}
}
