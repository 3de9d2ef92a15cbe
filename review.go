package aparte

import (
	"cmp"
	"slices"
	"time"
)

// Reviews are what customers said of an item: how many gave how many stars, all of them counted, and what some of them
// wrote. A message shows them whole or not at all: the counts as they are, and the texts of [Reviews.Shown]. Nothing that a
// brand writes, a template or a setting, can narrow them.
type Reviews struct {
	Stars  []int64  `json:"stars"`            // how many gave one star, two, three, four and five
	Latest []Review `json:"latest,omitempty"` // in any order; of each part that is counted at least one, or none at all
}

// Review is what one customer wrote.
type Review struct {
	Stars    int       `json:"stars"` // 1 to 5
	At       time.Time `json:"at"`
	By       string    `json:"by,omitempty"` // as they want to be called
	Text     string    `json:"text"`
	Language string    `json:"language,omitempty"` // BCP 47; empty: the brand's
}

// MostStars is the best that a review can give.
const MostStars = 5

// Opinion is a part of the distribution of reviews.
type Opinion uint8

// The opinions.
const (
	Unfavourable Opinion = iota // one star or two
	Mixed                       // three
	Favourable                  // four or five

	Opinions // how many there are
)

// OpinionOf is the part of the distribution in which so many stars are.
func OpinionOf(stars int) Opinion {
	switch {
	case stars < 3:
		return Unfavourable
	case stars == 3:
		return Mixed
	}
	return Favourable
}

// Count is how many reviews there are; 0 of nil.
func (r *Reviews) Count() (n int64) {
	if r == nil {
		return 0
	}
	for _, of := range r.Stars {
		n += of
	}
	return n
}

// Mean is how many stars they give on average, 0 where there are none.
func (r *Reviews) Mean() float64 {
	n := r.Count()
	if n == 0 {
		return 0
	}
	var stars float64
	for i, of := range r.Stars {
		stars += float64(i+1) * float64(of)
	}
	return stars / float64(n)
}

// Counted is how many reviews are of each opinion.
func (r *Reviews) Counted() (of [Opinions]int64) {
	for i, n := range r.Stars {
		of[OpinionOf(i+1)] += n
	}
	return of
}

// Shown are the texts that are shown: of each opinion the latest, the newest first. Of two of one instant it is the less
// favourable.
func (r *Reviews) Shown() []Review {
	var latest [Opinions]*Review
	for i := range r.Latest {
		l := &r.Latest[i]
		of := OpinionOf(l.Stars)
		if latest[of] == nil || newer(l, latest[of]) < 0 {
			latest[of] = l
		}
	}
	var shown []Review
	for _, l := range latest {
		if l != nil {
			shown = append(shown, *l)
		}
	}
	slices.SortStableFunc(shown, func(a, b Review) int { return newer(&a, &b) })
	return shown
}

func newer(a, b *Review) int {
	return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Stars, b.Stars), cmp.Compare(a.Text, b.Text))
}
