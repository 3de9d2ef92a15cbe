package engine

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// Variety is how different the things are that are said to people of one segment: those at one stage of their life with the
// brand. Two are the same where content, channel and hour of the day (in the brand's zone) are.
type Variety struct {
	Segment  string
	Said     int
	Distinct int
	// Differ is how likely two of them, drawn by chance, are not the same: Simpson 1949, "Measurement of diversity", without
	// bias. Unlike the share of distinct ones it does not fall as more is said.
	Differ float64
}

// Share is the share of distinct ones.
func (v Variety) Share() float64 { return float64(v.Distinct) / float64(max(1, v.Said)) }

// output is what counts as one thing that was said.
type output struct {
	content aparte.ContentID
	channel aparte.Channel
	hour    int
}

// varieties counts outputs by segment.
type varieties map[string]map[output]int

func (v varieties) add(segment string, d *aparte.Decision, zone *time.Location) {
	if d.Action.Silent() {
		return
	}
	if v[segment] == nil {
		v[segment] = map[output]int{}
	}
	v[segment][output{d.Action.Content, d.Channel, d.At.In(zone).Hour()}]++
}

// told are the segments in which something was said, in the order of life.
func (v varieties) told() (all []Variety) {
	for _, segment := range PathStages {
		counts := v[segment]
		if len(counts) == 0 {
			continue
		}
		one := Variety{Segment: segment, Distinct: len(counts)}
		same := 0 // ordered pairs; whole numbers, so that the order of the map does not matter
		for _, n := range counts {
			one.Said += n
			same += n * (n - 1)
		}
		if one.Said > 1 {
			one.Differ = 1 - float64(same)/(float64(one.Said)*float64(one.Said-1))
		}
		all = append(all, one)
	}
	return all
}
