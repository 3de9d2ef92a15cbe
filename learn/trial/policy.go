package trial

import (
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
)

// Policy is what is tried: a model and how choices are made by it.
type Policy struct {
	Model   Model
	Explore decide.Explore
	Seed    uint64

	voter learn.Voter // whose votes are the chances; nil: chances come from values
}

// Model is a model that can be tried.
type Model interface {
	learn.Model
	Version() uint64
	Spread() float64
}

// The learners and explorations by name; the first of each is the one that serve uses.
var (
	learners = []struct {
		name string
		make func() Model
	}{
		{"hybrid", func() Model { return learn.NewEnsemble(learn.Config{}) }},
		{"forgetting", func() Model { return learn.NewForgetting(learn.Config{}) }},
		{"linear", func() Model { return learn.NewEnsemble(learn.Config{NoBlocks: true}) }},
		{"hurdle", func() Model { return learn.NewHurdle(learn.Config{}) }},
		{"weighted", func() Model { return learn.NewWeighted(learn.Config{}) }},
		{"robust", func() Model { return learn.NewRobust(learn.Config{}) }},
		{"bag", func() Model { return learn.NewBag(learn.BagSize, bagSeed, learn.Config{}) }},
		{"cover", func() Model { return learn.NewCover(learn.CoverSize, learn.Config{}) }},
	}
	explorations = []struct {
		name    string
		explore decide.Explore
	}{
		{"hopeful", decide.Explore{}},
		{"squarecb", decide.Explore{Hope: -1}},
		{"fastcb", decide.Explore{Way: decide.FastCB, Hope: -1}},
		{"epsilon", decide.Explore{Way: decide.EpsilonGreedy, Hope: -1}},
		{"thompson", decide.Explore{Way: decide.Thompson}},
		{"linucb", decide.Explore{Off: true}},
		{"greedy", decide.Explore{Off: true, Hope: -1}},
		{votes, decide.Explore{}},
	}
)

const (
	// votes is the exploration by the shares of a model's own votes.
	votes   = "votes"
	bagSeed = 1
)

// Learners are the names of the learners, that of serve first.
func Learners() []string {
	names := make([]string, len(learners))
	for i, l := range learners {
		names[i] = l.name
	}
	return names
}

// Explorations are the names of the ways to explore, that of serve first.
func Explorations() []string {
	names := make([]string, len(explorations))
	for i, e := range explorations {
		names[i] = e.name
	}
	return names
}

// NewPolicy is a policy that knows nothing yet, by the names of its parts.
func NewPolicy(learner, exploration string, seed uint64) (*Policy, error) {
	l, e := slices.Index(Learners(), learner), slices.Index(Explorations(), exploration)
	switch {
	case l < 0:
		return nil, fmt.Errorf("there is no learner %q; there are %q", learner, Learners())
	case e < 0:
		return nil, fmt.Errorf("there is no exploration %q; there are %q", exploration, Explorations())
	}
	p := &Policy{Model: learners[l].make(), Explore: explorations[e].explore, Seed: seed}
	if exploration == votes {
		var ok bool
		if p.voter, ok = p.Model.(learn.Voter); !ok {
			return nil, fmt.Errorf("the learner %q is of one mind: it has no votes to explore by", learner)
		}
	}
	return p, nil
}

// learn tells the model what followed, and what else could have been done where it learns from that, too.
func (p *Policy) learn(e *learn.Example, actions [][]aparte.Feature, chosen int) error {
	if whole, ok := p.Model.(learn.WholeLearner); ok {
		return whole.LearnChoice(&learn.Choice{Example: *e, Actions: actions, Chosen: chosen})
	}
	return p.Model.Learn(e)
}
