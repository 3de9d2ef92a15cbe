package trial

import (
	"fmt"
	"io"
	"math"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/example"
	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/learn"
)

// Log is a log of decisions of some policy that was live.
type Log struct {
	Decisions  []example.Decision // those that say what was done; of each action, the first feature names it
	Actions    int                // of the decision with the most
	Unlabelled int                // decisions that do not
}

// mostLogged bounds the features of a log: 1 GB.
const mostLogged = 1 << 27

// ReadLog reads a log in the text format of Vowpal Wabbit.
func ReadLog(name string, r io.Reader, aside *table.Aside) (*Log, error) {
	log, features := new(Log), 0
	err := example.Decisions(name, r, aside, func(d *example.Decision) error {
		if d.Chosen < 0 {
			log.Unlabelled++
			return nil
		}
		features += len(d.Shared)
		for i, action := range d.Actions {
			d.Actions[i] = named(action)
			features += len(d.Actions[i])
		}
		if features > mostLogged {
			return &table.Error{File: name, Line: d.Line, Field: "features", Reason: fmt.Sprintf("more than %d in all", mostLogged), Last: true}
		}
		log.Actions = max(log.Actions, len(d.Actions))
		log.Decisions = append(log.Decisions, *d)
		return nil
	})
	if err == nil && len(log.Decisions) == 0 {
		err = &table.Error{File: name, Line: 1, Field: "decisions", Reason: "none that says what was done (a line with action:cost:probability)", Last: true}
	}
	return log, err
}

// named puts before an action's features one that stands for all of them: two actions described alike are one content.
func named(action []aparte.Feature) []aparte.Feature {
	h := fnv64(offset, "described")
	for _, f := range action {
		for _, word := range [...]uint32{f.Hash, math.Float32bits(f.Value)} {
			for ; word != 0; word >>= 8 {
				h = (h ^ uint64(word&0xff)) * 1099511628211
			}
			h = (h ^ 0x100) * 1099511628211
		}
	}
	return append([]aparte.Feature{{Hash: fold(h), Value: 1}}, action...)
}

// Logged is what a log and a policy say of one decision; rewards are negative costs.
type Logged struct {
	Reward, Propensity float64 // of what was done, as the log has it
	Chance             float64 // that the policy gave to it
	Expected           float64 // reward of it, by the policy's model
	Direct             float64 // reward expected of the policy, by its model
}

// Judge goes once through the log in an order: before each decision see is told what the policy, which must be new,
// would do, then the policy's model is told what followed (progressive validation).
func (l *Log) Judge(order []int, policy *Policy, see func(Logged) error) error {
	columns, chooser := NewColumns(0), newChooser(policy)
	e := learn.Example{Objective: "cost"}
	var actions [][]aparte.Feature
	for n, i := range order {
		d := &l.Decisions[i]
		e.Features.Context = columns.sized(e.Features.Context[:0], d.Shared)
		for len(actions) < len(d.Actions) {
			actions = append(actions, nil)
		}
		actions = actions[:len(d.Actions)]
		for a, features := range d.Actions {
			actions[a] = columns.sized(actions[a][:0], features)
		}
		chooser.weigh(e.Features.Context, actions)
		x := Logged{Reward: -d.Cost, Propensity: d.Propensity, Chance: chooser.chances[d.Chosen], Expected: chooser.values[d.Chosen] / right}
		for a, chance := range chooser.chances {
			x.Direct += chance * chooser.values[a] / right
		}
		if err := see(x); err != nil {
			return fmt.Errorf("decision at line %d: %w", d.Line, err)
		}
		e.Features.Action, e.Propensity, e.Reward = actions[d.Chosen], d.Propensity, -d.Cost*right
		if n == 0 || e.Reward > chooser.top {
			chooser.top = e.Reward
		}
		if err := policy.learn(&e, actions, d.Chosen); err != nil {
			return fmt.Errorf("decision at line %d: %w", d.Line, err)
		}
	}
	return nil
}

// sized appends features in units of the largest size each was seen in.
func (c *Columns) sized(dst, features []aparte.Feature) []aparte.Feature {
	for _, f := range features {
		dst = append(dst, c.shrunk(f))
	}
	return dst
}
