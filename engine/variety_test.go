package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

func TestVarietyIsCountedWithinASegment(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	v := varieties{}
	say := func(segment string, content aparte.ContentID, channel aparte.Channel, at time.Time) {
		v.add(segment, &aparte.Decision{Action: aparte.Action{Content: content}, Channel: channel, At: at}, paris)
	}
	nine := time.Date(2026, 5, 13, 7, 10, 0, 0, time.UTC) // in Paris
	say(aparte.New, "a", aparte.Web, nine)
	say(aparte.New, "a", aparte.Web, nine.AddDate(0, 0, 3).Add(40*time.Minute)) // the same hour of another day
	say(aparte.New, "a", aparte.Web, nine.AddDate(0, 6, 0).Add(time.Hour))      // nine o'clock in winter
	say(aparte.New, "a", aparte.Web, nine.Add(time.Hour))                       // another hour
	say(aparte.New, "a", aparte.Email, nine)                                    // another channel
	say(aparte.New, "b", aparte.Web, nine)                                      // another content
	say(aparte.New, "", aparte.Web, nine)                                       // silence
	say(aparte.Prospect, "a", aparte.Web, nine)
	say(aparte.Prospect, "a", aparte.Web, nine)
	want := []Variety{
		{Segment: aparte.Prospect, Said: 2, Distinct: 1, Differ: 0},
		{Segment: aparte.New, Said: 6, Distinct: 4, Differ: 1 - 6.0/30},
	}
	if diff := cmp.Diff(want, v.told()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := want[1].Share(); got != 4.0/6 {
		t.Errorf("a share of %v", got)
	}
}
