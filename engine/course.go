package engine

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

const (
	firstCourseStep = 10 * time.Second
	courseSteps     = 64
)

// firstSaid is how many things that were said make the beginning of a course: enough to tell shares by, and
// over before much of what followed them can have been learned.
const firstSaid = 1000

// course counts, in memory, what each content did since the first decision of this process: its beginning, kept as
// it was, and the whole in steps that become twice as long whenever all are used. So what is said now can be seen
// beside what was said at first, however long ago that was. What follows a decision counts for the time at
// which it was taken.
type course struct {
	began    time.Time // of the first step; zero: nothing happened yet
	step     time.Duration
	contents map[aparte.ContentID]*paces

	said  int       // of the beginning; firstSaid once it is over
	ended time.Time // the beginning
}

// paces are what one content did: in the beginning, and per step.
type paces struct {
	chosen, exposed, clicked [courseSteps]int64
	first                    Beginning
}

func (c *course) chosen(at time.Time, content aparte.ContentID) {
	if c.began.IsZero() {
		c.began, c.step, c.contents = at, firstCourseStep, map[aparte.ContentID]*paces{}
	}
	p, step := c.at(at, content)
	p.chosen[step]++
	if c.said < firstSaid {
		c.said++
		c.ended = at
		p.first.Chosen++
	}
}

func (c *course) exposed(at time.Time, content aparte.ContentID) {
	if c.began.IsZero() || at.Before(c.began) {
		return
	}
	p, step := c.at(at, content)
	p.exposed[step]++
	if !at.After(c.ended) {
		p.first.Exposed++
	}
}

func (c *course) clicked(at time.Time, content aparte.ContentID) {
	if c.began.IsZero() || at.Before(c.began) {
		return
	}
	p, step := c.at(at, content)
	p.clicked[step]++
	if !at.After(c.ended) {
		p.first.Clicked++
	}
}

// at is the counts of a content and the step that a time falls into.
func (c *course) at(at time.Time, content aparte.ContentID) (*paces, int) {
	c.reach(at)
	p := c.contents[content]
	if p == nil {
		p = new(paces)
		c.contents[content] = p
	}
	return p, max(0, int(at.Sub(c.began)/c.step)) // a clock that was set back counts for the beginning
}

// reach makes room for a time.
func (c *course) reach(at time.Time) {
	for at.Sub(c.began) >= courseSteps*c.step {
		c.double()
	}
}

// double makes one step of every two.
func (c *course) double() {
	c.step *= 2
	for _, p := range c.contents {
		pair(&p.chosen)
		pair(&p.exposed)
		pair(&p.clicked)
	}
}

func pair(counts *[courseSteps]int64) {
	for i := range courseSteps / 2 {
		counts[i] = counts[2*i] + counts[2*i+1]
	}
	clear(counts[courseSteps/2:])
}

// Course is what each content did since this process took its first decision, in equal steps of time.
type Course struct {
	Began    time.Time // zero: nothing happened yet
	Step     time.Duration
	Steps    int             // that have begun, the last one included
	Over     bool            // the beginning is: as many things were said as make one
	Contents []ContentCourse // by id
}

// ContentCourse is what one content did, per step of a Course, oldest first.
type ContentCourse struct {
	Content aparte.ContentID
	Chosen  []int64
	Exposed []int64
	Clicked []int64
	First   Beginning
}

// Beginning is what one content did among the first things that were said.
type Beginning struct{ Chosen, Exposed, Clicked int64 }

// Course is how what is said changed since this process took its first decision.
func (e *Engine) Course() Course {
	p := e.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.course.told(p.now())
}

func (c *course) told(now time.Time) Course {
	if c.began.IsZero() {
		return Course{}
	}
	c.reach(now)
	out := Course{Began: c.began, Step: c.step, Steps: max(0, int(now.Sub(c.began)/c.step)) + 1, Over: c.said >= firstSaid}
	for id, p := range c.contents {
		out.Contents = append(out.Contents, ContentCourse{
			Content: id, Chosen: slices.Clone(p.chosen[:out.Steps]), Exposed: slices.Clone(p.exposed[:out.Steps]), Clicked: slices.Clone(p.clicked[:out.Steps]), First: p.first,
		})
	}
	slices.SortFunc(out.Contents, func(a, b ContentCourse) int {
		if a.Content < b.Content {
			return -1
		}
		return 1
	})
	return out
}
