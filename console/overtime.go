package console

import (
	"fmt"
	"math"
	"strings"

	"github.com/aparte-dev/aparte/engine"
)

// overTimeView is what saying added, as it was known at each time: a line, and the interval as a band around it.
type overTimeView struct {
	Points    []engine.ValuePoint // of the trial under way, of which anything could be said; the newest first
	Line      string              // on a field of overTimeWide × overTimeHigh
	Band      string
	Zero      float64
	Low, High float64 // what the lower and the upper edge stand for
	Currency  string
}

// The field of the chart, in its own units.
const (
	overTimeWide = 600.0
	overTimeHigh = 160.0
)

// overTimeOf draws the points of the last trial. Two at least make a line.
func overTimeOf(course []engine.ValuePoint) (v overTimeView) {
	if len(course) == 0 {
		return v
	}
	last := &course[len(course)-1]
	var points []engine.ValuePoint
	for _, p := range course {
		if p.Known && p.Trial == last.Trial && p.Currency == last.Currency {
			points = append(points, p)
			v.Low, v.High = min(v.Low, p.Low), max(v.High, p.High)
		}
	}
	v.Currency = last.Currency
	for i := range points {
		v.Points = append(v.Points, points[len(points)-1-i])
	}
	if len(points) < 2 || v.High <= v.Low {
		return v
	}
	from, to := points[0].At, points[len(points)-1].At
	x := func(p *engine.ValuePoint) float64 {
		return round1(overTimeWide * p.At.Sub(from).Seconds() / math.Max(1, to.Sub(from).Seconds()))
	}
	y := func(n float64) float64 { return round1(overTimeHigh * (v.High - n) / (v.High - v.Low)) }
	var line, upper, lower []string
	for i := range points {
		p := &points[i]
		line = append(line, fmt.Sprint(x(p), ",", y(p.More)))
		upper = append(upper, fmt.Sprint(x(p), ",", y(p.High)))
		lower = append([]string{fmt.Sprint(x(p), ",", y(p.Low))}, lower...)
	}
	v.Line, v.Band, v.Zero = strings.Join(line, " "), strings.Join(append(upper, lower...), " "), y(0)
	return v
}
