package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
)

const (
	pulseStep  = 10 * time.Second
	pulseSteps = 60
)

// pulse counts, in memory, what happened in the last ten minutes: for the console's live page. What is
// kept is in the store's counters.
type pulse struct {
	now func() time.Time

	mu       sync.Mutex
	last     time.Time // start of the newest step
	contents map[aparte.ContentID]*beats
	silences [pulseSteps]int64 // oldest first
	course   course
}

type beats struct{ chosen, exposed, clicked, earned [pulseSteps]int64 }

func newPulse(now func() time.Time) *pulse {
	return &pulse{now: now, last: now().Truncate(pulseStep), contents: map[aparte.ContentID]*beats{}}
}

// chosen counts a decision, taken at a time, to say a content, or to say nothing where it is empty.
func (p *pulse) chosen(at time.Time, c aparte.ContentID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	if c == "" {
		p.silences[pulseSteps-1]++
		return
	}
	p.of(c).chosen[pulseSteps-1]++
	p.course.chosen(at, c)
}

// exposed counts that what was decided at a time was seen.
func (p *pulse) exposed(at time.Time, c aparte.ContentID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	p.of(c).exposed[pulseSteps-1]++
	p.course.exposed(at, c)
}

// clicked counts that what was decided at a time was clicked.
func (p *pulse) clicked(at time.Time, c aparte.ContentID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	p.of(c).clicked[pulseSteps-1]++
	p.course.clicked(at, c)
}

// earned adds what followed a decision whose window has closed, in minor units.
func (p *pulse) earned(c aparte.ContentID, value int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	p.of(c).earned[pulseSteps-1] += value
}

func (p *pulse) of(c aparte.ContentID) *beats {
	b := p.contents[c]
	if b == nil {
		b = &beats{}
		p.contents[c] = b
	}
	return b
}

// turn moves on to the step of now.
func (p *pulse) turn() {
	step := p.now().Truncate(pulseStep)
	by := min(int(step.Sub(p.last)/pulseStep), pulseSteps)
	if by <= 0 {
		return
	}
	p.last = step
	shift(&p.silences, by)
	for c, b := range p.contents {
		shift(&b.chosen, by)
		shift(&b.exposed, by)
		shift(&b.clicked, by)
		shift(&b.earned, by)
		if *b == (beats{}) {
			delete(p.contents, c)
		}
	}
}

func shift(counts *[pulseSteps]int64, by int) {
	copy(counts[:], counts[by:])
	clear(counts[pulseSteps-by:])
}

// Pulse is what happened in the last ten minutes.
func (e *Engine) Pulse() Pulse {
	p := e.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	out := Pulse{Step: pulseStep, Silences: slices.Clone(p.silences[:])}
	for i := range pulseSteps {
		out.Steps = append(out.Steps, p.last.Add(-time.Duration(pulseSteps-1-i)*pulseStep))
	}
	for c, b := range p.contents {
		out.Contents = append(out.Contents, ContentPulse{
			Content: c, Chosen: slices.Clone(b.chosen[:]), Exposed: slices.Clone(b.exposed[:]), Clicked: slices.Clone(b.clicked[:]), Earned: slices.Clone(b.earned[:]),
		})
	}
	slices.SortFunc(out.Contents, func(a, b ContentPulse) int {
		if a.Content < b.Content {
			return -1
		}
		return 1
	})
	return out
}
