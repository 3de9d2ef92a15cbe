package decide

import (
	"fmt"

	"github.com/aparte-dev/aparte"
)

// Bounds of reviews.
const (
	MaxReviews     = 24   // whose texts an item has
	MaxReviewBytes = 1000 // of a text
	MaxReviewerLen = 80   // bytes of what who wrote it is called
	mostCounted    = 1e12 // of one number of stars
)

// opinions are what the parts of the distribution are called in errors.
var opinions = [aparte.Opinions]string{"1 or 2", "3", "4 or 5"}

// reviews checks that what an item brings tells of all its reviews: each number of stars is counted, and where there are
// texts there is at least one of each part that is counted, so that whoever shows them can leave none of it out.
func (a *audit) reviews(r *aparte.Reviews, at string) {
	if !a.check(len(r.Stars) == aparte.MostStars, at+"/stars", "are %d numbers, not one for each of 1 to %d stars", len(r.Stars), aparte.MostStars) {
		return
	}
	for i, n := range r.Stars {
		a.check(n >= 0 && n <= mostCounted, fmt.Sprintf("%s/stars/%d", at, i), "%d is no number of reviews", n)
	}
	if !a.bounded(at+"/latest", len(r.Latest), MaxReviews) {
		return
	}
	var told [aparte.MostStars]int64
	var of [aparte.Opinions]int
	for i := range r.Latest {
		l, pointer := &r.Latest[i], fmt.Sprintf("%s/latest/%d", at, i)
		a.check(l.Text != "" && len(l.Text) <= MaxReviewBytes, pointer+"/text", "takes %d bytes: it must take 1 to %d", len(l.Text), MaxReviewBytes)
		a.check(len(l.By) <= MaxReviewerLen, pointer+"/by", "takes %d bytes, at most %d", len(l.By), MaxReviewerLen)
		a.check(!l.At.IsZero(), pointer+"/at", "says no time: the latest are shown")
		if !a.check(l.Stars >= 1 && l.Stars <= aparte.MostStars, pointer+"/stars", "%d is not 1 to %d", l.Stars, aparte.MostStars) {
			return
		}
		told[l.Stars-1]++
		of[aparte.OpinionOf(l.Stars)]++
	}
	for i, n := range told {
		a.check(n <= r.Stars[i], fmt.Sprintf("%s/stars/%d", at, i), "counts %d reviews, of which latest has %d", r.Stars[i], n)
	}
	for opinion, n := range r.Counted() {
		a.check(n == 0 || of[opinion] > 0 || len(r.Latest) == 0, at+"/latest", "has none of the %d reviews of %s stars: where some are told, some of each part must be", n, opinions[opinion])
	}
}
