package aparte

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestOfEachOpinionTheLatestIsShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Reviews
		for range rapid.IntRange(0, 12).Draw(t, "reviews") {
			r.Latest = append(r.Latest, Review{
				Stars: rapid.IntRange(1, MostStars).Draw(t, "stars"),
				At:    time.Unix(rapid.Int64Range(0, 20).Draw(t, "at"), 0),
				Text:  rapid.StringMatching("[a-c]").Draw(t, "text"),
			})
		}
		shown := r.Shown()
		for of := range Opinions {
			var there, told int
			for _, l := range r.Latest {
				if OpinionOf(l.Stars) != of {
					continue
				}
				there++
				for _, s := range shown {
					if OpinionOf(s.Stars) == of && l.At.After(s.At) {
						t.Fatalf("%v is later than %v, which is shown", l, s)
					}
				}
			}
			for _, s := range shown {
				if OpinionOf(s.Stars) == of {
					told++
				}
			}
			if told != min(1, there) {
				t.Fatalf("of opinion %d there are %d reviews and %d are shown", of, there, told)
			}
		}
		for i := 1; i < len(shown); i++ {
			if shown[i].At.After(shown[i-1].At) {
				t.Fatal("a newer one comes after an older one")
			}
		}
	})
}

func TestReviewsCountAllStars(t *testing.T) {
	r := &Reviews{Stars: []int64{2, 1, 3, 10, 24}}
	if r.Count() != 40 || r.Mean() != (2*1+1*2+3*3+10*4+24*5)/40.0 {
		t.Errorf("count %d, mean %v", r.Count(), r.Mean())
	}
	if got := r.Counted(); got != [Opinions]int64{3, 3, 34} {
		t.Errorf("counted %v", got)
	}
	var none *Reviews
	if none.Count() != 0 || none.Mean() != 0 {
		t.Error("none are not none")
	}
}
