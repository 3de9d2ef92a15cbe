package postgres

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A process whose clock is wrong, and jumps, is never further from the server's than an answer took, and does not move where it may be right.
func TestAClockFollowsItsServer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := func(name string, most time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(most)).Draw(t, name))
		}
		var c clock
		noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
		now := noon                                                // of the server
		wrong := span("wrong", 2*time.Hour) - time.Hour            // of the process
		if at := c.at(now.Add(wrong)); !at.Equal(now.Add(wrong)) { // nobody was asked
			t.Fatalf("at %v the clock says %v", now.Add(wrong), at)
		}
		for range rapid.IntRange(1, 20).Draw(t, "times") {
			if rapid.IntRange(0, 4).Draw(t, "jumps") == 0 {
				wrong = span("wrong", 2*time.Hour) - time.Hour
			}
			now = now.Add(span("pause", time.Minute))
			asked := now.Add(wrong)
			there, back := span("there", time.Second), span("back", time.Second)
			said := now.Add(there)
			now = said.Add(back)
			before := c.at(now.Add(wrong))
			behind := c.set(said, asked, now.Add(wrong))
			at := c.at(now.Add(wrong))
			if at.Before(said) || at.After(said.Add(there+back)) {
				t.Fatalf("the server says %v and has answered in %v: the clock says %v", said, there+back, at)
			}
			if !at.Equal(before.Add(behind)) || !before.Before(said) && !before.After(said.Add(there+back)) && behind != 0 {
				t.Fatalf("the clock said %v and says %v, as if it was behind by %v", before, at, behind)
			}
			now = now.Add(span("passes", time.Hour))
			if passed := c.at(now.Add(wrong)).Sub(at); passed != now.Sub(said.Add(back)) {
				t.Fatalf("of %v the clock counts %v", now.Sub(said.Add(back)), passed)
			}
		}
	})
}
