package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The oracle walks minute by minute: of each person, a minute is worked where something was saved within the next ten and before it too, or
// within the five before the first of a sitting.
func TestWorkedMinutesAreThoseBetweenSavesCloseTogether(t *testing.T) {
	began := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var saves []Saved
		of := map[string]map[int]bool{}
		for range rapid.IntRange(0, 30).Draw(t, "saves") {
			by, minute := rapid.SampledFrom([]string{"ada", "bob"}).Draw(t, "by"), rapid.IntRange(10, 200).Draw(t, "minute")
			if of[by] == nil {
				of[by] = map[int]bool{}
			}
			if of[by][minute] { // twice in a minute takes nothing
				continue
			}
			of[by][minute] = true
			saves = append(saves, Saved{by, began.Add(time.Duration(minute) * time.Minute)})
		}
		want := 0
		for _, at := range of {
			for minute := range 201 { // is the minute that ends here worked?
				next := -1
				for m := minute; m <= 200 && next < 0; m++ {
					if at[m] {
						next = m
					}
				}
				if next < 0 {
					continue
				}
				last := -1
				for m := next - 1; m >= 0 && last < 0; m-- {
					if at[m] {
						last = m
					}
				}
				sitting := last >= 0 && next-last < 10
				if sitting && minute > last || !sitting && next-minute < 5 {
					want++
				}
			}
		}
		got := time.Duration(0)
		for _, w := range worked(saves) {
			got += w.worked
		}
		if got != time.Duration(want)*time.Minute {
			t.Fatalf("worked %v, want %d minutes of %v", got, want, of)
		}
	})
}
