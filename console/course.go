package console

import (
	"fmt"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// courseView is how what is said changed since the first decision: the beginning beside now.
type courseView struct {
	Began    string // hour and minute
	Known    bool   // enough was said to tell a beginning from now
	Then     rate   // clicks per view, at first
	Now      rate
	Contents map[aparte.ContentID]contentCourse
}

// rate is a part of a whole, and says so.
type rate struct{ Part, Whole int64 }

// Share is the part of the whole, 0 where there is none.
func (r rate) Share() float64 { return ratio(r.Part, r.Whole) }

// contentCourse is one content's share of what is said.
type contentCourse struct {
	Then, Now rate
	Line      string // of a chart 100 wide and 24 high
	Area      string // the same, closed to fill
}

// Rising reports whether the content is said more often than at first.
func (c contentCourse) Rising() bool { return c.Now.Share() > c.Then.Share() }

// Now is the last quarter of the course; with fewer steps than this it is not told from the beginning.
const fewestSteps = 8

// course reads the engine's course. What a page says of shares is about what was said: silences are left out.
func (s *console) course() courseView {
	c := s.Engine.Course()
	v := courseView{Contents: map[aparte.ContentID]contentCourse{}}
	if !c.Over || c.Steps < fewestSteps {
		return v
	}
	v.Began, v.Known = c.Began.UTC().Format("15:04")+" UTC", true
	now := c.Steps - c.Steps/4 // its first step
	said, saidFirst := make([]int64, c.Steps), int64(0)
	for _, one := range c.Contents {
		for i := range said {
			said[i] += one.Chosen[i]
		}
		saidFirst += one.First.Chosen
		v.Then.Part, v.Then.Whole = v.Then.Part+one.First.Clicked, v.Then.Whole+one.First.Exposed
		v.Now.Part, v.Now.Whole = v.Now.Part+total(one.Clicked[now:]), v.Now.Whole+total(one.Exposed[now:])
	}
	for _, one := range c.Contents {
		line, area := sparkline(one, said)
		v.Contents[one.Content] = contentCourse{
			Then: rate{one.First.Chosen, saidFirst},
			Now:  rate{total(one.Chosen[now:]), total(said[now:])},
			Line: line, Area: area,
		}
	}
	return v
}

// smooth is a content's share of what was said in a step and the two on either side: few things are said in one.
func smooth(chosen, said []int64, step int) float64 {
	from, to := max(0, step-2), min(len(said), step+3)
	return ratio(total(chosen[from:to]), total(said[from:to]))
}

// The small charts' size, in their own units, and the least share that fills one.
const (
	sparkWidth  = 100.0
	sparkHeight = 24.0
	sparkFull   = 0.02
)

func sparkline(one engine.ContentCourse, said []int64) (line, area string) {
	most := sparkFull
	for i := range said {
		most = max(most, smooth(one.Chosen, said, i))
	}
	var b strings.Builder
	for i := range said {
		x := sparkWidth * float64(i) / float64(len(said)-1)
		y := sparkHeight - 1 - (sparkHeight-2)*smooth(one.Chosen, said, i)/most
		fmt.Fprintf(&b, "%.1f,%.1f ", x, y)
	}
	line = strings.TrimSpace(b.String())
	return line, fmt.Sprintf("0,%g %s %g,%g", sparkHeight, line, sparkWidth, sparkHeight)
}
