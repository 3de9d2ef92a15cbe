package simulate

import (
	"context"
	"math"
)

// Oracle is the best policy there is: it knows every person's hidden side and plans ahead. What it cannot
// foresee are life events to come, and it plans for the average season. It obeys the caps and does not
// plan around them.
type Oracle struct {
	plain
	plans map[life]*plan
}

// life is a person between two life events.
type life struct{ person, number int }

// Oracle is the best policy in the world.
func (w *World) Oracle() Policy { return w.oracle }

// Name is "oracle".
func (*Oracle) Name() string { return "oracle" }

// Choose is the action with the highest value, that of the days to come included.
func (o *Oracle) Choose(_ context.Context, m *Moment) (Action, error) {
	if !m.Allowed {
		return Silence, nil
	}
	best, _ := o.best(m)
	return best, nil
}

func (o *Oracle) best(m *Moment) (best Action, most float64) {
	for a := range actions {
		if v := o.value(m, a); a == Silence || v > most {
			best, most = a, v
		}
	}
	return best, most
}

// value is what an action is worth at a moment, with the oracle's policy ever after.
func (o *Oracle) value(m *Moment, a Action) float64 {
	p := m.person
	now := life{p.index, p.lives}
	known := o.plans[now]
	if known == nil {
		known = newPlan(p)
		o.plans[now] = known
	}
	return known.value(p, a, m.missing, season(m.Day))
}

// plan is what the future is worth to the brand by the goodwill that is missing, for one person as they
// are: the solution of Bellman's equation by value iteration, on a grid.
type plan struct {
	listening    [grid]float64 // what lies ahead of somebody who can be written to
	unsubscribed [grid]float64
}

const (
	grid      = 33
	horizon   = .995 // a day: what comes in half a year counts 40 %
	rounds    = 200
	mostDays  = 120 // that a return is looked ahead
	converged = .5  // minor units
)

// ahead says how what lies ahead of missing goodwill depends on what comes at the next moment: the row of
// a point of the grid has the discounted chances of returning with the goodwill of each point.
var ahead = func() (rows [grid][grid]float64) {
	for g := range grid {
		still, weight := 1.0, 1.0
		for day := 1; day <= mostDays; day++ {
			weight *= horizon
			if day < returnsAfter {
				continue
			}
			p := person{missing: point(g)}
			missing := p.worn(day)
			chance := still * returns * (1 - missing)
			still -= chance
			i, part := place(missing)
			rows[g][i] += chance * weight * (1 - part)
			if part > 0 {
				rows[g][i+1] += chance * weight * part
			}
		}
	}
	return rows
}()

// point is the missing goodwill at a point of the grid; points are denser where little is missing.
func point(g int) float64 {
	x := float64(g) / (grid - 1)
	return x * x
}

// place is where missing lies: after which point, and how far on to the next.
func place(missing float64) (g int, part float64) {
	g = min(int(math.Sqrt(missing)*(grid-1)), grid-2)
	return g, min(1, max(0, (missing-point(g))/(point(g+1)-point(g))))
}

func newPlan(p *person) *plan {
	x := new(plan)
	for range rounds {
		var now, quiet [grid]float64
		moved := 0.0
		for g := range grid {
			missing := point(g)
			quiet[g] = p.worth(Silence, missing, 1) + at(&x.unsubscribed, missing)
			now[g] = x.value(p, Silence, missing, 1)
			for a := Silence + 1; a < actions; a++ {
				now[g] = max(now[g], x.value(p, a, missing, 1))
			}
		}
		moved = max(foresee(&x.listening, &now), foresee(&x.unsubscribed, &quiet))
		if moved < converged {
			break
		}
	}
	return x
}

// foresee makes lying what lies ahead, given what moments are worth, and says by how much that moved.
func foresee(lying, worth *[grid]float64) (moved float64) {
	for g := range grid {
		sum := 0.0
		for h := range grid {
			sum += ahead[g][h] * worth[h]
		}
		moved = max(moved, sum-lying[g], lying[g]-sum)
		lying[g] = sum
	}
	return moved
}

func at(values *[grid]float64, missing float64) float64 {
	g, part := place(missing)
	return values[g] + part*(values[g+1]-values[g])
}

// value is what an action is worth, all that follows included.
func (x *plan) value(p *person, a Action, missing, season float64) float64 {
	left, leaves := p.after(a, missing), p.leaves(a, missing)
	return p.worth(a, missing, season) + (1-leaves)*at(&x.listening, left) + leaves*at(&x.unsubscribed, left)
}
