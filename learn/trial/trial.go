// Package trial replays a table of situations with known right answers as a bandit: the learner sees a
// situation, picks one of the answers and is told only whether it was right.
//
// It knows rows, orders and losses. It never knows files or flags, reads no clock and draws nothing but
// from a seed.
//
// Start reading at [Run].
package trial

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
)

// Set is a table: a row of cells and a label, from 0 to Actions-1, for each situation.
type Set struct {
	Columns int
	Rows    [][]Cell
	Labels  []int
	Actions int
}

// right is the reward of a right pick, in minor units.
const right = 1000

// Order is the order k of n rows: sorted by the FNV-1a-64 hash of "k:i", i the row's number from 0. Order
// 0 is the rows as they are.
func Order(n, k int) []int {
	order, keys := make([]int, n), make([]uint64, n)
	prefix := fnv64(offset, strconv.Itoa(k)+":")
	for i := range order {
		order[i], keys[i] = i, fnv64(prefix, strconv.Itoa(i))
	}
	if k != 0 {
		slices.SortFunc(order, func(a, b int) int {
			if keys[a] < keys[b] {
				return -1
			}
			return 1
		})
	}
	return order
}

// Run goes once through the set in an order and returns the share of wrong picks (progressive validation:
// each row is a test before it is a lesson). The policy must be new.
func Run(set *Set, order []int, policy *Policy) (loss float64, err error) {
	columns, chooser, actions := NewColumns(set.Columns), newChooser(policy), actions(set.Actions)
	example := learn.Example{Objective: "right"}
	wrong := 0
	for _, i := range order {
		example.Features.Context = columns.Features(example.Features.Context[:0], set.Rows[i])
		chosen := chooser.choose(example.Features.Context, actions)
		example.Features.Action, example.Propensity = actions[chosen], chooser.chances[chosen]
		example.Reward = right
		if chosen != set.Labels[i] {
			example.Reward = 0
			wrong++
		}
		if err := policy.learn(&example, actions, chosen); err != nil {
			return 0, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return float64(wrong) / float64(len(order)), nil
}

// actions are n actions of which nothing is known but that they differ.
func actions(n int) [][]aparte.Feature {
	var actions [][]aparte.Feature
	for a := range n {
		actions = append(actions, []aparte.Feature{{Hash: fold(fnv64(offset, "action "+strconv.Itoa(a))), Value: 1}})
	}
	return actions
}

// chooser picks among actions.
type chooser struct {
	*Policy
	predictor decide.Predictor // nil: the model does not know how far off it may be
	lots      rand.PCG
	top       float64 // the most an action can bring

	values, widths, hopes, chances []float64 // by action
}

func newChooser(p *Policy) *chooser {
	c := &chooser{Policy: p, top: right}
	c.predictor, _ = p.Model.(decide.Predictor)
	c.lots.Seed(p.Seed, 0)
	return c
}

// choose picks an action in a situation, with the chance that is then in chances.
func (c *chooser) choose(context []aparte.Feature, actions [][]aparte.Feature) int {
	c.weigh(context, actions)
	return decide.Draw(c.chances, float64(c.lots.Uint64()>>11)/(1<<53))
}

// weigh fills values with what each action is worth, and chances with the chance it has.
func (c *chooser) weigh(context []aparte.Feature, actions [][]aparte.Feature) {
	for _, v := range []*[]float64{&c.values, &c.widths, &c.hopes, &c.chances} {
		*v = slices.Grow((*v)[:0], len(actions))[:len(actions)]
	}
	var widths []float64
	if c.predictor != nil {
		widths = c.widths
		c.predictor.Predict(context, actions, c.values, widths)
	} else {
		c.Model.Score(context, actions, c.values)
	}
	if c.voter != nil {
		c.voter.Vote(context, actions, c.chances)
		for i, share := range c.chances {
			c.chances[i] = (1-stray)*share + stray/float64(len(actions))
		}
		return
	}
	explore := c.Explore
	explore.Scale, explore.Top = max(c.Model.Spread(), least), c.top
	explore.Chances(c.values, widths, c.goesBy(), c.lots.Uint64(), c.hopes, c.chances)
}

// goesBy is how many of the examples learned the model goes by.
func (c *chooser) goesBy() uint64 {
	if m, ok := c.Model.(interface{ Distrusted() uint64 }); ok {
		return c.Model.Version() - m.Distrusted()
	}
	return c.Model.Version()
}

// stray is the chance to do anything where chances are shares of votes, so that each is positive.
const stray = 0.01

// least is a unit of gaps for a model that has seen nothing yet.
const least = 1

// MeanAndDeviation are the mean of losses and their standard deviation (of the orders there are: divided by
// their number).
func MeanAndDeviation(losses []float64) (mean, deviation float64) {
	for _, l := range losses {
		mean += l / float64(len(losses))
	}
	for _, l := range losses {
		deviation += (l - mean) * (l - mean) / float64(len(losses))
	}
	return mean, math.Sqrt(deviation)
}
