package main

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/measure"
)

// rank judges a score of whom to give a treatment to.
func (x *experiment) rank(arm int, judges func(person int) bool, score func(person int) float64) (rankingResult, error) {
	var all, held [2]measure.Mean // control, treated
	var cases []measure.Case
	for i, a := range x.arm {
		if int(a) != arm && a != 0 {
			continue
		}
		side := min(int(a), 1)
		all[side].Add(x.outcome[i])
		if judges(i) {
			held[side].Add(x.outcome[i])
			cases = append(cases, measure.Case{Score: score(i), Treated: a != 0, Outcome: x.outcome[i]})
		}
	}
	ranking, err := measure.Rank(cases)
	if err != nil {
		return rankingResult{}, err
	}
	r := rankingResult{
		Effect:      estimatedBy(measure.AverageEffect(&all[1], &all[0], level)),
		TestEffect:  estimatedBy(measure.AverageEffect(&held[1], &held[0], level)),
		QiniPerCase: figure(ranking.QiniPerCase()),
		UpliftAt:    map[string]figure{},
	}
	for name, share := range map[string]float64{"0.1": 0.1, "0.3": 0.3} {
		r.UpliftAt[name] = figure(math.NaN())
		if uplift, ok := ranking.UpliftAt(share); ok {
			r.UpliftAt[name] = figure(uplift)
		}
	}
	if qini, ok := ranking.QiniScore(); ok {
		r.Qini = (*figure)(&qini)
	}
	if auuc, ok := ranking.AUUC(); ok {
		r.AUUC = (*figure)(&auuc)
	}
	return r, nil
}

// effects are the effects of each arm, by arm and person, that are predicted for some people by what was
// learned from others. The control's are 0.
func (x *experiment) effects(from, of []int, seed uint64) ([][]float64, error) {
	model, err := x.learn(from, seed)
	if err != nil {
		return nil, err
	}
	effects, actions := make([][]float64, len(x.arms)), x.actions()
	for arm := range effects {
		effects[arm] = make([]float64, len(x.arm))
	}
	values := make([]float64, len(actions))
	var context []aparte.Feature
	for _, person := range of {
		context = x.describe(person, context[:0])
		model.Score(context, actions, values)
		for arm := range actions {
			effects[arm][person] = values[arm] - values[0]
		}
	}
	return effects, nil
}

// actions are the arms in the model's terms: the control is silence.
func (x *experiment) actions() [][]aparte.Feature {
	actions := make([][]aparte.Feature, len(x.arms))
	for arm, name := range x.arms[1:] {
		h := fnv.New32a()
		_, _ = h.Write([]byte(name)) // never fails
		actions[arm+1] = []aparte.Feature{{Hash: h.Sum32(), Value: 1}}
	}
	return actions
}

// learn teaches the model of serve what was done to some people and what followed, each once, in an order
// that the seed draws. The shares of the arms among them are the propensities.
func (x *experiment) learn(people []int, seed uint64) (*learn.Effect, error) {
	rng := rand.New(rand.NewPCG(seed, 0))
	order := make([]int, len(people))
	for i, at := range rng.Perm(len(people)) {
		order[i] = people[at]
	}
	chances, actions := x.shares(people), x.actions()
	model := learn.NewEffect(learn.Config{})
	e := learn.Example{Objective: "outcome"}
	for _, person := range order {
		arm := int(x.arm[person])
		rival := drawOther(chances, arm, rng.Float64())
		e.Features.Context = x.describe(person, e.Features.Context[:0])
		e.Features.Action, e.Propensity = actions[arm], chances[arm]
		e.Features.Rival, e.RivalPropensity = actions[rival], chances[rival]
		if rival == arm { // these people are all of one arm
			e.Features.Rival, e.RivalPropensity = nil, 0
		}
		e.Reward = x.outcome[person]
		if err := model.Learn(&e); err != nil {
			return nil, err
		}
	}
	return model, nil
}

// shares are the arms' shares of some people.
func (x *experiment) shares(people []int) []float64 {
	shares := make([]float64, len(x.arms))
	for _, person := range people {
		shares[x.arm[person]]++
	}
	for arm := range shares {
		shares[arm] /= float64(len(people))
	}
	return shares
}

// drawOther is the arm, other than one, on which u in [0, 1) falls; that one where there is no other.
func drawOther(chances []float64, one int, u float64) int {
	left := u * (1 - chances[one])
	last := one
	for arm, chance := range chances {
		if arm == one || chance == 0 {
			continue
		}
		last = arm
		if left -= chance; left < 0 {
			break
		}
	}
	return last
}

// best is for each of some people the arm whose effect exceeds its cost by most; where none does, the
// control.
func (x *experiment) best(effects [][]float64, people []int, cost float64) []uint8 {
	best := make([]uint8, len(x.arm))
	for _, person := range people {
		most := 0.0
		for arm := range x.arms[1:] {
			if gain := effects[arm+1][person] - cost; gain > most {
				most, best[person] = gain, uint8(arm+1)
			}
		}
	}
	return best
}

// crossFit decides for everybody by what was learned from others: people are parted in two halves at
// random, as often as splits says, and each half is decided for by the other.
func (x *experiment) crossFit(splits int, seed uint64, cost float64) ([][]uint8, error) {
	decisions := make([][]uint8, splits)
	shown := newPatient("Learning", splits)
	var mu sync.Mutex
	done := 0
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for split := range splits {
		group.Go(func() error {
			people := rand.New(rand.NewPCG(seed, uint64(split)+1)).Perm(len(x.arm))
			half := len(people) / 2
			decisions[split] = make([]uint8, len(x.arm))
			for _, sides := range [][2][]int{{people[:half], people[half:]}, {people[half:], people[:half]}} {
				effects, err := x.effects(sides[0], sides[1], seed+uint64(split))
				if err != nil {
					return err
				}
				for i, arm := range x.best(effects, sides[1], cost) {
					decisions[split][i] |= arm
				}
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			shown.at(done)
			return nil
		})
	}
	return decisions, group.Wait()
}

// policyResult is what a policy is worth a person. The standard error holds what the splits differ by.
type policyResult struct {
	estimated
	Spread figure            `json:"spread"` // standard deviation of the splits' values
	Splits int               `json:"splits"`
	Shares map[string]figure `json:"shares"` // how often it chooses each arm
}

// baselineResult is what doing the same to everybody is worth, and what the policy gains over it.
type baselineResult struct {
	estimated
	Gain estimated `json:"gain"`
}

type triedPolicies struct {
	policy    policyResult
	baselines map[string]baselineResult
}

// try values a policy, decided in one or more splits, beside those that do the same to everybody. They are
// tried on the same people, so that what the policy gains is known better than what each is worth.
func (x *experiment) try(people []int, cost float64, decisions [][]uint8) triedPolicies {
	chances := x.shares(people)
	worth := func(person int, does uint8) float64 {
		net := x.outcome[person]
		if does != 0 {
			net -= cost
		}
		t := measure.Trial{Followed: does == x.arm[person], Propensity: chances[x.arm[person]], Outcome: net}
		return t.Worth()
	}
	var policy pooled
	gains := make([]pooled, len(x.arms))
	fixed := make([]measure.Mean, len(x.arms))
	shares := map[string]figure{}
	for split, does := range decisions {
		var values measure.Mean
		differences := make([]measure.Mean, len(x.arms))
		for _, person := range people {
			value := worth(person, does[person])
			values.Add(value)
			shares[x.arms[does[person]]]++
			for arm := range x.arms {
				same := worth(person, uint8(arm))
				differences[arm].Add(value - same)
				if split == 0 {
					fixed[arm].Add(same)
				}
			}
		}
		policy.add(&values)
		for arm := range gains {
			gains[arm].add(&differences[arm])
		}
	}
	for arm := range shares {
		shares[arm] /= figure(len(people) * len(decisions))
	}
	tried := triedPolicies{
		policy:    policyResult{policy.estimate(), figure(math.Sqrt(policy.between.Variance())), len(decisions), shares},
		baselines: map[string]baselineResult{},
	}
	for arm, name := range x.arms {
		result := baselineResult{estimatedBy(fixed[arm].Estimate(level)), gains[arm].estimate()}
		switch {
		case arm == 0:
			tried.baselines["none"] = result
		case len(x.arms) == 2:
			tried.baselines["all"] = result
		default:
			tried.baselines["all "+name] = result
		}
	}
	return tried
}

// pooled is one estimate of several splits of the same people: the mean of theirs, with the variance within
// a split and that between them (Chernozhukov et al. 2018, "Double/debiased machine learning", definition
// 3.3, in means).
type pooled struct {
	between measure.Mean
	within  measure.Mean // variances
}

func (p *pooled) add(m *measure.Mean) {
	p.between.Add(m.Value())
	p.within.Add(m.SE() * m.SE())
}

func (p *pooled) estimate() estimated {
	variance := p.within.Value()
	if p.between.N > 1 {
		n := float64(p.between.N)
		variance += p.between.Variance() * (n - 1) / n
	}
	se, value := math.Sqrt(variance), p.between.Value()
	z := math.Sqrt2 * math.Erfinv(level)
	return estimated{figure(value), figure(se), figure(value - z*se), figure(value + z*se)}
}

// peopleWho are those of n people for whom a condition holds.
func peopleWho(holds func(person int) bool, n int) []int {
	var people []int
	for i := range n {
		if holds(i) {
			people = append(people, i)
		}
	}
	return people
}
