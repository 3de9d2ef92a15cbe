package learn

import (
	"fmt"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Effect predicts what an action adds to what would have followed anyway. A model of the reward itself has
// to get right who buys a lot and in which weeks, before what is left over tells actions apart, and where
// it gets that wrong it credits the actions that were taken there. Effect compares each chosen action with
// a rival, an action that might as well have been drawn: what the person and the week bring by themselves
// is then as likely on either side, and cancels, whatever it is and however it drifts.
//
// Score gives the effect on top of what usually follows in the situation. Only the differences between
// actions are its business: the level is that of the average action. It is safe for concurrent use as
// Model says.
type Effect struct {
	table             // θ: what actions add, by themselves and with features of the situation, averaged over the steps
	beliefs  []belief // beside table.weights
	baseline *Linear  // m: what usually follows in a situation
	learned  uint64   // examples
	compared float64  // Σh of those with a rival
	norm     float64  // Σh·‖u‖² of those
	amounts  amounts  // of all
	total    float64  // Σh of all

	// Of the example at hand, kept for its capacity.
	apart   []aparte.Feature // what sets the action apart from its rival
	touched touches
	single  int // how many of those, the first, are features of actions by themselves
}

// belief is what learning keeps of a coordinate.
type belief struct {
	squares float32 // G: the sum of the squared gradients in units of the feature's scale
	scale   float32 // s: the largest size the feature was seen in; 0: never seen
	step    float32 // where the last step led; table.weights has the average
	heard   float32 // Σh·c of the steps
}

// How much evidence stands, to begin with, for no effect, as a number of typical rewards: aloneDoubt for
// each feature of an action by itself; for its crosses with the situation crossDoubt in all, however many
// there are. That is to say that effects are expected to differ from one person to the next by about
// 1/√crossDoubt, a seventh, of a typical reward. Chosen on simulated tests of 5,000 and 30,000 people with
// weak and strong effects, not on anyone's data.
const (
	aloneDoubt = 30
	crossDoubt = 50
)

// NewEffect is a model that knows nothing: it scores everything 0.
func NewEffect(cfg Config) *Effect {
	cfg = cfg.normal()
	return &Effect{
		table:    newTable(cfg.Bits, !cfg.NoCrosses),
		beliefs:  make([]belief, 1<<cfg.Bits),
		baseline: NewLinear(Config{Bits: cfg.Bits, NoCrosses: true}),
	}
}

// Version is the number of examples learned.
func (e *Effect) Version() uint64 { return e.learned }

// Score implements Model.
func (e *Effect) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	clear(values[:len(actions)])
	e.addAll(context, actions, values)
}

// addAll adds each action's score to values.
func (e *Effect) addAll(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	usual := e.usual(context)
	for i := range actions {
		values[i] += usual
	}
	e.add(context, actions, values)
}

// usual is m: what usually follows in a situation.
func (e *Effect) usual(context []aparte.Feature) float64 { return e.baseline.silence(context) }

// Clone is a copy that shares nothing with e.
func (e *Effect) Clone() *Effect {
	c := *e
	c.weights, c.beliefs, c.touched = slices.Clone(e.weights), slices.Clone(e.beliefs), touches{}
	c.apart = nil
	c.baseline = e.baseline.Clone()
	return &c
}

// Learn implements Model. Of the action A that was chosen with probability π(A) and its rival B, drawn from
// the others with probability π(B)/(1−π(A)), either might have been the one chosen. Given that it was
// these two, A was it with probability
//
//	q = (1−π(B)) / ((1−π(A)) + (1−π(B)))
//
// With x the features of A less those of B, what can be told from the choice is c = 1−q times them: for
// each pair the average of c·x over the draw is zero. It is therefore unrelated to anything that was so
// before the draw, and in the regression
//
//	r − m = θ·c·x + noise
//
// any error of the baseline m, the reward's regression on the situation alone, is noise and no bias: θ·x is
// the effect of A over B. With silence as the only rival this is the regression of Robinson (1988,
// "Root-N-consistent semiparametric regression"), action centering in Greenewald, Tewari, Klasnja, Murphy
// (2017, "Action centered contextual bandits") and the R-learner of Nie, Wager (2021, "Quasi-oracle
// estimation of heterogeneous treatment effects"). Nothing is divided by a probability: a rare choice
// weighs at most as one example.
//
// The step is that of Linear, of the same four properties, but for λ·S² added to each G: it holds effects
// near zero until there is evidence. λ is aloneDoubt, or crossDoubt·Σh·‖u‖²/Σh for crosses. With u = x/s, the residual
// δ = r − m − θ·c·x, bounded, d = u·(S²/(G+λ·S²))^¾ and P = c²·Σ u·d:
//
//	Δθ = c·δ·(1 − exp(−h·η'·P))/P · d/s    where η' = η·(Σh / Σh·‖u‖²)^¾
//
// The weights that score are averages over the steps' ends. Steps that shrink as n^-¾ wander as widely as the mean of
// the last n^¾ outcomes does; their average is as good as any estimate gets (Polyak and Juditsky 1992, "Acceleration of
// stochastic approximation by averaging"). Later steps weigh more, so that the beginning is forgotten: see recall.
//
// An example without a rival, because there was no choice or it is of a time before rivals were kept,
// teaches the baseline alone.
func (e *Effect) Learn(x *Example) error {
	if err := x.Validate(); err != nil {
		return err
	}
	h := x.weight()
	surprise := x.Reward - e.usual(x.Features.Context)
	if err := e.baseline.Learn(&Example{
		Objective: x.Objective, Features: aparte.Features{Context: x.Features.Context},
		Reward: x.Reward, Propensity: 1, Weight: x.Weight,
	}); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	e.learned++
	e.total += h
	e.amounts.see(x.Reward, h)
	if x.RivalPropensity == 0 {
		return nil
	}
	e.compare(x)
	others, rivals := 1-x.Propensity, 1-x.RivalPropensity
	if centred := others / (others + rivals); centred > 0 {
		e.learn(surprise, h, centred)
	}
	return nil
}

// compare lists the coordinates of the action's features less those of the rival's: first what they say
// by themselves, then the crosses. What both share cancels.
func (e *Effect) compare(x *Example) {
	e.apart = e.apart[:0]
	for _, f := range x.Features.Action {
		e.apart = append(e.apart, aparte.Feature{Hash: f.Hash, Value: f.Value - valueOf(x.Features.Rival, f.Hash)})
	}
	for _, f := range x.Features.Rival {
		if !slices.ContainsFunc(x.Features.Action, func(a aparte.Feature) bool { return a.Hash == f.Hash }) {
			e.apart = append(e.apart, aparte.Feature{Hash: f.Hash, Value: -f.Value})
		}
	}
	e.apart = slices.DeleteFunc(e.apart, func(f aparte.Feature) bool { return !matters(f.Value) })
	t, context := &e.touched, x.Features.Context
	t.begin((1 + len(context)) * len(e.apart))
	for _, f := range e.apart {
		t.add(e.alone(mixAction(f.Hash)), f.Value)
	}
	e.single = len(t.all)
	if e.crosses {
		for _, f := range e.apart {
			t.cross(&e.table, context, mixAction(f.Hash), f.Value)
		}
	}
}

// valueOf is a feature's value, 0 where it is not among features.
func valueOf(features []aparte.Feature, hash uint32) float32 {
	for _, f := range features {
		if f.Hash == hash {
			return f.Value
		}
	}
	return 0
}

// learn takes in by how much an outcome differed from the usual.
func (e *Effect) learn(surprise, h, centred float64) {
	difference, norm := e.look()
	e.compared += h
	e.norm += float64(h * norm)
	residual := e.amounts.bound(surprise - float64(centred*difference))
	if residual == 0 || norm == 0 {
		return
	}
	power := e.pull(float64(h * float64(centred*residual) * float64(centred*residual)))
	if power *= float64(centred * centred); power == 0 {
		return
	}
	pace := h * rate * threeHalves(math.Sqrt(e.compared/e.norm))
	move := centred * residual * saturate(pace*power) / power
	for _, t := range e.touched.all {
		if t.pull != 0 {
			b := &e.beliefs[t.index]
			b.step = float32(float64(b.step) + float64(move*t.pull)/float64(b.scale))
			b.heard = min(b.heard+float32(h*centred), longest)
			e.weights[t.index] += float32(b.recall(float32(h*centred)) * (b.step - e.weights[t.index]))
		}
	}
}

// recall is the share in the average of a step of weight w: polynomial-decay averaging of Shamir and Zhang 2013,
// "Stochastic gradient descent for non-smooth optimization", section 4, in which the nth step of the first n weighs
// (1+η)/(n+η). That of about the last quarter of the steps is left, and of no more than a quarter of longest, so that
// a drift is followed.
func (b *belief) recall(w float32) float32 {
	return min(1, float32((1+recency)*w)/(b.heard+float32(recency*w)))
}

const (
	recency = 3 // η
	longest = 1 << 16
)

// look brings the scales up to date and returns θ·x and ‖u‖². Where a feature is larger than ever before,
// its weight shrinks as much as its unit grew.
func (e *Effect) look() (difference, norm float64) {
	for _, t := range e.touched.all {
		b, size := &e.beliefs[t.index], float32(math.Abs(float64(t.value)))
		if size < least {
			continue
		}
		if size > b.scale {
			ratio := b.scale / size
			e.weights[t.index] *= ratio
			b.step *= ratio
			b.squares *= float32(ratio * ratio)
			b.scale = size
		}
		difference += float64(float64(b.step) * float64(t.value))
		u := float64(t.value) / float64(b.scale)
		norm += float64(u * u)
	}
	return difference, norm
}

// pull adds the squared gradient to each coordinate's G, works out its d, and returns Σ u·d.
func (e *Effect) pull(square float64) (power float64) {
	size := e.amounts.size(e.total)
	if size == 0 {
		return 0
	}
	ofCross := crossDoubt * e.norm / e.compared
	for i := range e.touched.all {
		t := &e.touched.all[i]
		t.pull = 0
		if math.Abs(float64(t.value)) < least {
			continue
		}
		doubt := ofCross
		if i < e.single {
			doubt = aloneDoubt
		}
		b := &e.beliefs[t.index]
		u := float64(t.value) / float64(b.scale)
		b.squares = float32(float64(b.squares) + float64(square*float64(u*u)))
		steps := math.Sqrt(float64(b.squares)) / size // √(G/S²)
		t.pull = u * threeHalves(1/math.Sqrt(float64(steps*steps)+doubt))
		power += float64(u * t.pull)
	}
	return power
}
