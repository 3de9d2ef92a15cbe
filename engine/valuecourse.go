package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// ValuePoint is what people were worth when a fit was made, and what being told things had added by then.
type ValuePoint struct {
	At       time.Time `json:"at"`
	People   int       `json:"people"`
	Value    float64   `json:"value"` // what all of them were still expected to bring, in minor units
	Currency string    `json:"currency"`

	Answers []AnswersTo `json:"answers,omitempty"` // what they said of consents by then
	Items   int         `json:"items,omitempty"`   // in the catalogue
	Objects int         `json:"objects,omitempty"` // that people look after (aparte.Upkeep); 0: it was not counted yet

	Trial uint64  `json:"trial"` // a new one begins what was added anew
	Told  int64   `json:"told"`  // people of the trial who are told things
	Held  int64   `json:"held"`  // and who are held out
	Known bool    `json:"known"` // there were people enough to say anything of what was added
	More  float64 `json:"more,omitempty"`
	Low   float64 `json:"low,omitempty"` // the interval of 95 % for any time of looking, a person
	High  float64 `json:"high,omitempty"`
}

const (
	valueDocument = "value/course"
	valuePoints   = 400  // kept at most: more than a year of days
	valueLevel    = 0.95 // of intervals
)

// ValueCourse is what people were worth over time, oldest first: one point a day, and one an hour on the last of them. The list must
// not be changed.
func (e *Engine) ValueCourse() []ValuePoint {
	if points := e.fitter.course.Load(); points != nil {
		return *points
	}
	return nil
}

// pointOf is the point of a fit that was just made.
func (e *Engine) pointOf(ctx context.Context, f *Fit, now *live) (ValuePoint, error) {
	b := now.plan.Brand()
	p := ValuePoint{At: f.At, People: f.People, Answers: f.Answers, Currency: b.Currency, Items: len(b.Items), Objects: b.Upkeep().Objects()}
	if f.Standing != nil {
		p.Value = f.Standing.Customers.Value + f.Standing.Prospects.Value
	}
	worth, err := e.Worth(ctx)
	if err != nil {
		return p, err
	}
	p.Trial = worth.Trial
	for i := range worth.Compared {
		c := &worth.Compared[i]
		if c.Holdout != "" || c.Objective != "" {
			continue
		}
		p.Told, p.Held = c.Treated.People, c.Held.People
		if c.Enough() {
			d := c.Anytime(valueLevel)
			if p.Known = !math.IsNaN(d.Low) && !math.IsNaN(d.High); p.Known {
				p.More, p.Low, p.High = d.Value, d.Low, d.High
			}
		}
		break
	}
	return p, nil
}

// chart adds the point of a fit to the course and keeps it.
func (f *fitter) chart(ctx context.Context, fit *Fit, now *live) error {
	point, err := f.engine.pointOf(ctx, fit, now)
	if err != nil {
		return fmt.Errorf("course of value: %w", err)
	}
	points := withPoint(f.engine.ValueCourse(), point)
	if err := f.engine.remember(ctx, valueDocument, points); err != nil {
		return err
	}
	f.course.Store(&points)
	return nil
}

// withPoint is a course and one more point: of each day before that of the newest the last is kept, of that day the last of each hour.
func withPoint(course []ValuePoint, p ValuePoint) []ValuePoint {
	today := p.At.UTC().Truncate(day)
	step := func(at time.Time) time.Time {
		if at.UTC().Before(today) {
			return at.UTC().Truncate(day)
		}
		return at.UTC().Truncate(time.Hour)
	}
	points := make([]ValuePoint, 0, len(course)+1)
	for _, one := range append(slices.Clone(course), p) {
		if n := len(points); n > 0 && step(points[n-1].At).Equal(step(one.At)) {
			points[n-1] = one
			continue
		}
		points = append(points, one)
	}
	return points[max(0, len(points)-valuePoints):]
}
