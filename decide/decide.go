package decide

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// DefaultMaxCandidates is how many actions a decision weighs at most, silence included, where the
// question does not say.
const DefaultMaxCandidates = 100

// mostCandidates bounds what a question can ask for.
const mostCandidates = 1_000

// Scorer predicts a value for each action in one situation, in minor units of the brand's currency:
// E[value | situation, action]. values has one place for each action. A Scorer must not keep or change
// the features, must be safe for concurrent use, and must give the same values for the same features
// as long as it has the same version. A value that is not finite counts as 0. Package learn has
// implementations.
type Scorer interface {
	Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64)
}

// Predictor is a Scorer that knows how far off its scores may be.
type Predictor interface {
	// Predict scores like Score; widths has one place for each action: the standard deviation of what the
	// score estimates, in minor units. One that is not finite counts as 0.
	Predict(context []aparte.Feature, actions [][]aparte.Feature, values, widths []float64)
}

// Contributor is a Scorer that can say what a score is made of.
type Contributor interface {
	// Contributions fills amounts, which has one place for each feature of context and then of action:
	// by how much the feature, with all that it interacts with, raised the action's score. They need not
	// add up to the score.
	Contributions(context, action []aparte.Feature, amounts []float64)
}

// Traffic is what people in general do with items. It must be safe for concurrent use and must not change. Package learn has one.
type Traffic interface {
	// Companions appends to dst a few items that are looked at or bought with an item, closest first.
	Companions(id aparte.ItemID, dst []aparte.ItemID) []aparte.ItemID
	// Shown is how often an item was shown of late.
	Shown(id aparte.ItemID) float64
}

// Fit is what was found out about the brand's people all together, the last time anybody looked: what each of them can be compared with. It
// must be safe for concurrent use and must not change.
type Fit interface {
	// Number names the fit in a decision, counted from 1.
	Number() uint64
	// Residual is what somebody is still expected to bring, and whether that can be said.
	Residual(p *aparte.Person, at time.Time) (aparte.Residual, bool)
	// Score is the probability that somebody reaches an objective within its horizon, and whether that was learned.
	Score(objective aparte.ObjectiveID, p *aparte.Person, at time.Time) (float64, bool)
	// Alike is how like the seeds of a look-alike people are. Nil: that was not learned.
	Alike(id aparte.LookalikeID) *Likeness
	// Distrust is by how much oftener a content makes people complain or ask for silence than contents do, as a share of the times it is said; 0: no
	// oftener, as far as can be told.
	Distrust(content aparte.ContentID) float64
	// Recurrences are how often people buy again. Nil: that was not learned.
	Recurrences() *aparte.Recurrences
	// Personas are the behavioural types that were found. The list must not be changed.
	Personas() []aparte.PersonaID
	// Grades appends how much somebody is of each of them, in [0, 1]; local is the time, in the zone where they are.
	Grades(dst []float64, p *aparte.Person, local time.Time) []float64
}

// Question is what Decide answers.
type Question struct {
	Person     *aparte.Person // nil: a stranger
	Moment     aparte.Moment  // its At is the time; Slots is not read
	Slot       string
	Also       []aparte.Channel   // where it may be said instead, in the slot of the channel's name; as the moment's, channels that reach out
	Unsent     []aparte.Channel   // on which nothing can leave: nothing is said there
	Scenario   aparte.ScenarioID  // that made the moment; empty: none
	Only       []aparte.ContentID // empty: any content
	Except     []aparte.ContentID // not these: another slot of the page says them
	Fixed      bool               // something must be shown (a picture in a mail): silence only where nothing is eligible
	Seed       uint64
	Model      uint64 // how many examples the scorer's model has learned
	Distrusted uint64 // how many of these it no longer goes by: the world has changed since
	Explore    Explore
	Hazard     Hazard
	Loss       Loss
	Stake      float64       // the person's value at stake, in minor units, such as their LTV; 0: what the fit says, else reckoned from their orders
	Traffic    Traffic       // nil: nothing is known of items but what the brand says
	Fit        Fit           // nil: nothing is known of people but each by themselves
	Funds      []aparte.Fund // the brand's budgets, in any order; one that is not here has all of its amount, at no price beyond it

	MaxCandidates int // 0: DefaultMaxCandidates

	// Edition is one more than the Terms of the decision that is taken again; 0: the newest.
	Edition uint64

	// Among are actions that were candidates before. Of a content that they speak of, those of them that can be said
	// are the candidates, instead of lots being drawn: so that two policies can be compared on one draw. Variants are the
	// plan's. With the same seed, items are found as they were. nil: lots are drawn for every content.
	Among []aparte.Action

	// Room is memory for the decision's candidates, if it is large enough; what was in it is lost. nil: none.
	Room []aparte.Candidate
}

// Terms is the edition of the words in which decisions put person and moment: features, and what rules can speak of.
// A change of what one of them means makes another edition, and leaves the earlier ones as they were. In the first, 0, stages went by
// fixed numbers of days; until the second, 1, it did not matter what was searched for, how often something had been said in vain, nor which tones somebody follows.
const Terms = 2

// Editions of the terms from which something is so.
const (
	termsOfRhythms = 1
	termsOfTones   = 2 // and of what is searched for and said in vain
)

// Decide chooses what to say to a person at a moment in a slot, or to say nothing. It is pure: the same
// question, plan and scorer give the same decision, byte for byte as Marshal writes it. ID and Parent
// are left zero for the engine. A nil scorer predicts nothing for everything.
//
// The candidates are silence (but for a Fixed question), then the eligible actions, then one for each
// content that was excluded, with the reason. Where there are more actions than MaxCandidates, each
// content has a fair share of them, drawn with the seed: the propensity is exact given the candidates.
// Value and Cost have the precision of a float32, so that what is logged is what decided.
func (p *Plan) Decide(q *Question, s Scorer) aparte.Decision {
	d := p.open(q)
	defer p.close(d)
	d.gather()
	d.enumerate()
	d.describe()
	d.weigh(s)
	d.choose()
	d.compare()
	return d.decision(s)
}
