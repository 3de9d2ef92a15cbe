package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// feed is a store of which one part has rows for the learner.
type feed struct {
	store.Store
	rows  uint64
	reads int
}

func (f *feed) Feed(_ context.Context, _ store.Part, after uint64, limit int) (found []store.FeedRow, _ error) {
	f.reads++
	for at := after + 1; at <= f.rows && len(found) < limit; at++ {
		found = append(found, store.FeedRow{Position: at})
	}
	return found, nil
}

func TestWhatTheLearnerHasNotReadIsCountedInFewReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		read, left := rapid.Uint64Range(0, 1e9).Draw(t, "read"), rapid.IntRange(0, 1e9).Draw(t, "left")
		f := &feed{rows: read + uint64(left)}
		l := &learner{engine: &Engine{store: f}, state: fold{read: []uint64{read}}}
		if got, err := l.backlog(t.Context(), 0); err != nil || got != left {
			t.Fatalf("counted %d (%v), there are %d", got, err, left)
		}
		if f.reads > 64 || left == 0 && f.reads > 1 {
			t.Fatalf("%d reads for %d rows", f.reads, left)
		}
	})
}

// TestTheLagIsThatOfTheRowsLeft holds the count against one that knows every row, with commits, rounds that take at most so many of a part, and
// rows that a round reads before their commit told of them.
func TestTheLagIsThatOfTheRowsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1e9, 0)
		l := &learner{engine: &Engine{now: func() time.Time { return now }}, news: map[store.Part]bool{}, lags: map[store.Part]unlearned{}, wake: make(chan struct{}, 1)}
		var left [3][]time.Time // when each row that waits was written
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Second)
			part := store.Part(rapid.IntRange(0, 2).Draw(t, "part"))
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				n := rapid.IntRange(1, 3*roundRows).Draw(t, "rows")
				l.notify(part, n)
				left[part] = append(left[part], slices.Repeat([]time.Time{now}, n)...)
			case 1:
				n := min(len(left[part]), roundRows)
				left[part] = left[part][n:]
				l.learned(&round{Parts: []store.Part{part}}, []int{n}, now)
			case 2: // a round is faster than what told it
				if len(left[part]) == 0 {
					l.learned(&round{Parts: []store.Part{part}}, []int{1}, now)
					l.notify(part, 1)
				}
			}
			rows, oldest := l.lag()
			want, age := 0, time.Duration(0)
			for _, rows := range left {
				if want += len(rows); len(rows) > 0 {
					age = max(age, now.Sub(rows[0]))
				}
			}
			if rows != want {
				t.Fatalf("lags by %d rows, %d are left", rows, want)
			}
			if oldest < age || want == 0 && oldest != 0 { // it may be told as older, where a round left some, but never as younger
				t.Fatalf("the oldest of %d is told to wait for %v, it has for %v", want, oldest, age)
			}
		}
	})
}

func TestTheOldestLetterIsThatOfTheLowestNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p posted
		waits, last := map[uint64]time.Time{}, uint64(rapid.IntRange(0, 9).Draw(t, "first"))
		for at := range rapid.IntRange(1, 60).Draw(t, "steps") {
			if now := time.Unix(int64(at), 0); rapid.Bool().Draw(t, "post") {
				last++
				if rapid.IntRange(0, 9).Draw(t, "epoch") == 0 {
					last += 1 << 32
				}
				waits[last] = now
				p.add(last, now)
			} else if len(waits) > 0 {
				numbers := make([]uint64, 0, len(waits))
				for n := range waits {
					numbers = append(numbers, n)
				}
				slices.Sort(numbers)
				n := rapid.SampledFrom(numbers).Draw(t, "settled")
				delete(waits, n)
				p.settle(n)
			}
			var oldest time.Time
			for _, at := range waits {
				if oldest.IsZero() || at.Before(oldest) {
					oldest = at
				}
			}
			if got := p.oldest(); !got.Equal(oldest) || len(p.at) != len(waits) {
				t.Fatalf("the oldest of %d is of %v, want of %v of %d", len(p.at), got, oldest, len(waits))
			}
		}
	})
}

func TestTheMainReasonIsWhatWasInTheWayOfMost(t *testing.T) {
	of := func(how aparte.ReasonCode, excluded ...aparte.ReasonCode) aparte.ReasonCode {
		d := aparte.Decision{Reasons: []aparte.Reason{{Code: "feature"}, {Code: how}}, Candidates: []aparte.Candidate{{}}}
		for _, x := range excluded {
			d.Candidates = append(d.Candidates, aparte.Candidate{Excluded: x})
		}
		return mainReason(&d)
	}
	for _, c := range []struct{ got, want aparte.ReasonCode }{
		{of(aparte.BestValue, aparte.NoConsent), aparte.BestValue},
		{of(aparte.NotWorthIt, aparte.QuietHours), aparte.NotWorthIt},
		{of(aparte.NothingToSay), aparte.NothingToSay},
		{of(aparte.NothingToSay, aparte.QuietHours, aparte.NoConsent, aparte.NoConsent), aparte.NoConsent},
		{of(aparte.NothingToSay, "made up", "made up"), aparte.NothingToSay},
		{of("made up", aparte.NoConsent), "other"},
	} {
		if c.got != c.want {
			t.Errorf("told %q, want %q", c.got, c.want)
		}
	}
}
