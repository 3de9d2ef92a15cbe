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

// course counts, in memory, what each content did since the first decision of this process, in steps that become
// twice as long whenever all are used: what is said now can be seen beside what was said at first, however
// long ago that was.
type course struct {
	began    time.Time // of the first step; zero: nothing happened yet
	step     time.Duration
	contents map[aparte.ContentID]*paces
}

// paces are what one content did, per step.
type paces struct{ chosen, exposed, clicked [courseSteps]int64 }

// at is the counts of a content and the step that a time falls into.
func (c *course) at(now time.Time, content aparte.ContentID) (*paces, int) {
	if c.began.IsZero() {
		c.began, c.step, c.contents = now, firstCourseStep, map[aparte.ContentID]*paces{}
	}
	for now.Sub(c.began) >= courseSteps*c.step {
		c.double()
	}
	p := c.contents[content]
	if p == nil {
		p = new(paces)
		c.contents[content] = p
	}
	return p, max(0, int(now.Sub(c.began)/c.step)) // a clock that was set back counts for the beginning
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
	Contents []ContentCourse // by id
}

// ContentCourse is what one content did, per step of a Course, oldest first.
type ContentCourse struct {
	Content aparte.ContentID
	Chosen  []int64
	Exposed []int64
	Clicked []int64
}

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
	for now.Sub(c.began) >= courseSteps*c.step {
		c.double()
	}
	out := Course{Began: c.began, Step: c.step, Steps: max(0, int(now.Sub(c.began)/c.step)) + 1}
	for id, p := range c.contents {
		out.Contents = append(out.Contents, ContentCourse{
			Content: id, Chosen: slices.Clone(p.chosen[:out.Steps]), Exposed: slices.Clone(p.exposed[:out.Steps]), Clicked: slices.Clone(p.clicked[:out.Steps]),
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
