package decide

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// A brand cannot bring the favourable texts alone: whoever shows reviews has one of each part to show.
func TestReviewsThatLeaveAPartOutAreRefused(t *testing.T) {
	text := func(stars int) aparte.Review { return aparte.Review{Stars: stars, At: noon, Text: "As it was."} }
	for name, test := range map[string]struct {
		reviews aparte.Reviews
		want    string
	}{
		"whole":              {aparte.Reviews{Stars: []int64{3, 1, 0, 5, 40}, Latest: []aparte.Review{text(5), text(1)}}, ""},
		"counts alone":       {aparte.Reviews{Stars: []int64{3, 1, 0, 5, 40}}, ""},
		"none":               {aparte.Reviews{Stars: []int64{0, 0, 0, 0, 0}}, ""},
		"favourable alone":   {aparte.Reviews{Stars: []int64{3, 1, 0, 5, 40}, Latest: []aparte.Review{text(5), text(4)}}, "/items/0/reviews/latest: has none of the 4 reviews of 1 or 2 stars"},
		"without the middle": {aparte.Reviews{Stars: []int64{3, 1, 2, 5, 40}, Latest: []aparte.Review{text(5), text(2)}}, "/items/0/reviews/latest: has none of the 2 reviews of 3 stars"},
		"not counted":        {aparte.Reviews{Stars: []int64{0, 0, 0, 5, 40}, Latest: []aparte.Review{text(5), text(1)}}, "/items/0/reviews/stars/0: counts 0 reviews, of which latest has 1"},
		"three numbers":      {aparte.Reviews{Stars: []int64{1, 2, 3}}, "/items/0/reviews/stars: are 3 numbers"},
		"below none":         {aparte.Reviews{Stars: []int64{1, 2, 3, 4, -5}}, "/items/0/reviews/stars/4: -5 is no number"},
		"six stars":          {aparte.Reviews{Stars: []int64{1, 2, 3, 4, 5}, Latest: []aparte.Review{text(6)}}, "/items/0/reviews/latest/0/stars: 6 is not 1 to 5"},
		"no time":            {aparte.Reviews{Stars: []int64{0, 0, 0, 0, 5}, Latest: []aparte.Review{{Stars: 5, Text: "x"}}}, "/items/0/reviews/latest/0/at: says no time"},
		"no words":           {aparte.Reviews{Stars: []int64{0, 0, 0, 0, 5}, Latest: []aparte.Review{{Stars: 5, At: noon}}}, "/items/0/reviews/latest/0/text: takes 0 bytes"},
		"a book":             {aparte.Reviews{Stars: []int64{0, 0, 0, 0, 5}, Latest: []aparte.Review{{Stars: 5, At: noon, Text: strings.Repeat("x", 1001)}}}, "/items/0/reviews/latest/0/text: takes 1001 bytes"},
		"too many":           {aparte.Reviews{Stars: []int64{0, 0, 0, 0, 50}, Latest: make([]aparte.Review, 25)}, "/items/0/reviews/latest: 25 entries"},
	} {
		b := shop()
		b.Items[0].Reviews = &test.reviews
		_, err := Compile(b, 1)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
